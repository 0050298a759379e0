"""Events, deliveries and pulls by REST, and the task that answers when it changes."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection

from media_jobs.jobs import leases
from media_jobs.jobs.services import submit_task
from media_jobs.models import Delivery, Event, Media, PullTask
from procedures.models import Procedure
from procedures.selectors import plan_of
from tests.integration.rest.conftest import Api
from tests.receivers import Receiver, answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_allowed")]


def test_settings_can_be_read_and_changed_and_keep_their_secrets(as_owner: Api) -> None:
    assert as_owner.get("event-config")["mode"] == "PUSH"
    changed = as_owner("PATCH", "event-config", {"mode": "PULL", "upload_complete": True, "sign_key": "abc123"}).json()
    assert (changed["mode"], changed["upload_complete"], changed["delete_complete"]) == ("PULL", True, False)
    assert "abc123" not in str(as_owner.get("event-config")) and "whsec" not in str(changed)


@pytest.mark.parametrize(
    "body",
    [{"mode": "POLL"}, {"notification_url": "http://127.0.0.2/"}, {"sign_key": "-"}, {"upload_complete": 1}],
)
def test_settings_that_make_no_sense_are_problems_by_field(as_owner: Api, body: dict[str, object]) -> None:
    refused = as_owner("PATCH", "event-config", body)
    assert (refused.status_code, set(refused.json()["errors"])) == (400, set(body))


def test_events_are_pulled_and_confirmed(as_owner: Api) -> None:
    as_owner("PATCH", "event-config", {"mode": "PULL"})
    sent = as_owner.post("events/test", {"type": "ProcedureStateChanged"})
    (pulled,) = as_owner.post("events/pull", {"wait": 0}, status=200)
    assert (pulled["id"], pulled["content"]) == (sent["id"], sent["content"])
    assert as_owner.get("events/state") | {"oldest": None} == {
        "open": 1,
        "to_pull": 0,
        "out": 1,
        "given_up": 0,
        "oldest": None,
    }
    assert as_owner.post("events/pull", {"wait": 0}, status=200) == []
    assert as_owner("POST", "events/confirm", {"handles": [pulled["handle"]]}).status_code == 204
    assert as_owner("POST", "events/confirm", {"handles": ["0" * 32 + "1"]}).status_code == 400
    assert as_owner.get("events/state")["open"] == 0
    assert as_owner.get(f"events/{sent['uid']}")["settled_at"] is not None


def test_in_push_mode_a_pull_says_why_it_is_empty(as_owner: Api) -> None:
    refused = as_owner("POST", "events/pull", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:zoetrope:NotPulling")


def test_an_event_shows_its_deliveries_and_can_be_sent_again(
    as_owner: Api, hook: Receiver, deliver_due: Callable[[], list[Delivery]]
) -> None:
    as_owner("PATCH", "event-config", {"notification_url": hook.url})
    hook.behave = answer(500, body=b"out of order")
    uid = as_owner.post("events/test", {"type": "FileDeleted"})["uid"]
    deliver_due()
    (tried,) = as_owner.get(f"events/{uid}")["deliveries"]
    assert (tried["status"], tried["response_body"], tried["url"]) == (500, "out of order", hook.url)
    assert tried["request_headers"]["webhook-id"].startswith("evt_")
    assert as_owner.get("deliveries")["results"] == [tried]
    hook.behave = answer(200)
    assert as_owner.post(f"events/{uid}/replay", status=200)["attempts"] == 0
    deliver_due()
    assert as_owner.get(f"events/{uid}")["settled_at"] is not None
    assert as_owner.post("events/replay-failed", {"since": "2020-01-01T00:00:00Z"}, status=200)["open"] == 0
    assert as_owner.post("event-config/resume", status=200)["given_up"] == 0


def test_a_viewer_looks_but_does_not_pull(as_viewer: Api) -> None:
    assert as_viewer.get("events")["count"] == 0
    assert as_viewer("POST", "events/pull", {}).status_code == 403


def test_events_are_filtered(as_owner: Api) -> None:
    for type in ("FileDeleted", "PullComplete"):
        as_owner.post("events/test", {"type": type})
    assert as_owner.get("events?type=FileDeleted")["count"] == 1
    subject = Event.objects.get(type="PullComplete").subject
    assert [event["type"] for event in as_owner.get(f"events?subject={subject}")["results"]] == ["PullComplete"]


def test_a_file_is_pulled_from_a_url(as_owner: Api, hook: Receiver) -> None:
    made = as_owner.post("pulls", {"url": f"{hook.url}.mp4", "session_id": "once"})
    assert (made["status"], made["progress"], made["file_id"]) == ("WAITING", 0, None)
    assert as_owner("POST", "pulls", {"url": f"{hook.url}.mp4", "session_id": "once"}).status_code == 409
    assert as_owner("POST", "pulls", {"url": "http://10.0.0.1/a.mp4"}).json()["errors"].keys() == {"url"}
    assert as_owner.get("pulls")["count"] == 1
    assert as_owner.post(f"pulls/{made['task_id']}/cancel", status=200)["status"] == "ABORTED"
    assert as_owner("POST", f"pulls/{made['task_id']}/cancel").status_code == 409
    assert PullTask.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_task_answers_as_soon_as_it_changes(as_owner: Api, uploaded: Media, procedure: Procedure) -> None:
    task = submit_task(media=uploaded, plan=plan_of(procedure))

    def later() -> None:
        time.sleep(0.5)
        leases.request_abort(task)
        connection.close()

    threading.Thread(target=later).start()
    began = time.monotonic()
    assert as_owner.get(f"tasks/{task.task_id}?wait=10")["status"] == "ABORTED"
    assert 0.4 < time.monotonic() - began < 5
    assert as_owner.get(f"tasks/{task.task_id}?wait=10")["status"] == "ABORTED"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("wait", ["x", "-1", "31", "nan"])
def test_a_wait_has_bounds(as_owner: Api, uploaded: Media, procedure: Procedure, wait: str) -> None:
    task = submit_task(media=uploaded, plan=plan_of(procedure))
    assert as_owner("GET", f"tasks/{task.task_id}?wait={wait}").status_code == 400
