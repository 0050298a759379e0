"""The newcomer's first look: the real console, started as `make run` starts it, shows its sample's GIF and WebP."""

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.test_whole_way import is_playing
from tests.faults.instance import Instance, wait_for

PICTURES = Path(__file__).resolve().parents[2] / "test-results"


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path, ZOETROPE_SAMPLE="1")
    try:
        yield instance.start()
    finally:
        instance.close()


def test_the_first_page_shows_the_samples_gif_and_webp_playing(
    first_start: Instance, page: Page, complaints: list[str]
) -> None:
    outputs = wait_for(lambda: _two(first_start), seconds=60, what="the sample's two pictures")
    for output in outputs:
        with Image.open(io.BytesIO(httpx.get(output["url"], trust_env=False).content)) as picture:
            assert picture.format == output["container"].upper()
            assert picture.size == (output["width"], output["height"])
            assert picture.n_frames == output["frames"] > 30
    page.goto(first_start.url)
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill("fault test password")
    page.locator("input[name=password]").press("Enter")
    images = page.locator("img[src*='/v.f']")
    expect(images).to_have_count(2)
    assert all(is_playing(images.nth(number)) for number in range(2))
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "first-page.png")
    log = first_start.log()
    assert "Shown this once" in log
    assert "faulttestsecretkey" not in log


def _two(instance: Instance) -> list[dict[str, object]]:
    found: list[dict[str, object]] = instance.api.get("/outputs").json()["results"]
    return found if len(found) == 2 else []
