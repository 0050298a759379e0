"""Credentials for a while, made from an API key: for a program that shouldn't hold the key itself (docs/protocol 1.6).

Nothing is stored: the token carries, sealed, what the server needs to know. It ends with its time or with its key.
"""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

from applications import secretbox
from applications.errors import InvalidValue, NotFound, SecretUnreadable
from applications.models import ApiKey

LONGEST = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class SessionCredentials:
    """Credentials with the rights of the API key `key`, until `expires_at`, in unix seconds."""

    secret_id: str
    secret_key: str
    token: str
    expires_at: int
    key: ApiKey


def issue_session(*, key: ApiKey, lifetime: timedelta) -> SessionCredentials:
    """Raises InvalidValue for a lifetime of nothing, or longer than LONGEST."""
    if not timedelta(0) < lifetime <= LONGEST:
        raise InvalidValue("Session credentials last up to 36 hours.", field="lifetime")
    secret_id, secret_key = f"AKIDs{secrets.token_hex(16)}", secrets.token_urlsafe(24)
    expires_at = int(time.time() + lifetime.total_seconds())
    sealed = secretbox.seal(json.dumps([key.secret_id, secret_id, secret_key, expires_at]))
    return SessionCredentials(secret_id=secret_id, secret_key=secret_key, token=sealed, expires_at=expires_at, key=key)


def open_session(*, secret_id: str, token: str) -> SessionCredentials:
    """What the token says. Raises NotFound when it is not ours, not of this SecretId, expired, or its key is gone."""
    try:
        parent, owner, secret_key, expires_at = json.loads(secretbox.unseal(token))
    except (SecretUnreadable, ValueError):
        raise NotFound("The session token is not one of ours.") from None
    key = ApiKey.objects.select_related("user", "application").filter(secret_id=parent, enabled=True).first()
    if owner != secret_id or expires_at <= time.time() or key is None:
        raise NotFound("The session token is not of this SecretId, has expired, or its key is gone.")
    return SessionCredentials(secret_id=secret_id, secret_key=secret_key, token=token, expires_at=expires_at, key=key)
