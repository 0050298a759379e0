"""What the console looks like: `python -m tests.screenshots [--languages en,ko] [--pages studio,media] [--docs docs]`.

A private instance with its sample, a real Chromium (ZOETROPE_CHROMIUM), each page in each language, theme and width.
All of them go to build/screenshots as PNG, whole pages; those that the documents show into docs/screenshots as WebP.
"""

import argparse
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from animator.make.sample import render_sample
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.faults.instance import Instance, wait_for

ROOT = Path(__file__).parents[1]
PASSWORD = "fault test password"
LOCALES = {"en": "en-GB", "ko": "ko-KR", "zh-hans": "zh-CN"}
SIZES = {1440: 900, 1024: 768, 390: 844}  # width: height
THEMES = ("light", "dark")
PAGES = (
    *("sign-in", "overview", "media", "media-detail", "studio", "task", "task-failed", "templates", "flow-form"),
    "usage",
)
NAMED = ("batch",)  # only if they are asked for: it takes more media than the other pages show
SHOWN = ("overview", "studio", "media")  # in the documents
BATCH = 24  # media
LARGEST = 150_000  # bytes of a picture that is kept
CLIPS = ("Ball over the hills.mp4", "Morning walk.mp4", "Harbour at noon.mp4", "Teaser for the shop.mp4")


def main() -> None:
    options = _options()
    everything = ROOT / "build/screenshots"
    everything.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        instance = Instance(Path(folder), ZOETROPE_SAMPLE="1")
        try:
            addresses = _filled(instance.start(), Path(folder))
            wanted = {name: addresses[name] for name in options.pages}
            for language in options.languages:
                for name, page in _pages(browser, instance, language, wanted):
                    _taken(page, f"{name}-{language}", everything)
                    if name in SHOWN:
                        _kept(page, name, language, options.docs / "screenshots")
        finally:
            instance.close()
            browser.close()
    print(f"{len(list(everything.glob('*.png')))} screenshots in {everything.relative_to(ROOT)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.screenshots", description="What the console looks like.")
    parser.add_argument("--languages", type=_some_of(tuple(LOCALES)), default=list(LOCALES), help="with commas between")
    parser.add_argument("--pages", type=_some_of(PAGES + NAMED), default=list(PAGES), help="with commas between")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the kept ones go (docs)")
    return parser.parse_args()


def _some_of(known: tuple[str, ...]) -> Any:
    def read(text: str) -> list[str]:
        wanted = text.split(",")
        if unknown := set(wanted) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: there is {', '.join(known)}")
        return wanted

    return read


def _filled(instance: Instance, folder: Path) -> dict[str, str]:
    """A few clips with their pictures, and a task that failed; every page's address by its name."""
    clip = render_sample(folder / "clip.mp4")
    late = {"name": "too-late", "steps": [{"definition": 20002, "start": 60}]}
    _sent(instance, "/procedures", json=late)
    tasks = [_uploaded(instance, clip, name, "sample-loop") for name in CLIPS]
    failed = _uploaded(instance, clip, "Trailer, first cut.mp4", "too-late")
    started = [task["task_id"] for task in (*tasks, failed)]
    wait_for(lambda: all(_ended(instance, task) for task in started), seconds=600, what="the sample's pictures")
    media = tasks[-1]["file_id"]
    return {
        "sign-in": "/login",
        "overview": "/",
        "media": "/vod/media",
        "media-detail": f"/vod/media/{media}",
        "studio": f"/vod/studio?media={media}&start=1&end=4",
        "task": f"/vod/task/{tasks[-1]['task_id']}",
        "task-failed": f"/vod/task/{failed['task_id']}",
        "templates": "/vod/video-process/template",
        "flow-form": "/vod/video-process/taskflow/create",
        "usage": "/vod/usage",
        "batch": "",  # begun when its turn comes
    }


def _uploaded(instance: Instance, clip: Path, name: str, procedure: str = "") -> dict[str, Any]:
    return _sent(
        instance, "/media", data={"procedure": procedure}, files={"file": (name, clip.read_bytes(), "video/mp4")}
    )


def _batch(instance: Instance) -> str:
    """The address of one that is under way, and tells how long it still takes."""
    with tempfile.TemporaryDirectory(prefix="batch-") as folder:
        clip = render_sample(Path(folder) / "clip.mp4")
        for number in range(BATCH):
            _uploaded(instance, clip, f"Harbour, take {number + 1}.mp4")
    picture = {"format": "webp", "width": 640, "fps": 25, "effort": 3}
    steps = [{"definition": 20002, "picture": picture}]
    batch = _sent(instance, "/batches", json={"filter": {"text": "Harbour, take"}, "steps": steps, "again": True})["id"]
    path = f"/batches/{batch}"
    wait_for(lambda: instance.api.get(path).json()["seconds_left"] is not None, seconds=300, what="a batch's pace")
    return f"/vod/task/batch/{batch}"


def _sent(instance: Instance, path: str, **body: Any) -> dict[str, Any]:
    answer = instance.api.post(path, **body)
    answer.raise_for_status()
    given: dict[str, Any] = answer.json()
    return given


def _ended(instance: Instance, task_id: str) -> bool:
    return instance.api.get(f"/tasks/{task_id}").json()["outcome"] not in ("waiting", "processing")


def _pages(
    browser: Browser, instance: Instance, language: str, addresses: dict[str, str]
) -> Iterator[tuple[str, Page]]:
    """Each page, loaded and at rest, in one browser that asks for this language; signing in is the first."""
    with browser.new_context(locale=LOCALES[language], reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{instance.url}/login")
        if "sign-in" in addresses:
            yield "sign-in", page
        page.locator("[name=username]").fill("admin")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        for name in [name for name in addresses if name != "sign-in"]:
            address = addresses[name] or _batch(instance)
            page.goto(instance.url + address, wait_until="networkidle" if addresses[name] else "load")
            if name == "studio":
                page.locator("#preview-facts").filter(has_text="×").wait_for(timeout=60_000)
                page.wait_for_load_state("networkidle")
            yield name, page


def _taken(page: Page, name: str, folder: Path) -> None:
    for theme, width in ((theme, width) for theme in THEMES for width in SIZES):
        _dressed(page, theme, width)
        page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=True)


def _kept(page: Page, name: str, language: str, folder: Path) -> None:
    """One for each language; the dark and the narrow one in English. Raises ValueError for one that is too large."""
    wanted = {f"{name}-{language}": ("light", 1440)}
    if language == "en":
        wanted |= {f"{name}-dark": ("dark", 1440), f"{name}-390": ("light", 390)}
    folder.mkdir(exist_ok=True)
    for title, (theme, width) in wanted.items():
        _dressed(page, theme, width)
        path = folder / f"{title}.webp"
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, quality=85, method=6)
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.name} has {path.stat().st_size} bytes, more than {LARGEST}.")


def _dressed(page: Page, theme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.evaluate("() => { scrollTo(0, 0); document.activeElement?.blur(); }")
    page.wait_for_timeout(300)  # stylesheets' transitions and the filmstrip's new width


if __name__ == "__main__":
    main()
