"""Every page for everybody: with a screen reader, in the dark, without motion, and without the right to write."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.urls import resolve, reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import User
from applications.roles import Role


def test_a_viewer_sees_everything_and_no_control_that_writes(
    sign_in: Callable[[User], Page], viewer: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(viewer)
    own = {reverse(f"console:{name}") for name in ("logout", "password", "account", "language")}
    for name, address in addresses.items():
        if getattr(resolve(urlsplit(address).path).func, "role", Role.VIEWER) == Role.VIEWER:
            page.goto(live_server.url + address)
            actions = page.locator("form[method=post]").evaluate_all("forms => forms.map(form => form.action)")
            assert {action.removeprefix(live_server.url) for action in actions} <= own, name
            for word in ("Upload", "Delete", "Process", "Create", "Edit", "Clone", "Retry", "Make another"):
                expect(page.get_by_role("main").get_by_role("button", name=word)).to_have_count(0)
                expect(page.get_by_role("main").get_by_role("link", name=word, exact=True)).to_have_count(0)


def test_nothing_moves_before_a_click_where_motion_is_unwanted(
    sign_in: Callable[[User], Page], viewer: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(viewer)
    page.emulate_media(reduced_motion="reduce")
    page.goto(live_server.url + addresses["overview"])
    image = page.locator(".image-card img").first
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.currentSrc").endswith(".jpg")
    page.get_by_role("button", name="Play the animated image").first.click()
    expect(image).to_have_js_property("currentSrc", live_server.url + str(image.get_attribute("src")))


def test_a_hidden_tab_asks_nothing(
    sign_in: Callable[[User], Page], viewer: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(viewer)
    page.goto(live_server.url + addresses["task waiting"])
    with page.expect_request("**/vod/task/*"):
        pass
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/vod/task/" in request.url else None)
    page.wait_for_timeout(2500)
    assert asked == []
