"""Events on their way out: how an application hears of them, the reliable queue, sending again (docs/protocol 2.6, 5).

Every row that nobody has confirmed and no receiver has answered with 2xx is open; `next_at` says when it may be handed
out next, whichever way. So a change of mode loses nothing, and a hand-out that nobody answers repeats itself.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from applications import secretbox
from applications.errors import InvalidValue, refuse
from applications.models import Application
from applications.often_asked import OftenAsked
from applications.transactions import atomic, locked_row, synced_together
from media_jobs.doorbell import wake_dispatcher
from media_jobs.events.handing_out import confirm, take
from media_jobs.events.outbox import record
from media_jobs.events.samples import sample_content
from media_jobs.long_poll import wait_for
from media_jobs.models import Event, EventConfig
from media_jobs.outbound import AddressNotAllowed, check_url

MAX_PULL = MAX_CONFIRM = 16
PULL_SECONDS = 5.0
_SENT_AT_ONCE = 500
_SIGN_KEY = re.compile(r"[A-Za-z0-9]{0,32}")
_HANDLE = re.compile(r"([0-9a-f]{32})([0-9]{1,18})")
HEALTHY = {
    "failures": 0,
    "failing_since": None,
    "paused_until": None,
    "disabled_at": None,
    "disabled_because": "",
}


class HandleExpired(InvalidValue):
    """Unknown, of an earlier hand-out, or confirmed too late: the event comes again."""


class EventConfigFields(TypedDict, total=False):
    """What can be changed; whatever is left out stays. An empty notification_url or sign_key clears it."""

    mode: str
    notification_url: str
    sign_key: str
    upload_complete: bool
    delete_complete: bool
    persistence_complete: bool


def event_config(application: Application) -> EventConfig:
    """The application's settings; made with a webhook secret of its own on first use."""
    return EventConfig.objects.get_or_create(
        application=application, defaults={"sealed_webhook_secret": secretbox.seal(new_webhook_secret())}
    )[0]


@atomic
def modify_event_config(
    *, application: Application, fields: EventConfigFields, with_earlier: bool = False
) -> EventConfig:
    """Raises InvalidValue. Another mode or URL is a fresh start: what is open goes out by it at once.

    The first URL of all gets what happens from now on, and what happened before it only `with_earlier`: a receiver that
    was just set up expects no four days of events. They can be sent again, or pulled.
    """
    refuse(mistakes(fields))
    config = _locked_config(application)
    before = (config.mode, config.notification_url)
    values = dict(fields)
    if (sign_key := values.pop("sign_key", None)) is not None:
        values["sealed_sign_key"] = secretbox.seal(str(sign_key)) if sign_key else ""
    for name, value in values.items():
        setattr(config, name, value)
    config.save(update_fields=list(values))
    is_first = not before[1] and config.notification_url and config.mode == EventConfig.Mode.PUSH
    if is_first and not with_earlier:
        EventConfig.objects.filter(application=application).update(**HEALTHY)
        _change(open_events(application), next_at=None, token=None)
    elif before != (config.mode, config.notification_url):
        resume_deliveries(application=application)
    return EventConfig.objects.get(pk=config.pk)


@atomic
def resume_deliveries(*, application: Application) -> int:
    """After a repair: switch on again, and hand out everything open now; the number of events concerned."""
    EventConfig.objects.filter(application=application).update(**HEALTHY)
    return _send_now(open_events(application))


@atomic
def renew_webhook_secret(*, application: Application) -> EventConfig:
    config = _locked_config(application)
    config.sealed_webhook_secret = secretbox.seal(new_webhook_secret())
    config.save(update_fields=["sealed_webhook_secret"])
    return config


def pull_events(*, application: Application, wait: float = PULL_SECONDS) -> list[Event]:
    """≤ 16 events, oldest first, each with a fresh handle (`handle_of`) and invisible for ZOETROPE_EVENT_INVISIBLE.

    Holds on for up to `wait` seconds while there are none. Always empty in PUSH mode.
    """
    if (events := _pull(application)) or not _pulling.first(application=application.pk):
        return events
    return wait_for(lambda: _pull(application), seconds=min(wait, PULL_SECONDS)) or []


