"""One try to push one event: the signed request, what the answer means, and what follows from it (docs/protocol 5.1).

Only 2xx is success. A failure waits for the next step of ZOETROPE_CALLBACK_RETRIES, or as long as Retry-After says; an
endpoint that fails again and again is paused, then disabled; 410 disables it at once. Nothing is dropped by this.
"""

import json
import logging
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.http import parse_http_date_safe
from standardwebhooks import Webhook

from applications.errors import Refused
from applications.measures import delivery_seconds
from applications.whole_numbers import at_most
from media_jobs.clock import after
from media_jobs.models import Delivery, Event, EventConfig
from media_jobs.outbound import AddressNotAllowed, Unreachable, request

log = logging.getLogger(__name__)

MAX_ANSWER = 64 * 1024  # bytes read of an answer
KEPT = 4096  # characters of it that the log keeps
SIGN_LIFETIME = 600  # seconds; docs/protocol 5.1, T
LONGEST_RETRY_AFTER = 24 * 3600
PATIENCE = 3  # failures in a row before an endpoint is paused
LONGEST_PAUSE = 60.0  # seconds


@dataclass(slots=True)
class Reply:
    """What came back. `error` is "" when the event was delivered.

    `retry_after` is for how many seconds the receiver asked to be left alone, 0 when it didn't.
    """

    status: int | None = None
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    retry_after: float = 0.0


@dataclass(slots=True)
class Push:
    """One try that was made, and is yet to be noted."""

    started_at: datetime
    seconds: float
    headers: dict[str, str]
    reply: Reply


def deliver(event: Event, config: EventConfig) -> Delivery:
    """Push an event that `take` has claimed, note what came of it, and plan what comes next."""
    return note(event, config, push(event, config))


def push(event: Event, config: EventConfig) -> Push:
    """Send the event; asks nothing of the database, so that no connection to it is held while the receiver thinks.

    A fault of ours is a failed delivery like any other: with a row, tried again later, counted against the endpoint.
    """
    started_at, began = timezone.now(), time.monotonic()
    headers: dict[str, str] = {}
    try:
        body, headers = signed(event, config, now=int(time.time()))
        reply = _send(config.notification_url, headers=headers, body=body)
    except Refused as refusal:
        reply = Reply(error=str(refusal))
    except Exception:
        log.exception("event %s: a fault of ours, tried again later", event.uid)
        reply = Reply(
            error="Something went wrong inside before the message was sent. The server's log has the details."
        )
    seconds = time.monotonic() - began
    delivery_seconds.labels("refused" if reply.error else "arrived").observe(seconds)
    return Push(started_at, seconds, headers, reply)


def note(event: Event, config: EventConfig, pushed: Push) -> Delivery:
    """Write down what came of it, and plan what comes next."""
    reply = pushed.reply
    with transaction.atomic():
        delivery = Delivery.objects.create(
            event=event,
            application_id=event.application_id,
            url=config.notification_url,
            started_at=pushed.started_at,
            seconds=pushed.seconds,
            status=reply.status,
            error=reply.error[:300],
            request_headers=pushed.headers,
            response_headers=reply.headers,
            response_body=reply.body,
        )
        if reply.error:
            _note_failure(event, config, reply)
        else:
            _note_success(event, config)
    return delivery


def signed(event: Event, config: EventConfig, *, now: int) -> tuple[bytes, dict[str, str]]:
    """The body, with Sign and T if there is a sign key, and headers with the Standard Webhooks signature of it."""
    content: dict[str, Any] = dict(event.content)
    if config.sign_key:
        expires = now + SIGN_LIFETIME
        content |= {"Sign": sign(config.sign_key, expires), "T": expires}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    message_id = f"evt_{event.uid.hex}"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Zoetrope",
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": Webhook(config.webhook_secret).sign(message_id, datetime.fromtimestamp(now, UTC), text),
    }
    return text.encode(), headers


def sign(sign_key: str, expires: int) -> str:
    """`Sign` of docs/protocol 5.1: a lifetime mark, not a proof of the body; that is what webhook-signature is for."""
    return md5(f"{sign_key}{expires}".encode(), usedforsecurity=False).hexdigest()


def _send(url: str, *, headers: dict[str, str], body: bytes) -> Reply:
    reply = Reply()
    limits = {"connect": settings.ZOETROPE_CALLBACK_CONNECT_SECONDS, "total": settings.ZOETROPE_CALLBACK_SECONDS}
    try:
        with request("POST", url, headers=headers, body=body, **limits) as answer:
            reply.status = answer.status
            reply.headers = {_clean(name): _clean(value) for name, value in answer.headers.items()}
            reply.retry_after = _seconds(answer.headers.get("retry-after", ""))
            reply.body = _clean(answer.head(MAX_ANSWER).decode(errors="replace"))
    except (Unreachable, AddressNotAllowed) as error:
        if reply.status is None:
            reply.error = str(error)
    if reply.status is not None and not 200 <= reply.status < 300:
        reply.error = f"The receiver answered {reply.status}; only 2xx counts as delivered."
    return reply


def _note_success(event: Event, config: EventConfig) -> None:
    EventConfig.objects.filter(pk=config.pk).update(
        failures=0, failing_since=None, paused_until=None, last_success_at=Now()
    )
    Event.objects.filter(pk=event.pk, token=event.token).update(settled_at=Now())


def _note_failure(event: Event, config: EventConfig, reply: Reply) -> None:
    endpoint = EventConfig.objects.filter(pk=config.pk, notification_url=config.notification_url)
    endpoint.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", Now()))
    if pause := max(_pause(config.failures + 1), reply.retry_after):
        endpoint.update(paused_until=after(timedelta(seconds=pause)))
    if reply.status == 410:
        _disable(config, "The receiver answered 410 Gone: it wants no more events.")
    elif endpoint.filter(failing_since__lt=Now() - settings.ZOETROPE_CALLBACK_DISABLE_AFTER).exists():
        _disable(config, "Every delivery has failed for days.")
    _plan_next_try(event, retry_after=reply.retry_after)


def _plan_next_try(event: Event, *, retry_after: float) -> None:
    steps = settings.ZOETROPE_CALLBACK_RETRIES
    mine = Event.objects.filter(pk=event.pk, token=event.token)
    if event.attempts > len(steps):
        mine.update(next_at=None)
    else:
        jittered = steps[event.attempts - 1] * random.uniform(1.0, 1.2)  # noqa: S311  spreads load, guards nothing
        mine.update(next_at=after(timedelta(seconds=max(jittered, retry_after))))


def _disable(config: EventConfig, reason: str) -> None:
    endpoint = EventConfig.objects.filter(pk=config.pk, notification_url=config.notification_url, disabled_at=None)
    endpoint.update(disabled_at=Now(), disabled_because=Value(reason))


def _pause(failures: int) -> float:
    """Seconds without any delivery, longer with each further failure in a row."""
    if failures < PATIENCE:
        return 0.0
    first: float = settings.ZOETROPE_CALLBACK_RETRIES[0]
    return min(LONGEST_PAUSE, first * 2.0 ** min(failures - PATIENCE, 10))


def _seconds(retry_after: str) -> float:
    """Retry-After in either of its forms, capped; 0 for none or nonsense."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return float(at_most(text, LONGEST_RETRY_AFTER))
    moment: int | None = parse_http_date_safe(text)
    return min(max(0.0, moment - time.time()), float(LONGEST_RETRY_AFTER)) if moment else 0.0


def _clean(text: str) -> str:
    """Short, and without the NULs that no database column takes."""
    return text[:KEPT].replace("\x00", "\N{REPLACEMENT CHARACTER}")
