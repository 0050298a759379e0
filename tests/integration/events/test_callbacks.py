"""One delivery at a time: what is sent, what counts as delivered, and what a failure leads to."""

import json
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone
from standardwebhooks import Webhook

from applications.errors import InvalidValue
from applications.models import Application
from applications.secretbox import seal
from media_jobs.events.services import (
    event_config,
    modify_event_config,
    resume_deliveries,
    send_again,
    send_failed_again,
    send_test_event,
)
from media_jobs.events.webhook import sign
from media_jobs.models import Delivery, Event, EventConfig
from tests import receivers
from tests.receivers import Receiver, answer

pytestmark = pytest.mark.django_db
Deliver = Callable[[], list[Delivery]]


@pytest.fixture
def pushing(application: Application, hook: Receiver) -> EventConfig:
    return modify_event_config(application=application, fields={"notification_url": hook.url})


@pytest.fixture
def event(pushing: EventConfig) -> Event:
    return send_test_event(application=pushing.application, type="ProcedureStateChanged")


def now_due(event: Event) -> None:
    """As if its pause, and the endpoint's, were over."""
    Event.objects.filter(pk=event.pk).update(next_at=event.created_at)
    EventConfig.objects.update(paused_until=None)


NAMELESS = [
    "http://..:8080/",
    "http://xn--127/",
    f"http://{'a' * 64}.example/",
    "http://a..b/",
    "http://" + "a." * 127 + "b/",
]


@pytest.mark.parametrize("url", NAMELESS, ids=range(len(NAMELESS)))
def test_a_callback_url_whose_host_can_be_no_name_is_refused_with_a_sentence(
    application: Application, url: str
) -> None:
    with pytest.raises(InvalidValue, match="name") as refusal:
        modify_event_config(application=application, fields={"notification_url": url})
    assert refusal.value.field == "notification_url"


@pytest.mark.parametrize("stored", ["http://..:8080/", "http://xn--127/", "http://[", "http://a:99999/"])
def test_an_address_that_can_not_be_dialled_is_a_failed_delivery_and_pauses_the_endpoint(
    event: Event, pushing: EventConfig, deliver_due: Deliver, stored: str
) -> None:
    """As it may stand in a database that an earlier release wrote."""
    EventConfig.objects.update(notification_url=stored)
    for _ in range(3):
        (delivery,) = deliver_due()
        assert (delivery.status, bool(delivery.error)) == (None, True)
        event.refresh_from_db()
        assert event.next_at is not None and event.next_at > timezone.now()
        now_due(event)
    pushing.refresh_from_db()
    assert pushing.failures == 3


def test_a_fault_of_ours_is_a_failed_delivery_with_back_off(
    event: Event, pushing: EventConfig, deliver_due: Deliver
) -> None:
    """A secret that is none stands for whatever nobody foresaw."""
    EventConfig.objects.update(sealed_webhook_secret=seal("whsec_a"))
    for _ in range(3):
        (delivery,) = deliver_due()
        assert "inside" in delivery.error
        event.refresh_from_db()
        assert event.next_at is not None and event.next_at > timezone.now()
        Event.objects.update(next_at=event.created_at)
    pushing.refresh_from_db()
    assert pushing.paused_until is not None and pushing.paused_until > timezone.now()
    assert deliver_due() == []


def test_a_receiver_gets_the_event_as_json_with_a_signature_it_can_verify(
    hook: Receiver, pushing: EventConfig, event: Event, deliver_due: Deliver
) -> None:
    (delivery,) = deliver_due()
    (message,) = hook.messages
    assert message.headers["content-type"] == "application/json"
    assert message.content == event.content
    assert message.id == f"evt_{event.uid.hex}"
    assert Webhook(pushing.webhook_secret).verify(message.body, message.headers) == event.content
    assert (delivery.status, delivery.error, delivery.response_body) == (200, "", "ok")
    event.refresh_from_db()
    assert event.settled_at is not None
    assert deliver_due() == []


def test_with_a_sign_key_the_message_carries_sign_and_t(
    hook: Receiver, application: Application, event: Event, deliver_due: Deliver
) -> None:
    modify_event_config(application=application, fields={"sign_key": "abc123"})
    deliver_due()
    content = hook.messages[0].content
    assert content["Sign"] == sign("abc123", content["T"])
    assert 590 <= content["T"] - time.time() <= 601


