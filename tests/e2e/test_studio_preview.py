"""What the studio says of a picture before and when it is there: a rough one, an estimate, then bytes and limits."""

import re
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from media_jobs.jobs import studio
from media_jobs.models import Media
from tests.e2e.test_studio import _opened

pytestmark = pytest.mark.usefixtures("in_application")


def test_a_rough_picture_and_a_band_of_bytes_stand_there_until_the_true_one_does(
    page_of_operator: Page, upload_clip: Callable[..., Media], run_jobs: Callable[[], int], live_server: LiveServer
) -> None:
    page, held, media = page_of_operator, list[Route](), upload_clip()
    run_jobs()
    page.route("**/vod/studio/preview", lambda route: held.append(route))  # and nobody answers
    _opened(page, live_server, media)
    state, facts = page.locator("#preview-state"), page.locator("#preview-facts")
    expect(state).to_have_text("Rough")
    expect(page.locator("#preview-picture")).to_be_visible()
    expect(page.locator("#preview-size")).to_have_text(re.compile(r"about .+B \(.+B to .+B\)"))
    expect(facts).not_to_contain_text("Bytes")
    held[-1].continue_()
    expect(state).to_have_text("As it will be")
    expect(page.locator("#preview-size")).to_have_text(re.compile(r"^[\d.]+ .?B$"))
    for name in ("Bytes", "Size", "Frames", "Lasts", "Seam"):
        expect(facts).to_contain_text(name)
    expect(page.locator("#preview-limit")).to_have_text(
        re.compile(r"Within the limits: at these settings at most .*\d")
    )


def test_a_rough_picture_whose_request_is_overtaken_does_not_stop_the_true_one(
    page_of_operator: Page,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, media, came = page_of_operator, upload_clip(), Event()
    run_jobs()
    roughly, previewed, held = studio.roughly, studio.previewed, list[Route]()

    def arrives(*given: Any, **more: Any) -> Any:
        came.set()
        return roughly(*given, **more)

    def waits(*given: Any, on_tick: Callable[[float], None], **more: Any) -> Any:
        assert came.wait(60)
        on_tick(0.5)
        return previewed(*given, on_tick=on_tick, **more)

    monkeypatch.setattr(studio, "roughly", arrives)
    monkeypatch.setattr(studio, "previewed", waits)
    monkeypatch.setattr(studio, "PREVIEW_DEADLINE", 60.0)

    def overtakes(route: Route) -> None:
        route.continue_()
        held.pop().continue_()

    page.route("**/vod/studio/rough", lambda route: held.append(route))
    page.route("**/vod/studio/preview", overtakes)
    _opened(page, live_server, media)
    expect(page.locator("#preview-state")).to_have_text("As it will be")


def test_settings_beyond_a_limit_say_what_is_possible_with_them(
    page_of_operator: Page,
    complaints: list[str],
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    live_server: LiveServer,
) -> None:
    page, media = page_of_operator, upload_clip()
    run_jobs()
    state, limit = page.locator("#preview-state"), page.locator("#preview-limit")
    _opened(page, live_server, media, end="3", width="4096", height="4096", fps="30", speed="0.25")
    expect(state).to_have_text("Not possible")
    expect(limit).to_have_class(re.compile("broken"))
    expect(limit).to_have_text(re.compile(r"longest that passes is \d"))
    page.get_by_text("All options").click()
    page.get_by_label("Height", exact=True).fill("180")
    page.get_by_label("Width", exact=True).fill("320")
    page.get_by_label("Width", exact=True).press("Enter")
    expect(state).to_have_text("As it will be")
    expect(limit).not_to_have_class(re.compile("broken"))
    complaints.clear()  # a refusal is a 400
