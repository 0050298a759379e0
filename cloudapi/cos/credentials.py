"""Temporary keys of upload sessions: what TempCertificate holds (docs/protocol 2.4, 3.4)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from applications import secretbox
from media_jobs.models import Upload, UploadCredential


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryKey:
    """A temporary key, shown to the client once. At `expires_at` the session ends as well."""

    secret_id: str
    secret_key: str
    token: str
    expires_at: datetime


def mint(upload: Upload) -> TemporaryKey:
    """A new key for the objects of this session alone. Older ones of the same session stay good."""
    key = TemporaryKey(
        secret_id=f"AKID{secrets.token_hex(16)}",
        secret_key=secrets.token_hex(16),
        token=secrets.token_urlsafe(48),
        expires_at=upload.expires_at,
    )
    UploadCredential.objects.create(
        upload=upload,
        secret_id=key.secret_id,
        sealed_secret_key=secretbox.seal(key.secret_key),
        token_digest=_digest(key.token),
        expires_at=key.expires_at,
    )
    return key


def lookup(*, secret_id: str, token: str) -> UploadCredential | None:
    """The unexpired credential that both belong to; the token is compared apart, as some SDKs don't sign it."""
    found = UploadCredential.objects.select_related("upload__application").filter(secret_id=secret_id).first()
    right = hmac.compare_digest(found.token_digest if found else _digest(""), _digest(token))
    if found is None or not right or found.expires_at <= timezone.now():
        return None
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