def test_sign_is_the_protocols_vector() -> None:
    assert sign("abc123", 1700000600) == "1eb16557f620abe83b335ebf0197f429"


@pytest.mark.parametrize("status", [199, 301, 302, 400, 404, 429, 500, 503])
def test_only_2xx_is_success(hook: Receiver, event: Event, deliver_due: Deliver, status: int) -> None:
    hook.behave = answer(status, "Location: http://127.0.0.1:1/")
    (delivery,) = deliver_due()
    event.refresh_from_db()
    assert delivery.error and event.settled_at is None and event.next_at is not None
    assert event.next_at > timezone.now() + timedelta(seconds=4)
    assert len(hook.messages) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(hook: Receiver, event: Event, deliver_due: Deliver, status: int) -> None:
    hook.behave = answer(status)
    deliver_due()
    event.refresh_from_db()
    assert event.settled_at is not None


@pytest.mark.parametrize("behave", [receivers.hang, receivers.drip, receivers.reset], ids=lambda mode: mode.__name__)
def test_a_receiver_that_never_answers_costs_the_time_limit_and_no_more(
    hook: Receiver, event: Event, deliver_due: Deliver, behave: receivers.Behave
) -> None:
    hook.behave = behave
    began = time.monotonic()
    (delivery,) = deliver_due()
    assert time.monotonic() - began < 5.0
    assert delivery.status is None and delivery.error


@pytest.mark.parametrize("behave", [receivers.endless, receivers.bomb], ids=lambda mode: mode.__name__)
def test_of_a_huge_answer_only_the_beginning_is_read(
    hook: Receiver, event: Event, deliver_due: Deliver, behave: receivers.Behave, settings: LazySettings
) -> None:
    settings.ZOETROPE_CALLBACK_SECONDS = 20.0
    hook.behave = behave
    (delivery,) = deliver_due()
    assert delivery.seconds < 10
    assert len(delivery.response_body) == 4096


def test_retries_follow_the_schedule_and_then_give_up_but_keep_the_event(
    hook: Receiver, application: Application, event: Event, deliver_due: Deliver, settings: LazySettings
) -> None:
    hook.behave = answer(500)
    schedule = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert schedule == settings.ZOETROPE_CALLBACK_RETRIES
    for wait in schedule:
        deliver_due()
        event.refresh_from_db()
        assert event.next_at is not None
        assert wait <= (event.next_at - timezone.now()).total_seconds() + 2 <= 1.2 * wait + 4
        now_due(event)
    deliver_due()
    event.refresh_from_db()
    assert (event.next_at, event.attempts) == (None, 10)
    assert {message.id for message in hook.messages} == {f"evt_{event.uid.hex}"}
    assert len(hook.messages) == 10
    modify_event_config(application=application, fields={"mode": "PULL"})
    event.refresh_from_db()
    assert event.next_at is not None


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(hook: Receiver, event: Event, deliver_due: Deliver, form: str) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=120)
    value = "120" if form == "seconds" else moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    hook.behave = answer(503, f"Retry-After: {value}")
    deliver_due()
    event.refresh_from_db()
    config = EventConfig.objects.get()
    for next_at in (event.next_at, config.paused_until):
        assert next_at is not None
        assert abs((next_at - moment).total_seconds()) < 5


@pytest.mark.parametrize("value", ["-5", "soon", "9" * 400, "٣"])
def test_a_nonsensical_retry_after_does_no_harm(hook: Receiver, event: Event, deliver_due: Deliver, value: str) -> None:
    hook.behave = answer(503, f"Retry-After: {value.encode().decode('latin-1')}")
    deliver_due()
    event.refresh_from_db()
    assert event.next_at is not None and event.next_at < timezone.now() + timedelta(days=1, minutes=1)


def test_410_stops_deliveries_until_somebody_switches_them_on_again(
    hook: Receiver, pushing: EventConfig, event: Event, deliver_due: Deliver
) -> None:
    hook.behave = answer(410)
    deliver_due()
    pushing.refresh_from_db()
    assert pushing.disabled_at and "410" in pushing.disabled_because
    now_due(event)
    assert deliver_due() == []
    hook.behave = receivers.ok
    assert resume_deliveries(application=pushing.application) == 1
    assert [delivery.error for delivery in deliver_due()] == [""]


