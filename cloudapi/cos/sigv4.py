"""AWS Signature Version 4 in the Authorization header: the browser SDK's S3 mode (docs/protocol 4.4)."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest
from cloudapi.cos.signature import encoded, host_forms, path_forms

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<id>[^/,\s]+)/(?P<scope>(?P<date>\d{8})/[^,\s]*/aws4_request), *"
    r"SignedHeaders=(?P<names>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_SKEW = 900  # seconds
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the Authorization header says."""

    secret_id: str
    scope: str
    date: str
    names: tuple[str, ...]
    signature: str


def claim_of(request: ObjectRequest) -> Claim | None:
    """None when the request isn't signed this way."""
    found = _HEADER.fullmatch(request.headers.get("authorization", "").strip())
    if not found:
        return None
    names = tuple(found["names"].split(";"))
    return Claim(found["id"], found["scope"], date=found["date"], names=names, signature=found["signature"])


def verify(request: ObjectRequest, *, claim: Claim, secret_key: str) -> None:
    """Raises ObjectRefused: RequestTimeTooSkewed, SignatureDoesNotMatch, AccessDenied when the host isn't signed."""
    moment = _checked_time(request, claim)
    if "host" not in claim.names:
        raise ObjectRefused("AccessDenied", "The host is not among the signed headers.")
    key = _signing_key(secret_key, claim.scope)
    expected = [
        hmac.new(
            key, f"AWS4-HMAC-SHA256\n{moment}\n{claim.scope}\n{_sha256(text)}".encode(), hashlib.sha256
        ).hexdigest()
        for text in _canonical_requests(request, claim)
    ]
    if not sum(hmac.compare_digest(claim.signature, right) for right in expected):  # all: no early end tells which
        raise ObjectRefused("SignatureDoesNotMatch", "The signature does not match the request and the secret key.")


def payload_digest(request: ObjectRequest) -> bytes | None:
    """The SHA-256 that the body must have, None when the signature leaves it open. Raises ObjectRefused."""
    text = request.headers.get("x-amz-content-sha256", UNSIGNED)
    if text == UNSIGNED:
        return None
    if text.startswith("STREAMING-"):
        raise ObjectRefused("NotImplemented", "Bodies signed chunk by chunk are not supported.")
    if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        raise ObjectRefused("InvalidDigest", "x-amz-content-sha256 is no SHA-256.")
    return bytes.fromhex(text)


def _checked_time(request: ObjectRequest, claim: Claim) -> str:
    text = request.headers.get("x-amz-date", "")
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ObjectRefused("AccessDenied", "x-amz-date is missing or malformed.") from None
    if claim.date != text[:8] or abs((timezone.now() - moment).total_seconds()) > _SKEW:
        raise ObjectRefused("RequestTimeTooSkewed", "The difference between your clock and the server's is too large.")
    return text


def _canonical_requests(request: ObjectRequest, claim: Claim) -> Iterable[str]:
    query = "&".join(sorted(f"{encoded(name)}={encoded(value)}" for name, value in request.query))
    payload = request.headers.get("x-amz-content-sha256", UNSIGNED)
    for host in host_forms(request.headers.get("host", "")):
        sent = request.headers | {"host": host}
        headers = "".join(f"{name}:{' '.join(sent.get(name, '').split())}\n" for name in claim.names)
        for path in path_forms(request):
            uri = "/".join(encoded(part) for part in path.split("/"))
            yield f"{request.method}\n{uri}\n{query}\n{headers}\n{';'.join(claim.names)}\n{payload}"


def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
