"""vod-js-sdk-v6, unmodified, in a real Chromium on a customer's page; the gateway answers for the cloud's hosts."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, Route

from cloudapi.gateway.environment import fingerprint
from media_jobs.models import AnimatedImage, Media, ObjectPart
from media_jobs.store.storage import storage
from procedures.models import Procedure
from tests.integration.cloudapi.conftest import ROOT, RunningGateway
from tests.integration.cloudapi.ugc.customer import CHROMIUM, PAGE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
# Playwright keeps an event loop in the tests' thread, and Django would refuse every query there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PACKAGES = ROOT / "tests/sdk/node_modules"
SDK, OLD_SDK = (PACKAGES / name / "dist/vod-js-sdk-v6.js" for name in ("vod-js-sdk-v6", "vod-js-sdk-v6-1.4"))
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, gateway: RunningGateway) -> Iterator[Browser]:
    """Started as the gateway's greeting says."""
    trusted = fingerprint(gateway.folder / "server.pem")
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--proxy-server={gateway.proxy}",
            f"--ignore-certificate-errors-spki-list={trusted}",
        ],
    )
    yield browser
    browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.route("https://shop.example/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    context.route("https://shop.example/sdk.js", lambda route: route.fulfill(path=SDK, content_type="text/javascript"))
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(page: Page, signature: Callable[..., str]) -> Callable[..., None]:
    """Open the page; its backend signs with `fields`."""

    def visited(media: Path, *, cover: Path | None = None, **fields: str | int) -> None:
        page.expose_function("sign", lambda: signature(**fields))
        page.goto("https://shop.example/")
        _choose(page, media, cover=cover)

    return visited


def _choose(page: Page, media: Path, *, cover: Path | None = None) -> None:
    page.set_input_files("#media", media)
    if cover:
        page.set_input_files("#cover", cover)


def _upload(page: Page, **options: Any) -> Any:
    return page.evaluate("upload", options)


def _stored_digest(media: Media) -> bytes:
    with storage().open(media.storage_key) as file:
        return hashlib.file_digest(file, "sha256").digest()


def test_a_video_with_cover_and_procedure_becomes_animated_images(
    page: Page,
    visit: Callable[..., None],
    clip: Path,
    tmp_path: Path,
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    cover = tmp_path / "cover.png"
    Image.new("RGB", (64, 36), "red").save(cover)
    visit(clip, cover=cover, procedure=procedure.name, sourceContext="from the page", oneTimeValid=1)
    answer = _upload(page)
    media = Media.objects.get()
    assert answer["fileId"] == media.file_id
    assert answer["video"]["url"].endswith(media.storage_key)
    assert answer["cover"]["url"].endswith(media.poster_key)
    assert _stored_digest(media) == hashlib.sha256(clip.read_bytes()).digest()
    assert media.source_context == "from the page"
    assert page.evaluate("progress") == 1
    run_jobs()
    assert sorted(AnimatedImage.objects.values_list("container", "frames")) == [("gif", 8), ("webp", 10)]


@pytest.mark.parametrize("sdk", [SDK, OLD_SDK], ids=["1.8.0", "1.4.14"])
def test_an_upload_goes_on_after_a_reload(
    page: Page, visit: Callable[..., None], clip_of: Callable[[int], Path], sdk: Path
) -> None:
    path = clip_of(20 * MIB)
    page.context.route("https://shop.example/sdk.js", lambda route: route.fulfill(path=sdk))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.context.route("**/*partNumber=3*", lambda route: None)  # the last part never gets through
    visit(path)
    page.evaluate("() => { window.running = upload(); }")
    page.wait_for_function("() => window.progress > 0.7", timeout=60_000)
    page.wait_for_timeout(500)
    before = set(ObjectPart.objects.values_list("number", "file"))
    assert {number for number, _ in before} == {1, 2}
    page.context.unroute("**/*partNumber=3*")
    asked.clear()
    page.reload()
    _choose(page, path)
    answer = _upload(page)
    assert answer["fileId"] == Media.objects.get().file_id
    assert _stored_digest(Media.objects.get()) == hashlib.sha256(path.read_bytes()).digest()
    sent = {url.partition("partNumber=")[2][0] for url in asked if url.startswith("PUT") and "partNumber=" in url}
    assert sent == {"3"}, "parts that had arrived are not sent again"


@pytest.mark.parametrize("size", [MIB, 12 * MIB], ids=["single", "multipart"])
def test_the_s3_mode_works(page: Page, visit: Callable[..., None], clip_of: Callable[[int], Path], size: int) -> None:
    path = clip_of(size)
    visit(path)
    answer = _upload(page, storageType="s3")
    assert answer["fileId"] == Media.objects.get().file_id
    assert _stored_digest(Media.objects.get()) == hashlib.sha256(path.read_bytes()).digest()


def test_a_refusal_is_shown_to_the_page(page: Page, visit: Callable[..., None], clip: Path) -> None:
    visit(clip, procedure="nowhere")
    answer = _upload(page)
    assert "nowhere" in answer["refused"]
    assert answer["code"] == 404
    assert not Media.objects.exists()


def test_a_backend_that_keeps_a_one_time_signature_is_told(
    page: Page, clip: Path, signature: Callable[..., str]
) -> None:
    once = signature(oneTimeValid=1)
    page.expose_function("sign", lambda: once)
    page.goto("https://shop.example/")
    _choose(page, clip)
    assert _upload(page)["code"] == 10004


def test_a_failing_main_host_is_left_for_the_other(page: Page, visit: Callable[..., None], clip: Path) -> None:
    def fail(route: Route) -> None:
        route.abort()

    page.context.route("https://vod2.qcloud.com/**", fail)
    visit(clip)
    assert _upload(page)["fileId"] == Media.objects.get().file_id
