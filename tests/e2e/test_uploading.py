"""Uploads that are paused, interrupted and refused, in a browser with a slow line."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from media_jobs.models import Media, MediaClass, Upload
from procedures.models import Procedure

SIZE = 1_500_000
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}


@pytest.fixture
def large_clip(clip: Path, tmp_path: Path) -> Path:
    """The clip with a box of nothing behind it, as MP4 allows: still a video, but one that takes a while."""
    path = tmp_path / "large clip.mp4"
    padding = SIZE - clip.stat().st_size
    path.write_bytes(clip.read_bytes() + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


@pytest.fixture
def slow_page(page_of_operator: Page, live_server: LiveServer) -> Iterator[Page]:
    page_of_operator.goto(f"{live_server.url}/vod/media/upload")
    session = page_of_operator.context.new_cdp_session(page_of_operator)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW)
    yield page_of_operator


def _start(page: Page, *paths: Path) -> None:
    page.locator("#files").set_input_files(paths)
    page.get_by_role("button", name="Upload", exact=True).click()


def _wait_for_bytes(page: Page) -> None:
    expect(page.get_by_role("list", name="Files").get_by_role("listitem").first).to_contain_text(
        re.compile(r"[2-9]\d %"), timeout=20_000
    )


def test_an_upload_can_be_paused_and_goes_on_where_it_stopped(
    slow_page: Page, large_clip: Path, run_jobs: Callable[[], int]
) -> None:
    _start(slow_page, large_clip)
    _wait_for_bytes(slow_page)
    slow_page.get_by_role("button", name="Pause").click()
    expect(slow_page.get_by_text("Paused. Nothing that has arrived is lost.")).to_be_visible()
    slow_page.wait_for_timeout(500)
    assert 0 < Upload.objects.get().offset < SIZE

    slow_page.get_by_role("button", name="Resume").click()
    expect(slow_page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=20_000)
    assert Upload.objects.count() == 1
    run_jobs()
    media = Media.objects.get()
    assert (media.size, media.name, media.problem) == (SIZE, "large clip", "")


def test_an_upload_survives_a_reload_when_the_file_is_chosen_again(slow_page: Page, large_clip: Path) -> None:
    slow_page.on("dialog", lambda dialog: dialog.accept())
    _start(slow_page, large_clip)
    _wait_for_bytes(slow_page)
    slow_page.reload()
    expect(slow_page.get_by_text("Not complete yet: large clip.mp4")).to_be_visible()
    arrived = Upload.objects.get().offset
    assert 0 < arrived < SIZE

    sent: list[str] = []
    slow_page.on("request", lambda request: sent.append(request.headers.get("upload-offset", "")))
    _start(slow_page, large_clip)
    expect(slow_page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=20_000)
    assert Upload.objects.count() == 1
    assert str(arrived) in sent and "0" not in sent


def test_several_files_queue_up_and_one_can_be_removed(slow_page: Page, large_clip: Path, tmp_path: Path) -> None:
    others = [tmp_path / f"{name}.mp4" for name in ("second", "third")]
    for other in others:
        other.write_bytes(large_clip.read_bytes())
    _start(slow_page, large_clip, *others)
    rows = slow_page.get_by_role("list", name="Files").get_by_role("listitem")
    expect(rows.nth(2)).to_contain_text("Waiting for its turn")
    _wait_for_bytes(slow_page)
    rows.nth(0).get_by_role("button", name="Remove").click()
    dialog = slow_page.get_by_role("dialog", name="Remove large clip.mp4?")
    dialog.get_by_role("button", name="Keep it").click()
    expect(rows).to_have_count(3)
    rows.nth(0).get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("%")


def test_an_upload_whose_session_ends_goes_on_after_a_new_sign_in(
    slow_page: Page, large_clip: Path, complaints: list[str]
) -> None:
    _start(slow_page, large_clip)
    _wait_for_bytes(slow_page)
    slow_page.get_by_role("button", name="Pause").click()
    expect(slow_page.get_by_text("Paused. Nothing that has arrived is lost.")).to_be_visible()
    arrived = slow_page.context.cookies()
    slow_page.context.clear_cookies()
    slow_page.get_by_role("button", name="Resume").click()
    expect(slow_page.get_by_text("Your session has ended; nothing that has arrived is lost.")).to_be_visible()

    slow_page.context.clear_cookies(name="csrftoken")
    slow_page.context.add_cookies([one for one in arrived if one["name"] == "sessionid"])
    slow_page.get_by_role("button", name="Resume").click()
    expect(slow_page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=20_000)
    assert Upload.objects.count() == 1
    complaints.clear()  # the refusals on the way


def test_what_cant_be_uploaded_is_said_on_choosing_it(
    page_of_operator: Page, live_server: LiveServer, tmp_path: Path, procedure: Procedure
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/media/upload?flow={procedure.name}")
    expect(page.get_by_label("Auto-processing after upload")).to_be_checked()
    text, nothing = tmp_path / "notes.txt", tmp_path / "nothing.mp4"
    text.write_text("no video")
    nothing.touch()
    page.locator("#files").set_input_files([text, nothing])
    expect(page.get_by_text("“notes.txt” is not of a type that can be uploaded")).to_be_visible()
    expect(page.get_by_text("This file is empty: it has 0 bytes.")).to_be_visible()
    expect(page.get_by_role("button", name="Upload", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_each_file_has_its_name_and_category_and_goes_on_when_the_line_is_back(
    slow_page: Page, large_clip: Path, application: Application, complaints: list[str]
) -> None:
    news = MediaClass.objects.create(application=application, name="News")
    slow_page.reload()
    slow_page.locator("#files").set_input_files(large_clip)
    slow_page.get_by_label("Name of large clip.mp4").fill("Evening")
    slow_page.get_by_label("Category of large clip.mp4").select_option("News")
    slow_page.get_by_role("button", name="Upload", exact=True).click()
    _wait_for_bytes(slow_page)
    expect(slow_page.locator("#total")).to_contain_text(re.compile(r"of 1\.4 MB · \d.*B/s · \d+ (s|min) left"))
    slow_page.get_by_role("button", name="Pause").click()
    expect(slow_page.get_by_text("Paused. Nothing that has arrived is lost.")).to_be_visible()
    online = "is => Object.defineProperty(navigator, 'onLine', { configurable: true, value: is })"
    slow_page.route("**/api/v1/uploads/**", lambda route: route.abort())
    slow_page.evaluate(online, False)
    slow_page.get_by_role("button", name="Resume").click()
    expect(slow_page.get_by_text("It goes on by itself when it is back.")).to_be_visible()
    slow_page.unroute("**/api/v1/uploads/**")
    slow_page.evaluate(online, True)
    slow_page.evaluate("dispatchEvent(new Event('online'))")
    expect(slow_page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=40_000)
    media = Media.objects.get()
    assert (media.name, media.media_class, media.size) == ("Evening", news, SIZE)
    slow_page.get_by_role("button", name="Clear finished").click()
    expect(slow_page.get_by_role("list", name="Files").get_by_role("listitem")).to_have_count(0)
    complaints.clear()  # of the line that was away
