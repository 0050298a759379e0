"""Checking a message as a receiver should: each finding is a sentence and whether it is good."""

import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from applications.whole_numbers import whole
from media_jobs.events.webhook import sign
from media_jobs.models import EventConfig

Finding = tuple[bool, str]


def findings(config: EventConfig, *, body: str, webhook_id: str, timestamp: str, signature: str) -> list[Finding]:
    """Line ends are taken as they are sent: a form turns them into CRLF on its way."""
    plain = body.replace("\r\n", "\n")
    return [*_standard(config, plain, webhook_id, timestamp, signature), *_sign_and_t(config, plain)]


def _standard(config: EventConfig, body: str, webhook_id: str, timestamp: str, signature: str) -> Iterator[Finding]:
    if not (webhook_id or timestamp or signature):
        return
    moment = whole(timestamp, most=10**12)
    expected = "" if moment is None else _expected(config, body, webhook_id, moment)
    given = signature.split()
    if any(hmac.compare_digest(one.encode(), expected.encode()) for one in given if expected):
        yield True, _("webhook-signature is right: the message comes from here and nobody has changed it.")
        if moment is None or abs(time.time() - moment) > 300:
            yield False, _("It is more than five minutes old, so a receiver should refuse it now.")
    else:
        yield False, _("webhook-signature is wrong for this body, id, timestamp and the present secret.")


def _expected(config: EventConfig, body: str, webhook_id: str, moment: int) -> str:
    try:
        return str(Webhook(config.webhook_secret).sign(webhook_id, datetime.fromtimestamp(moment, UTC), body))
    except (ValueError, OverflowError, OSError, WebhookVerificationError):
        return ""


def _sign_and_t(config: EventConfig, body: str) -> Iterator[Finding]:
    try:
        content: Any = json.loads(body)
    except ValueError:
        yield False, _("The body is not valid JSON.")
        return
    if not isinstance(content, dict) or "Sign" not in content:
        return
    if not config.sign_key:
        yield False, _("The body carries Sign, but no sign key is set here.")
    elif hmac.compare_digest(str(content["Sign"]).encode(), sign(config.sign_key, content.get("T", 0)).encode()):
        yield True, _("Sign is right for T and the present sign key.")
        if not isinstance(content["T"], int) or content["T"] < time.time():
            yield False, _("T has passed, so a receiver should refuse it now.")
    else:
        yield False, _("Sign is wrong for this T and the present sign key.")
