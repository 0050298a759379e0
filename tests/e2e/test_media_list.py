"""The list of media in a browser: stills until one is pointed at, of how many an action is, what there is to copy."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from media_jobs.models import AnimatedImage, Media
from media_jobs.store.storage import media_path, url_of
from procedures.models import Procedure

pytestmark = pytest.mark.usefixtures("in_application")


@pytest.fixture
def made(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> list[tuple[Media, AnimatedImage]]:
    """Three media, each with its newest picture; the newest first, as lists have them."""
    media = [upload_clip(name=f"clip {number}.mp4", procedure=procedure.name) for number in range(3)]
    run_jobs()
    return [(one, one.animated_images.latest("created_at", "pk")) for one in reversed(media)]


def _asked(page: Page) -> list[str]:
    """The paths of what the page fetches from now on, as it grows."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(re.sub(r"^https?://[^/]+", "", request.url)))
    return asked


def _plays(player: Locator) -> None:
    expect(player.locator("img")).to_have_js_property("currentSrc", _address(player))


def _stands(player: Locator) -> None:
    image = player.locator("img").element_handle()
    player.page.wait_for_function("image => image.currentSrc.endsWith('.jpg')", arg=image)


def _address(player: Locator) -> str:
    return str(player.locator("img").evaluate("image => new URL(image.getAttribute('src'), location).href"))


@pytest.mark.parametrize("view", ["table", "gallery"])
def test_a_list_transfers_stills_alone_and_plays_what_is_pointed_at_or_focused_after_a_moment(
    view: str, page_of_operator: Page, made: list[tuple[Media, AnimatedImage]], live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto("about:blank")
    asked = _asked(page)
    page.goto(f"{live_server.url}{reverse('console:media')}?view={view}", wait_until="networkidle")
    pictures = [media_path(image.storage_key) for _, image in made]
    assert [path for path in asked if path in pictures] == []
    assert sum(path.endswith(".jpg") for path in asked) == len(made)

    players = page.locator("[data-hover]")
    players.nth(0).hover()
    _plays(players.nth(0))
    assert [path for path in asked if path in pictures] == [pictures[0]]
    look = [page.get_by_role("button", name=f"Quick view: {media.name}") for media, _ in made]
    look[0].focus()
    page.keyboard.press("Tab")  # to what can be seen to have the focus
    look[1].focus()
    page.mouse.move(0, 0)
    _plays(players.nth(1))
    _stands(players.nth(0))
    players.nth(1).hover()
    page.mouse.move(0, 0)
    page.wait_for_timeout(100)
    _plays(players.nth(1))  # as it still has the focus
    look[0].focus()
    _stands(players.nth(1))
    assert pictures[2] not in asked, "what nobody points at"


def test_the_overview_transfers_stills_alone(
    page_of_operator: Page, made: list[tuple[Media, AnimatedImage]], live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto("about:blank")
    asked = _asked(page)
    page.goto(f"{live_server.url}{reverse('console:overview')}", wait_until="networkidle")
    expect(page.locator(".image-card")).to_have_count(6)
    pictures = {media_path(key) for key in AnimatedImage.objects.values_list("storage_key", flat=True)}
    assert pictures.isdisjoint(asked)


def test_pointing_at_what_is_prohibited_does_nothing(
    page_of_operator: Page, made: list[tuple[Media, AnimatedImage]], live_server: LiveServer, complaints: list[str]
) -> None:
    page = page_of_operator
    Media.objects.update(status=Media.Status.FORBIDDEN)
    for address in (reverse("console:overview"), f"{reverse('console:media')}?view=gallery"):
        page.goto(live_server.url + address)
        page.locator("[data-hover]").first.hover()
        page.wait_for_timeout(500)
        page.mouse.move(0, 0)
    assert complaints == []


def test_a_dialog_says_of_how_many_it_is_and_names_them(
    page_of_operator: Page, made: list[tuple[Media, AnimatedImage]], live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto(live_server.url + reverse("console:media"))
    group = page.get_by_role("group", name="Chosen media")
    expect(group.get_by_role("button", name="Delete")).to_be_disabled()
    for name in ("clip 0", "clip 2"):
        page.get_by_role("checkbox", name=f"Choose {name}", exact=True).check()
    expect(group.get_by_role("status")).to_have_text("2 chosen")
    dialogs = {
        "Process": "Process media",
        "Category": "Change category",
        "Playback": "Prohibit or unblock playback",
        "Delete": "Delete media",
    }
    for button, title in dialogs.items():
        group.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog", name=title)).to_contain_text("2 chosen: clip 2, clip 0")
        page.keyboard.press("Escape")
    page.goto(live_server.url + reverse("console:tasks"))
    page.get_by_role("checkbox", name="All on this page").check()
    page.get_by_role("group", name="Chosen tasks").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("3 chosen: clip 2, clip 1, clip 0")


def test_all_that_match_are_counted_in_the_dialog(
    page_of_operator: Page, uploaded: Media, live_server: LiveServer, upload_clip: Callable[..., Media]
) -> None:
    for number in range(21):
        upload_clip(name=f"more {number}.mp4")
    page = page_of_operator
    page.goto(f"{live_server.url}{reverse('console:media')}?text=more")
    page.get_by_role("checkbox", name="All on this page").check()
    page.get_by_role("button", name="Choose all 21 that match").click()
    page.get_by_role("group", name="Chosen media").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete media")
    expect(dialog).to_contain_text("All 21 that match")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("21 media deleted")).to_be_visible()
    assert list(Media.objects.present()) == [uploaded]


def test_a_pictures_address_html_and_markdown_are_there_to_copy_and_a_checkerboard_is_behind_it(
    page_of_operator: Page,
    made: list[tuple[Media, AnimatedImage]],
    application: Application,
    live_server: LiveServer,
) -> None:
    page, (media, image) = page_of_operator, made[0]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(live_server.url + reverse("console:media-detail", args=[media.file_id]))
    result = page.locator(f"#result-{image.pk}")
    address = url_of(image.storage_key)

    def copied(button: str) -> str:
        result.get_by_role("button", name=button, exact=True).click()
        return str(page.evaluate("navigator.clipboard.readText()"))

    assert copied("Copy URL") == address
    assert f'<img src="{address}"' in copied("HTML")
    assert copied("Markdown").startswith("![") and f"]({address})" in copied("Markdown")
    result.get_by_text("On a page").click()
    assert 'loading="lazy"' in copied("Copy HTML")
    behind = "one => getComputedStyle(one).backgroundImage"
    assert "conic-gradient" in result.locator(".player").evaluate(behind)
    page.goto(f"{live_server.url}{reverse('console:media')}?view=gallery")
    assert "conic-gradient" in page.locator(".thumb").first.evaluate(behind)
    page.goto(f"{live_server.url}{reverse('console:studio')}?media={media.file_id}")
    assert "conic-gradient" in page.locator("#preview-stage").evaluate(behind)
