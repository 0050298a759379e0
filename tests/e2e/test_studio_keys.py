"""The studio's hand work: cuts that draw what is dragged, a closer filmstrip, keys, the way back and forth."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from tests.e2e.test_studio import _handle, _opened, _seconds, _uploaded
from tests.unit.animator.test_filmstrip import scenes

pytestmark = pytest.mark.usefixtures("in_application")

LENGTH = 7.5  # seconds, with cuts at 2 and 4 and ten pictures a second

# Every place that the strip has been at, picture by picture, from when there is one.
PLACES = """
globalThis.places = new Set();
const look = () => {
  const strip = document.querySelector("#strip canvas")?.getBoundingClientRect();
  if (strip?.height) places.add(Math.round(strip.top + scrollY));
  requestAnimationFrame(look);
};
look();
"""


@pytest.fixture
def studio(
    page_of_operator: Page,
    application: Application,
    live_server: LiveServer,
    tmp_path: Path,
    run_jobs: Callable[[], int],
) -> Page:
    page_of_operator.emulate_media(reduced_motion="reduce")
    media = _uploaded(application, scenes(tmp_path / "scenes.mp4"), run_jobs)
    return _opened(page_of_operator, live_server, media)


def _drag(page: Page, name: str, *, by: float) -> None:
    """A handle, by pixels, once it lies still: the strip is laid out anew when its pictures come."""
    handle = _handle(page, name)
    handle.hover(trial=True)
    box = handle.bounding_box()
    assert box
    at = box["x"] + box["width"] - 1
    page.mouse.move(at, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(at + by, box["y"] + 20, steps=4)
    page.mouse.up()


def test_what_is_dragged_snaps_to_a_cut_unless_alt_is_held(studio: Page) -> None:
    page, start = studio, _handle(studio, "Start of the loop")
    page.set_viewport_size({"width": 480, "height": 900})  # so that a frame is narrower than what a cut draws
    page.locator("#strip").scroll_into_view_if_needed()
    strip = page.locator("#strip").bounding_box()
    assert strip
    beside = strip["width"] * 2.0 / LENGTH + 8  # pixels: past the cut, near enough
    _drag(page, "Start of the loop", by=beside)
    assert _seconds(start) == 2.0
    start.press("Home")
    page.keyboard.down("Alt")
    _drag(page, "Start of the loop", by=beside)
    page.keyboard.up("Alt")
    assert _seconds(start) > 2.0
    start.press("PageUp")
    assert _seconds(start) == 4.0, "the next cut"


def test_the_strip_stays_under_the_pointer_while_the_preview_is_made_and_told(studio: Page) -> None:
    page = studio
    page.set_viewport_size({"width": 480, "height": 900})  # so that the preview is above the strip
    page.add_init_script(PLACES)
    page.reload()
    told = page.locator("#preview-facts")
    expect(told).to_contain_text("Seam")
    page.get_by_label("Start", exact=True).fill("2")
    page.get_by_label("Start", exact=True).press("Enter")
    expect(told).to_contain_text("5.50 s")
    expect(told).to_contain_text("Seam")
    places = page.evaluate("[...places]")
    assert places
    assert max(places) - min(places) <= 1, f"pixels from the top: {places}"


def test_the_filmstrip_comes_closer_and_its_handles_are_then_finer(studio: Page) -> None:
    page, start = studio, _handle(studio, "Start of the loop")
    _drag(page, "Start of the loop", by=60)
    coarse = _seconds(start)
    start.press("Home")
    _handle(page, "Play head").press("Home")
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    expect(_handle(page, "End of the loop")).to_have_class("strip-handle strip-end beyond")
    _drag(page, "Start of the loop", by=60)
    assert 0 < _seconds(start) <= coarse / 4
    page.get_by_role("button", name="Zoom out").click()
    page.get_by_role("button", name="Whole video").click()
    expect(_handle(page, "End of the loop")).to_have_class("strip-handle strip-end")
    page.get_by_role("button", name="Loop", exact=True).click()
    _handle(page, "Play head").press("-")
    expect(_handle(page, "Start of the loop")).to_be_visible()


def test_in_and_out_are_set_at_the_play_head_and_changes_are_undone_and_made_again(studio: Page) -> None:
    page, head = studio, _handle(studio, "Play head")
    start, end = _handle(page, "Start of the loop"), _handle(page, "End of the loop")
    head.press("Home")
    head.press("Shift+ArrowRight")
    head.press("i")
    assert _seconds(start) == 1.0
    head.press("Shift+ArrowRight")
    head.press(".")
    head.press("o")
    assert _seconds(end) == pytest.approx(2.2), "the picture under the play head is the last that is shown"
    page.get_by_role("button", name="One frame back").click()
    page.get_by_role("button", name="End here").click()
    assert _seconds(end) == pytest.approx(2.1)
    head.press("Control+z")
    assert _seconds(end) == pytest.approx(2.2)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert (_seconds(start), _seconds(end)) == (0, LENGTH)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    head.press("Control+Shift+z")
    assert _seconds(start) == 1.0
    for _ in range(2):
        page.get_by_role("button", name="Redo").click()
    assert _seconds(end) == pytest.approx(2.1)
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()


def test_the_source_plays_the_chosen_seconds_again_and_again(studio: Page) -> None:
    page, start, end = studio, _handle(studio, "Start of the loop"), _handle(studio, "End of the loop")
    start.press("PageUp")
    for _ in range(4):
        end.press("Shift+ArrowLeft")
    assert (_seconds(start), _seconds(end)) == (2.0, LENGTH - 4)
    page.evaluate(
        "window.seen = []; const video = document.querySelector('#source video');"
        "video.addEventListener('timeupdate', () => video.paused || window.seen.push(video.currentTime))"
    )
    _handle(page, "Play head").press(" ")
    expect(page.get_by_role("button", name="Play the loop")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => seen.filter((moment, number) => moment < seen[number - 1] - 0.5).length >= 2")
    assert min(page.evaluate("window.seen")) > 1.9
    _handle(page, "Play head").press(" ")
    expect(page.get_by_role("button", name="Play the loop")).to_have_attribute("aria-pressed", "false")