def test_an_endpoint_that_fails_for_days_is_disabled(
    hook: Receiver, pushing: EventConfig, event: Event, deliver_due: Deliver
) -> None:
    hook.behave = answer(500)
    deliver_due()
    pushing.refresh_from_db()
    assert pushing.failures == 1 and pushing.disabled_at is None
    EventConfig.objects.update(failing_since=timezone.now() - timedelta(days=5, seconds=1))
    now_due(event)
    deliver_due()
    pushing.refresh_from_db()
    assert pushing.disabled_at and "days" in pushing.disabled_because


def test_an_endpoint_that_fails_in_a_row_is_paused_and_a_success_ends_that(
    hook: Receiver, pushing: EventConfig, event: Event, deliver_due: Deliver
) -> None:
    hook.behave = answer(500)
    for _ in range(3):
        deliver_due()
        Event.objects.filter(pk=event.pk).update(next_at=event.created_at)
    assert deliver_due() == []
    pushing.refresh_from_db()
    assert pushing.failures == 3 and pushing.paused_until is not None
    now_due(event)
    hook.behave = receivers.ok
    deliver_due()
    pushing.refresh_from_db()
    assert (pushing.failures, pushing.failing_since, pushing.paused_until) == (0, None, None)


def test_an_event_can_be_sent_again_under_its_id(hook: Receiver, event: Event, deliver_due: Deliver) -> None:
    deliver_due()
    send_again(event=event)
    deliver_due()
    assert len({message.id for message in hook.messages}) == 1
    assert len(hook.messages) == 2
    assert event.deliveries.count() == 2


def test_all_that_failed_since_can_be_sent_again(
    hook: Receiver, pushing: EventConfig, event: Event, deliver_due: Deliver
) -> None:
    deliver_due()
    hook.behave = answer(500)
    failed = send_test_event(application=pushing.application, type="FileDeleted")
    deliver_due()
    hook.behave = receivers.ok
    assert send_failed_again(application=pushing.application, since=timezone.now() - timedelta(hours=1)) == 1
    (delivery,) = deliver_due()
    assert (delivery.event, delivery.error) == (failed, "")


def test_a_url_that_the_guard_refuses_is_refused_when_it_is_set(application: Application) -> None:
    for url in ("ftp://example.com/", "http://user@example.com/", "http://169.254.169.254/", "nonsense"):
        with pytest.raises(InvalidValue) as refusal:
            modify_event_config(application=application, fields={"notification_url": url})
        assert refusal.value.field == "notification_url"


@pytest.mark.parametrize("key", ["a" * 33, "ä", "a b", "-"])
def test_a_sign_key_has_letters_and_digits_only(application: Application, key: str) -> None:
    with pytest.raises(InvalidValue):
        modify_event_config(application=application, fields={"sign_key": key})


def test_secrets_are_sealed_in_the_database(application: Application) -> None:
    modify_event_config(application=application, fields={"sign_key": "abc123"})
    config = event_config(application)
    assert config.sign_key == "abc123" and config.webhook_secret.startswith("whsec_")
    assert "abc123" not in config.sealed_sign_key
    assert config.webhook_secret not in config.sealed_webhook_secret


def test_answers_that_no_database_takes_are_kept_in_a_form_that_it_does(
    hook: Receiver, event: Event, deliver_due: Deliver
) -> None:
    hook.behave = answer(200, "X-Odd: caf\xe9", body=b"\x00\xff<script>")
    (delivery,) = deliver_due()
    assert delivery.response_body == "��<script>"


@pytest.mark.parametrize("type", Event.Type.values)
def test_the_samples_read_as_the_sdk_expects(application: Application, type: str) -> None:
    from tencentcloud.vod.v20180717 import models as wire

    content = send_test_event(application=application, type=type).content
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wire.EventContent()._deserialize(json.loads(json.dumps(content)))


def test_the_first_callback_url_does_not_release_the_days_before(application: Application, hook: Receiver) -> None:
    early = send_test_event(application=application, type="ProcedureStateChanged")
    modify_event_config(application=application, fields={"notification_url": hook.url})
    late = send_test_event(application=application, type="ProcedureStateChanged")
    waits = Event.objects.filter(settled_at=None).exclude(next_at=None)
    assert list(waits) == [late]
    modify_event_config(application=application, fields={"notification_url": ""})
    modify_event_config(application=application, fields={"notification_url": hook.url}, with_earlier=True)
    assert set(waits.all()) == {early, late}