def confirm_events(*, application: Application, handles: list[str]) -> None:
    """These events have arrived for good. Repeating it does no harm.

    Raises InvalidValue (none, or more than 16) or HandleExpired; then none of them is confirmed.
    """
    if not 1 <= len(handles) <= MAX_CONFIRM:
        raise InvalidValue(f"Give 1 to {MAX_CONFIRM} event handles.", field="handles")
    pairs = {_parsed(handle) for handle in handles}
    with synced_together():
        settled = confirm(application=application, handles=pairs)
    if not settled:
        raise HandleExpired(
            "An event handle is unknown or was confirmed too late. Pull again: its event comes back with a new handle.",
            field="handles",
        )


def handle_of(event: Event) -> str:
    """EventHandle: differs at every hand-out, so that a late confirmation can be told from a good one."""
    return f"{event.token.hex}{event.pk}" if event.token else ""


@atomic
def send_again(*, event: Event) -> None:
    """Under the same id, also if it has arrived before; the retry schedule begins anew."""
    EventConfig.objects.filter(application=event.application_id).update(**HEALTHY)
    _send_now(Event.objects.filter(pk=event.pk))


@atomic
def send_failed_again(*, application: Application, since: datetime) -> int:
    """Every event since then that was tried and has not arrived; their number."""
    EventConfig.objects.filter(application=application).update(**HEALTHY)
    return _send_now(open_events(application).filter(attempts__gt=0, created_at__gte=since))


@atomic
def send_test_event(*, application: Application, type: str) -> Event:
    """A sample of this type, sent as any other. Raises InvalidValue."""
    if type not in Event.Type.values:
        raise InvalidValue(f"The type is one of {', '.join(Event.Type.values)}.", field="type")
    subject = f"test-{uuid4().hex}"
    content = sample_content(Event.Type(type), application=application)
    record(application, Event.Type(type), subject=subject, transition="test", content=content)
    return Event.objects.get(application=application, subject=subject)


def open_events(application: Application) -> QuerySet[Event]:
    """Those that no receiver has."""
    return Event.objects.filter(application=application, settled_at=None)


def _pull(application: Application) -> list[Event]:
    hold = settings.ZOETROPE_EVENT_INVISIBLE
    return take(application=application, limit=MAX_PULL, hold=hold, if_pulled=True)


_pulling = OftenAsked(
    lambda application: EventConfig.objects.filter(application=application, mode=EventConfig.Mode.PULL), "application"
)


def _locked_config(application: Application) -> EventConfig:
    return locked_row(EventConfig.objects.all(), event_config(application).pk, gone="This application is gone.")


def _send_now(events: QuerySet[Event]) -> int:
    changed = _change(events, next_at=Now(), settled_at=None, token=None, attempts=0)
    transaction.on_commit(wake_dispatcher, robust=True)
    return changed


def _change(events: QuerySet[Event], **values: Any) -> int:
    """Slice by slice in the order in which everybody locks events: there may be a million."""
    changed, last = 0, 0
    in_order = events.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    while pks := list(in_order.filter(pk__gt=last)[:_SENT_AT_ONCE]):
        changed += Event.objects.filter(pk__in=pks).update(**values)
        last = pks[-1]
    return changed


def _parsed(handle: str) -> tuple[UUID, int]:
    match = _HANDLE.fullmatch(handle)
    if not match:
        raise HandleExpired("This is no event handle.", field="handles")
    return UUID(match[1]), int(match[2])


def mistakes(fields: Mapping[str, Any]) -> Iterator[InvalidValue]:
    """What is wrong with EventConfigFields, of which any may be missing."""
    if fields.get("mode", EventConfig.Mode.PUSH) not in EventConfig.Mode.values:
        yield InvalidValue("The mode is PUSH or PULL.", field="mode")
    if not _SIGN_KEY.fullmatch(fields.get("sign_key", "")):
        yield InvalidValue("A sign key has at most 32 letters and digits.", field="sign_key")
    if url := fields.get("notification_url", ""):
        try:
            check_url(url)
        except AddressNotAllowed as refusal:
            yield InvalidValue(str(refusal), field="notification_url")


def new_webhook_secret() -> str:
    """In the form of Standard Webhooks."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()
