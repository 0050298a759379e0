"""A real Chromium before the real console. Whatever the browser complains of fails the test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey, Application, User
from media_jobs.models import Media
from procedures.models import Procedure
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.pages import addresses_of_all_pages

# Playwright keeps an event loop in the tests' thread, and Django would refuse every query there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

HERE = Path(__file__).parent

# What the content policy forbids is said by each browser in its own words, or not at all; so it is said again.
REPORTS = (
    "addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>"
    " console.error(`CSP: ${violatedDirective} ${blockedURI}`))"
)

PATIENCE = 60_000  # ms: a machine that runs other tests as well is slow, not wrong
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Instead of the plugin's own, whose form pytest is about to drop; addresses come from live_server."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}


@pytest.fixture
def complaints(context: BrowserContext) -> Iterator[list[str]]:
    """What pages wrote to the browser's console: broken scripts, blocked resources, answers of 4xx and 5xx.

    A test that provokes one takes it out of the list; what is left at the end fails the test.
    """
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.add_init_script(REPORTS)
    context.set_default_timeout(PATIENCE)
    yield said
    assert said == []


@pytest.fixture
def sign_in(context: BrowserContext, live_server: LiveServer, complaints: list[str]) -> Callable[[User], Page]:
    """A page that stands on the overview, with this person signed in."""

    def signed_in(user: User) -> Page:
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url)
        return page

    return signed_in


@pytest.fixture
def page_of_operator(sign_in: Callable[[User], Page], operator: User, application: Application) -> Page:
    return sign_in(operator)


@pytest.fixture
def addresses(
    application: Application,
    procedure: Procedure,
    owner: User,
    api_key: ApiKey,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    in_application: None,
) -> dict[str, str]:
    """Every page by name, with something on it."""
    return addresses_of_all_pages(application, procedure, owner=owner, upload_clip=upload_clip, run_jobs=run_jobs)
