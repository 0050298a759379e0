"""A client's script on a customer's page, in a real Chromium; the gateway answers for the cloud's hosts.

The page comes from a server of its own, so that the browser asks before it sends what another origin must allow.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request, Route, sync_playwright
from pytest_httpserver import HTTPServer

from cloudapi.gateway.environment import fingerprint
from tests.clients.pinned import HERE, Pinned
from tests.clients.service import Service
from tests.integration.cloudapi.ugc.customer import CHROMIUM

logging.getLogger("werkzeug").setLevel(logging.WARNING)
MIB = 1024 * 1024
LATE = 16 * MIB  # of the 22 MiB that are sent to be broken off


def run(service: Service, one: Pinned, column: str, given: dict[str, Any]) -> dict[str, Any]:
    """What the page's `upload` tells. Raises AssertionError."""
    with _shop(one) as address, _page(service) as page:
        page.expose_function("sign", lambda: given["signature"])
        page.goto(address)
        _choose(page, given)
        again: list[str] = []
        if column == "resume":
            _break_off(page, given | {"column": column})
            page.on("request", lambda request: again.extend(_first_bytes(request)))
            _choose(page, given)
        told: dict[str, Any] = page.evaluate("upload", given | {"column": column})
    assert told.get("fileId") or told.get("done"), told
    assert not again, f"what had arrived was sent again: {again}"
    return told


@contextmanager
def _shop(one: Pinned) -> Iterator[str]:
    """The customer's own server."""
    html = (HERE / "pages" / one.program).read_text()
    with HTTPServer("127.0.0.1") as server:
        server.expect_request("/").respond_with_data(html, content_type="text/html; charset=utf-8")
        server.expect_request("/sdk.js").respond_with_data(one.loaded.read_bytes(), content_type="text/javascript")
        yield server.url_for("/")


@contextmanager
def _page(service: Service) -> Iterator[Page]:
    trusted = fingerprint(service.folder / "server.pem")
    arguments = ["--no-sandbox", "--disable-gpu", f"--proxy-server={service.proxy}"]
    arguments += [f"--ignore-certificate-errors-spki-list={trusted}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser.new_page()
        finally:
            browser.close()


def _choose(page: Page, given: dict[str, Any]) -> None:
    page.set_input_files("#media", Path(given["file"]))
    if "cover" in given:
        page.set_input_files("#cover", Path(given["cover"]))


def _break_off(page: Page, given: dict[str, Any]) -> None:
    """Two thirds, and a reload."""

    def let_through(route: Route) -> None:
        if not _is_late(route.request):
            route.continue_()

    page.context.route("**/*", let_through)
    page.evaluate("(given) => { window.running = upload(given); }", given)
    page.wait_for_function("() => window.progress > 0.6", timeout=600_000)
    page.wait_for_timeout(500)
    page.context.unroute("**/*")
    page.reload()


def _is_late(request: Request) -> bool:
    offset = request.headers.get("upload-offset", "0")
    return "partNumber=3" in request.url.partition("&uploads")[0] or int(offset) >= LATE


def _first_bytes(request: Request) -> list[str]:
    """The request, when it sends a file's beginning."""
    begins = request.headers.get("upload-offset") == "0" or "partNumber=1&" in f"{request.url}&"
    return [request.url] if begins and request.method in ("PATCH", "PUT") else []
