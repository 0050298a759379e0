"""How many connections to the database a worker's deliveries hold while receivers take their time."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.backends.signals import connection_created

from applications.models import Application, User
from applications.services.applications import create_application
from media_jobs.events.dispatcher import AT_THE_DATABASE, Dispatcher
from media_jobs.events.services import modify_event_config, send_test_event
from media_jobs.models import Delivery
from tests import receivers
from tests.receivers import receiver

pytestmark = pytest.mark.django_db(transaction=True)

ENDPOINTS = 12


@pytest.fixture
def opened() -> Any:
    """Every connection that threads other than the test's own have opened."""
    found: list[Any] = []

    def note(connection: Any, **_: Any) -> None:
        if threading.current_thread() is not threading.main_thread():
            found.append(connection)

    connection_created.connect(note)
    yield found
    connection_created.disconnect(note)


def test_receivers_that_take_their_time_hold_no_connection_to_the_database(
    owner: User, loopback_allowed: None, opened: list[Any], settings: LazySettings
) -> None:
    settings.ZOETROPE_CALLBACK_CONNECT_SECONDS, settings.ZOETROPE_CALLBACK_SECONDS = 60, 60  # also on a slow machine
    with receiver(receivers.late(0.5)) as slow:
        for number in range(ENDPOINTS):
            tenant: Application = create_application(name=f"T{number}", owner=owner, app_id=1600000000 + number)
            modify_event_config(application=tenant, fields={"notification_url": slow.url})
            send_test_event(application=tenant, type="ProcedureStateChanged")
        assert Dispatcher().dispatch() == ENDPOINTS
        slow.wait(ENDPOINTS)
        most = held = 0
        deadline = time.monotonic() + 60
        while Delivery.objects.count() < ENDPOINTS and time.monotonic() < deadline:
            time.sleep(0.005)  # which leaves the others the processor
            held = sum(one.connection is not None for one in opened)
            most = max(most, held)
        assert [one.error for one in Delivery.objects.all()] == [""] * ENDPOINTS
        _until(lambda: not any(one.connection is not None for one in opened))
    assert len(opened) >= ENDPOINTS
    assert most <= AT_THE_DATABASE
    assert connection.connection is not None


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
