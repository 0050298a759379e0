"""AWS Signature Version 4, in the Authorization header (the browser SDK's S3 mode, docs/protocol 4.4) or presigned."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from applications.whole_numbers import whole
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest
from cloudapi.cos.signature import encoded, host_forms, path_forms

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<id>[^/,\s]+)/(?P<scope>(?P<date>\d{8})/[^,\s]*/aws4_request), *"
    r"SignedHeaders=(?P<names>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
_QUERY_CREDENTIAL = re.compile(r"(?P<id>[^/,\s]+)/(?P<scope>(?P<date>\d{8})/[^,\s]*/aws4_request)", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SKEW = 900  # seconds
_LONGEST = 7 * 86_400  # seconds that a presigned address may be good for
# Of an address that is signed itself, in lower case.
PRESIGNED = (
    *("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature"),
    "x-amz-content-sha256",
)
UNSIGNED = "UNSIGNED-PAYLOAD"
_SIGNED_CHUNKS = frozenset({"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"})
_CHUNKED = _SIGNED_CHUNKS | {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
_NOTHING = hashlib.sha256().hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """What the Authorization header says, or the address. Then it is good for `life` seconds from its time on."""

    secret_id: str
    scope: str
    date: str
    names: tuple[str, ...]
    signature: str
    life: int | None = None


def claim_of(request: ObjectRequest) -> Claim | None:
    """None when the request isn't signed this way."""
    if request.option("x-amz-algorithm") == "AWS4-HMAC-SHA256" and "authorization" not in request.headers:
        return _presigned(request)
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
    text = said(request, "x-amz-content-sha256") or UNSIGNED
    if text == UNSIGNED or is_chunked(request):
        return None
    if not re.fullmatch(r"[0-9a-f]{64}", text, re.ASCII):
        raise ObjectRefused("InvalidDigest", "x-amz-content-sha256 is no SHA-256.")
    return bytes.fromhex(text)


def is_chunked(request: ObjectRequest) -> bool:
    """Whether the body is in aws-chunked form. Raises ObjectRefused (NotImplemented) for a kind that isn't known."""
    text = said(request, "x-amz-content-sha256")
    if text.startswith("STREAMING-") and text not in _CHUNKED:
        raise ObjectRefused("NotImplemented", f"x-amz-content-sha256: {text[:60]} is not offered. Nothing was changed.")
    return text in _CHUNKED


def has_signed_chunks(request: ObjectRequest) -> bool:
    return said(request, "x-amz-content-sha256") in _SIGNED_CHUNKS


def said(request: ObjectRequest, name: str) -> str:
    """What belongs to the signature stands in a header, or in a presigned address; "" for neither."""
    return request.headers.get(name) or request.option(name) or ""


class ChunkSigner:
    """The signatures of a body's chunks: each is made over the one before, the first over the request's own."""

    def __init__(self, *, claim: Claim, moment: str, secret_key: str) -> None:
        self._last = claim.signature
        self._key = _signing_key(secret_key, claim.scope)
        self._about = f"{moment}\n{claim.scope}"

    def check_chunk(self, sha256: str, *, signature: str) -> None:
        """Raises ObjectRefused (SignatureDoesNotMatch)."""
        self._check(f"AWS4-HMAC-SHA256-PAYLOAD\n{self._about}\n{self._last}\n{_NOTHING}\n{sha256}", signature)

    def check_trailer(self, sha256: str, *, signature: str) -> None:
        """Raises ObjectRefused (SignatureDoesNotMatch)."""
        self._check(f"AWS4-HMAC-SHA256-TRAILER\n{self._about}\n{self._last}\n{sha256}", signature)

    def _check(self, text: str, signature: str) -> None:
        right = hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right.encode(), signature.encode("ascii", "replace")):
            raise ObjectRefused("SignatureDoesNotMatch", "The signature of a chunk does not match its bytes.")
        self._last = right


def _checked_time(request: ObjectRequest, claim: Claim) -> str:
    text = said(request, "x-amz-date")
    try:
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ObjectRefused("AccessDenied", "x-amz-date is missing or malformed.") from None
    age = (timezone.now() - moment).total_seconds()
    if claim.life is not None and age > claim.life:
        raise ObjectRefused("AccessDenied", "Request has expired")
    if claim.date != text[:8] or age < -_SKEW or (claim.life is None and age > _SKEW):
        raise ObjectRefused("RequestTimeTooSkewed", "The difference between your clock and the server's is too large.")
    return text


def _presigned(request: ObjectRequest) -> Claim | None:
    found = _QUERY_CREDENTIAL.fullmatch(request.option("x-amz-credential") or "")
    life = whole(request.option("x-amz-expires") or "", most=_LONGEST)
    signature = request.option("x-amz-signature") or ""
    if not found or not life or not _SIGNATURE.fullmatch(signature):
        return None
    names = tuple((request.option("x-amz-signedheaders") or "").split(";"))
    return Claim(found["id"], found["scope"], date=found["date"], names=names, signature=signature, life=life)


def _canonical_requests(request: ObjectRequest, claim: Claim) -> Iterable[str]:
    # By name first: as texts, "select-type=2" would stand before "select=".
    signed = [(name, value) for name, value in request.query if name.lower() != "x-amz-signature"]
    pairs = sorted((encoded(name), encoded(value)) for name, value in signed)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    payload = said(request, "x-amz-content-sha256") or UNSIGNED
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
