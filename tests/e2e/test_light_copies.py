"""Videos that a browser doesn't play are shown by a light copy: made here as cameras, editors and old programs do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from media_jobs.models import Media, StudioFile
from tests.e2e.test_studio import _handle, _opened, _uploaded
from tests.unit.animator.clips import Clip, render
from tests.unit.animator.test_animate import QUIET_X265

pytestmark = pytest.mark.usefixtures("in_application")

SIZE = {"width": 256, "height": 144}
CLIPS = {
    "hevc.mp4": Clip(codec="libx265", options=QUIET_X265, **SIZE),
    "prores.mov": Clip(codec="prores_ks", pixel_format="yuv422p10le", **SIZE),
    "prores 4444.mov": Clip(codec="prores_ks", pixel_format="yuva444p10le", options={"profile": "4444"}, **SIZE),
    "mpeg-4 part 2.avi": Clip(codec="mpeg4", **SIZE),
    "mjpeg.avi": Clip(codec="mjpeg", pixel_format="yuvj420p", **SIZE),
    "h264 in avi.avi": Clip(codec="libx264", **SIZE),
    "mpeg-2.ts": Clip(codec="mpeg2video", rate=25, **SIZE),
}
# The number that the picture shown carries (tests/unit/animator/clips.py).
NUMBER = """() => {
  const video = document.querySelector("#source video");
  if (video.readyState < 2 || video.seeking) return null;
  const [width, height] = [video.videoWidth, video.videoHeight];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const paint = canvas.getContext("2d");
  paint.drawImage(video, 0, 0);
  const row = paint.getImageData(0, Math.floor(height / 4), width, 1).data;
  const isWhite = (bit) => row[4 * Math.floor((2 * bit + 1) * width / 16)] > 128;
  return [...Array(8).keys()].reduce((sum, bit) => sum + isWhite(bit) * 2 ** bit, 0);
}"""


@pytest.mark.parametrize("name", CLIPS)
def test_the_studio_shows_the_very_picture_under_the_play_head(
    name: str,
    page_of_operator: Page,
    application: Application,
    live_server: LiveServer,
    tmp_path: Path,
    run_jobs: Callable[[], int],
) -> None:
    page = page_of_operator
    page.emulate_media(reduced_motion="reduce")
    media = _uploaded(application, render(tmp_path / name, CLIPS[name]), run_jobs)
    _opened(page, live_server, media)
    expect(page.locator("#source video")).to_have_js_property("videoWidth", 256)
    head = _handle(page, "Play head")
    head.press("End")
    page.wait_for_function(f"() => ({NUMBER})() === 19")
    head.press("Home")
    page.wait_for_function(f"() => ({NUMBER})() === 0")
    assert StudioFile.objects.filter(kind="proxy").count() == 1
    expect(page.locator("#preview-state")).to_have_text("As it will be")


def test_what_a_browser_plays_needs_no_light_copy_and_pages_say_of_all_else_that_it_isnt_played(
    page_of_operator: Page, application: Application, live_server: LiveServer, tmp_path: Path, run_jobs: Callable
) -> None:
    page = page_of_operator
    page.emulate_media(reduced_motion="reduce")
    plain = _uploaded(application, render(tmp_path / "plain.mp4", Clip(**SIZE)), run_jobs)
    other = _uploaded(application, render(tmp_path / "mjpeg.avi", CLIPS["mjpeg.avi"]), run_jobs)
    _opened(page, live_server, plain)
    expect(page.locator("#source video")).to_have_js_property("videoWidth", 256)
    assert not StudioFile.objects.filter(kind="proxy").exists()

    def detail(media: Media) -> None:
        page.goto(live_server.url + reverse("console:media-detail", args=[media.file_id]))

    detail(plain)
    expect(page.locator("main video")).to_have_count(1)
    detail(other)
    expect(page.get_by_text("Browsers don't play this file as it is")).to_be_visible()
    expect(page.locator("main video")).to_have_count(0)
