"""The service worker of docs/sdk-javascript.md: an unmodified SDK, no gateway, no proxy, nothing set at the browser."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from pytest_django.live_server_helper import LiveServer

from media_jobs.models import Media
from media_jobs.store.storage import storage
from tests.integration.cloudapi.conftest import ROOT
from tests.integration.cloudapi.ugc.customer import CHROMIUM, PAGE
from tests.integration.cloudapi.ugc.test_browser import SDK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
MIB = 1024 * 1024
REGISTERED = """<script>
  navigator.serviceWorker.register("/upload-worker.js");
  navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller || location.reload());
</script>"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def shop(live_server: LiveServer, tmp_path: Path) -> Iterator[str]:
    """A customer's own site, with what the documentation says to put there."""
    text = (ROOT / "docs/sdk-javascript.md").read_text()
    worker = re.findall(r"```js\n(.*?)```", text, re.DOTALL)[0]
    assert REGISTERED in text
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "upload-worker.js").write_text(worker.replace("https://zoetrope.example.com", live_server.url))
    (folder / "sdk.js").symlink_to(SDK)
    (folder / "index.html").write_text(PAGE + REGISTERED)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_documented_worker_leads_the_sdk_here(
    playwright: Playwright, shop: str, clip_of: Callable[[int], Path], signature: Callable[..., str]
) -> None:
    path = clip_of(10 * MIB)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page()
    page.expose_function("sign", lambda: signature())
    page.goto(shop)
    page.wait_for_function("() => navigator.serviceWorker.controller && window.upload")
    page.wait_for_load_state()
    page.set_input_files("#media", path)
    answer = page.evaluate("upload({})")
    browser.close()
    media = Media.objects.get()
    assert answer["fileId"] == media.file_id
    assert storage().size(media.storage_key) == path.stat().st_size
