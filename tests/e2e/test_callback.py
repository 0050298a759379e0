"""The callback workbench in a browser: set, test, look at what came back, repair, send again."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application, User
from media_jobs.events.dispatcher import Dispatcher
from media_jobs.events.services import modify_event_config, pull_events, send_test_event
from media_jobs.models import Event
from tests.receivers import Receiver, answer, ok, receiver


@pytest.fixture
def hook(settings: LazySettings) -> Iterator[Receiver]:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    with receiver(answer(500, body=b"out of order")) as listening:
        yield listening


def deliver(hook: Receiver) -> None:
    before = len(hook.messages)
    assert Dispatcher().dispatch() == 1
    hook.wait(before + 1)


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {item['help']}" for item in found if item["impact"] in ("serious", "critical")]


def test_from_a_failing_receiver_to_one_that_has_it_all(
    sign_in: Callable[[User], Page], owner: User, application: Application, hook: Receiver, live_server: LiveServer
) -> None:
    page = sign_in(owner)
    page.get_by_role("link", name="Callback Settings").click()
    page.get_by_role("link", name="Set", exact=True).click()
    page.get_by_label("Callback URL").fill(hook.url)
    page.get_by_label("Sign key").fill("abc123")
    assert serious(page) == []
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
    deliver(hook)
    expect(page.get_by_text("out of order")).to_be_visible()
    expect(page.get_by_text("only 2xx counts")).to_be_visible()
    assert serious(page) == []
    hook.behave = ok
    page.get_by_role("button", name="Send again").click()
    deliver(hook)
    expect(page.get_by_role("main").get_by_text("Arrived").first).to_be_visible()
    assert {message.id for message in hook.messages} == {f"evt_{Event.objects.get().uid.hex}"}
    page.get_by_role("link", name="Callback Settings").first.click()
    expect(page.get_by_role("cell", name="Arrived")).to_be_visible()
    assert serious(page) == []


def test_the_queue_counts_down_and_the_samples_are_there(
    sign_in: Callable[[User], Page], owner: User, application: Application, live_server: LiveServer
) -> None:
    modify_event_config(application=application, fields={"mode": "PULL"})
    send_test_event(application=application, type="ProcedureStateChanged")
    page = sign_in(owner)
    page.goto(f"{live_server.url}/vod/callback")
    expect(page.get_by_text("1 to pull, 0 handed out")).to_be_visible()
    pull_events(application=application, wait=0)
    expect(page.get_by_text("0 to pull, 1 handed out")).to_be_visible()
    assert serious(page) == []
    page.goto(f"{live_server.url}/vod/callback/check")
    page.get_by_text("Task flow status change").click()
    expect(page.get_by_text('"EventType": "ProcedureStateChanged"')).to_be_visible()
    assert serious(page) == []
