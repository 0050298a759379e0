"""`manage.py listen`: run as people run it, against real deliveries."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from applications.models import Application
from media_jobs.events.services import modify_event_config, renew_webhook_secret, send_test_event
from media_jobs.models import Delivery
from tests.faults.processes import environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listening(application: Application) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    modify_event_config(application=application, fields={"sign_key": "abc123"})
    command = [sys.executable, "manage.py", "listen", "0"]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    url = process.stdout.readline().split("Set ")[1].split(" as ")[0]
    yield url, process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_good_message_is_printed_and_a_forged_one_refused(
    application: Application, listening: tuple[str, "subprocess.Popen[str]"], deliver_due: Callable[[], list[Delivery]]
) -> None:
    url, process = listening
    modify_event_config(application=application, fields={"notification_url": url})
    send_test_event(application=application, type="ProcedureStateChanged")
    assert [delivery.status for delivery in deliver_due()] == [200]
    assert process.stdout
    assert process.stdout.readline() == "\n"
    assert "ProcedureStateChanged: verified, answering 200" in process.stdout.readline()
    while process.stdout.readline() != "}\n":
        pass
    renew_webhook_secret(application=application)  # which the listener doesn't know
    send_test_event(application=application, type="FileDeleted")
    assert [delivery.status for delivery in deliver_due()] == [401]
    assert process.stdout.readline() == "\n"
    assert "REFUSED" in process.stdout.readline()
