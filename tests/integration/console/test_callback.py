"""The callback workbench: settings, test events, deliveries, sending again, and the signature checker."""

from collections.abc import Callable

import pytest
from django.test import Client

from applications.models import Application, User
from media_jobs.events.services import event_config, modify_event_config, pull_events, send_test_event
from media_jobs.models import Delivery, Event, EventConfig
from tests.receivers import Receiver, answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback_allowed", "in_application")]
PAGE = "/app/1500000001/vod/callback"


@pytest.fixture
def as_owner(owner: User, application: Application) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def text(client: Client, path: str = PAGE) -> str:
    shown = client.get(path)
    assert shown.status_code == 200
    return shown.content.decode()


def test_settings_are_saved_and_shown(as_owner: Client, application: Application, hook: Receiver) -> None:
    values = {"mode": "PUSH", "notification_url": hook.url, "sign_key": "abc123", "upload_complete": "on"}
    assert as_owner.post(f"{PAGE}/settings", values).status_code == 302
    config = EventConfig.objects.get()
    assert (config.sign_key, config.upload_complete, config.delete_complete) == ("abc123", True, False)
    assert hook.url in text(as_owner)
    values |= {"sign_key": "", "delete_complete": "on"}
    as_owner.post(f"{PAGE}/settings", values)
    assert EventConfig.objects.get().sign_key == "abc123"
    as_owner.post(f"{PAGE}/settings", values | {"clear_sign_key": "on"})
    assert EventConfig.objects.get().sign_key == ""


def test_the_first_url_asks_whether_earlier_events_are_sent_and_by_default_they_are_not(
    as_owner: Client, application: Application, hook: Receiver
) -> None:
    early = send_test_event(application=application, type="ProcedureStateChanged")
    values = {"mode": "PUSH", "notification_url": hook.url}
    assert 'name="with_earlier"' in text(as_owner, f"{PAGE}/settings")
    as_owner.post(f"{PAGE}/settings", values)
    waits = Event.objects.filter(settled_at=None).exclude(next_at=None)
    assert list(waits) == []
    assert 'name="with_earlier"' not in text(as_owner, f"{PAGE}/settings"), "another URL isn't the first"
    as_owner.post(f"{PAGE}/settings", values | {"notification_url": ""})
    as_owner.post(f"{PAGE}/settings", values | {"with_earlier": "on"})
    assert list(waits.all()) == [early]


def test_a_refused_url_is_told_beside_its_field(as_owner: Client) -> None:
    shown = as_owner.post(f"{PAGE}/settings", {"mode": "PUSH", "notification_url": "http://10.0.0.1/"})
    assert "10.0.0.1 is not a public address" in shown.content.decode()
    assert "127.0.0.1/32" in shown.content.decode()
    assert not EventConfig.objects.exists()


def test_a_test_event_and_its_deliveries_are_shown_with_what_was_answered(
    as_owner: Client, application: Application, hook: Receiver, deliver_due: Callable[[], list[Delivery]]
) -> None:
    modify_event_config(application=application, fields={"notification_url": hook.url})
    hook.behave = answer(500, "X-Why: tired", body=b"<script>alert(1)</script>")
    sent = as_owner.post(f"{PAGE}/test", {"type": "NewFileUpload"})
    event = Event.objects.get()
    assert sent["Location"] == f"{PAGE}/events/{event.uid}"
    deliver_due()
    page = text(as_owner, sent["Location"])
    for part in ("webhook-signature", "x-why", "tired", "only 2xx counts", f"evt_{event.uid.hex}", hook.url):
        assert part in page
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "Failing" in text(as_owner)
    hook.behave = answer(204)
    as_owner.post(f"{PAGE}/events/{event.uid}/replay")
    deliver_due()
    assert "Arrived" in text(as_owner, sent["Location"])


def test_what_failed_can_be_sent_again_all_at_once(
    as_owner: Client, application: Application, hook: Receiver, deliver_due: Callable[[], list[Delivery]]
) -> None:
    modify_event_config(application=application, fields={"notification_url": hook.url})
    hook.behave = answer(500)
    send_test_event(application=application, type="FileDeleted")
    deliver_due()
    hook.behave = answer(200)
    as_owner.post(f"{PAGE}/replay", {"hours": "1"})
    assert [delivery.error for delivery in deliver_due()] == [""]


def test_an_endpoint_that_is_gone_is_told_with_a_way_back(
    as_owner: Client, application: Application, hook: Receiver, deliver_due: Callable[[], list[Delivery]]
) -> None:
    modify_event_config(application=application, fields={"notification_url": hook.url})
    hook.behave = answer(410)
    send_test_event(application=application, type="FileDeleted")
    deliver_due()
    assert "Deliveries are switched off" in text(as_owner)
    assert "Deliveries are switched off" in text(as_owner, "/app/1500000001/vod/task")
    as_owner.post(f"{PAGE}/resume")
    assert "Deliveries are switched off" not in text(as_owner)


def test_the_queue_shows_what_is_handed_out(as_owner: Client, application: Application) -> None:
    modify_event_config(application=application, fields={"mode": "PULL"})
    for _ in range(2):
        send_test_event(application=application, type="FileDeleted")
    assert "2 to pull, 0 handed out" in text(as_owner)
    pull_events(application=application, wait=0)
    page = text(as_owner)
    assert "0 to pull, 2 handed out" in page
    assert "Comes again, unless confirmed" in page


def test_a_message_that_was_received_can_be_checked(
    as_owner: Client, application: Application, hook: Receiver, deliver_due: Callable[[], list[Delivery]]
) -> None:
    modify_event_config(application=application, fields={"notification_url": hook.url, "sign_key": "abc123"})
    send_test_event(application=application, type="ProcedureStateChanged")
    deliver_due()
    message = hook.messages[0]
    form = {name.replace("-", "_"): message.headers[name] for name in message.headers if name.startswith("webhook-")}
    checked = as_owner.post(f"{PAGE}/check", {"body": message.body.decode(), **form}).content.decode()
    assert "webhook-signature is right" in checked and "Sign is right" in checked
    changed = message.body.decode().replace("demo", "memo").replace('T":1', 'T":2')
    checked = as_owner.post(f"{PAGE}/check", {"body": changed, **form}).content.decode()
    assert "webhook-signature is wrong" in checked and "Sign is wrong" in checked


@pytest.mark.parametrize("body", ["nonsense", "[]", '{"Sign": 1, "T": "x"}'])
def test_nonsense_is_checked_without_a_crash(as_owner: Client, body: str) -> None:
    form = {"body": body, "webhook_id": "x", "webhook_timestamp": "9" * 30, "webhook_signature": "ä v1,x"}
    assert as_owner.post(f"{PAGE}/check", form).status_code == 200


def test_only_an_owner_sees_the_secret(as_owner: Client, operator: User, application: Application) -> None:
    secret = event_config(application).webhook_secret
    client = Client()
    client.force_login(operator)
    assert secret not in text(client, f"{PAGE}/check")
    assert secret in text(as_owner, f"{PAGE}/check")
    as_owner.post(f"{PAGE}/secret")
    assert secret not in text(as_owner, f"{PAGE}/check")


def test_every_type_has_a_sample_to_look_at(as_owner: Client) -> None:
    page = text(as_owner, f"{PAGE}/check")
    for type in Event.Type.values:
        assert f"&quot;EventType&quot;: &quot;{type}&quot;" in page
