"""Two walks of somebody who reads nothing: everything is found by its role and name, clicks and seconds are counted."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.test_whole_way import is_playing
from tests.faults.instance import Instance, wait_for

PATIENCE = 60  # seconds to one's own picture; 3 to 6 on a quiet machine
CLICKS = 3
# Trusted clicks alone: those of a mouse, not those that a script makes. They outlive the pages of a walk.
COUNT = """addEventListener("click", (event) => {
  if (event.isTrusted && event.detail) sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
}, true)"""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """As `make run` starts it, with its sample's task flow and real workers."""
    instance = Instance(tmp_path_factory.mktemp("walks"), ZOETROPE_SAMPLE="1")
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture
def visitor(context: BrowserContext, complaints: list[str]) -> Page:
    context.add_init_script(COUNT)
    return context.new_page()


def test_the_first_picture_of_ones_own_is_on_screen_within_a_minute_of_signing_in(
    visitor: Page, instance: Instance, clip: Path
) -> None:
    begun = time.monotonic()
    _sign_in(visitor, instance.url)
    visitor.get_by_role("main").get_by_role("link", name="Upload", exact=True).click()
    visitor.get_by_label("Choose videos").set_input_files(clip)
    visitor.get_by_role("radio", name="Auto-processing after upload").click()
    visitor.get_by_role("combobox", name="Task flow").select_option("sample-loop")
    visitor.get_by_role("button", name="Upload", exact=True).click()
    row = visitor.get_by_role("list", name="Files").get_by_role("listitem").first
    picture = row.get_by_role("img", name="Animated image of clip").first
    expect(picture).to_be_visible(timeout=1000 * PATIENCE)
    assert is_playing(picture)
    took = time.monotonic() - begun
    print(f"\nThe first walk: {took:.1f} s, {_clicks(visitor)} clicks")
    assert took <= PATIENCE


def test_a_start_past_the_end_is_mended_and_running_in_three_clicks(
    visitor: Page, instance: Instance, clip: Path
) -> None:
    task = _failed(instance, clip)
    _sign_in(visitor, instance.url)
    visitor.goto(f"{instance.url}/vod/task/{task}")
    expect(visitor.get_by_role("note")).to_contain_text("lies at or past the end of the video")
    before = _clicks(visitor)

    visitor.get_by_role("link", name="Retry with changes").click()
    start = visitor.get_by_role("textbox", name="Start", exact=True)
    start.click()
    start.fill("1")
    visitor.get_by_role("button", name="Start", exact=True).click()
    visitor.wait_for_url(lambda url: "/vod/task/" in url and task not in url and not url.endswith("/change"))
    clicks = _clicks(visitor) - before

    expect(visitor.get_by_text("is tried again with these values, as this new task")).to_be_visible()
    print(f"\nThe mending walk: {clicks} clicks")
    assert 0 < clicks <= CLICKS
    expect(visitor.get_by_role("main").get_by_text("Completed", exact=True).first).to_be_visible(
        timeout=1000 * PATIENCE
    )


def _sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("textbox", name="Username").fill("admin")
    page.get_by_label("Password").fill("fault test password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Service Overview")).to_be_visible()


def _clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.clicks ?? 0"))


def _failed(instance: Instance, clip: Path) -> str:
    """A task whose only picture begins at a minute of a video of a few seconds."""
    flow = {"name": "late", "steps": [{"definition": 20002, "start": 60}]}
    instance.api.post("/procedures", json=flow).raise_for_status()
    with clip.open("rb") as file:
        answer = instance.api.post("/media", data={"procedure": "late"}, files={"file": ("clip.mp4", file)})
    task: str = answer.raise_for_status().json()["task_id"]
    wait_for(
        lambda: instance.api.get(f"/tasks/{task}").json()["outcome"] == "failed", seconds=PATIENCE, what="the failure"
    )
    return task
