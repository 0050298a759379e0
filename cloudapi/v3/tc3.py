"""TC3-HMAC-SHA256: the signature in the Authorization header (docs/protocol 1.2 and 1.3)."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from django.conf import settings

from applications.models import ApiKey
from cloudapi.v3.credentials import check_clock, credentials_of, signer
from cloudapi.v3.errors import ApiError, SignatureFailure
from cloudapi.v3.request import RawRequest

ALGORITHM = "TC3-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_AUTHORIZATION = re.compile(rf"{ALGORITHM} Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{{64}})")


@dataclass(frozen=True, slots=True)
class Claim:
    """The Authorization header, taken apart. service: whatever the client believes it is called ("vod", "127", …)."""

    secret_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.service}/tc3_request"


def authenticate(request: RawRequest) -> ApiKey:
    """Whose key signed the request. Raises ApiError AuthFailure.*"""
    claim = _claim(request.headers.get("authorization", ""))
    moment = check_clock(request.headers.get("x-tc-timestamp", ""))
    if datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d") != claim.date:
        raise SignatureFailure("The date in the credential is not the UTC date of the timestamp.")
    if request.method == "POST" and request.query:
        raise SignatureFailure("A signed POST has no query: nothing would protect it.")
    credentials = credentials_of(claim.secret_id, token=request.headers.get("x-tc-token", ""))
    wanted = [
        _signature(canonical, claim, request, credentials.secret_key) for canonical in _canonicals(request, claim)
    ]
    matches = [hmac.compare_digest(one, claim.signature) for one in wanted]
    return signer(credentials, matches=any(matches))


def _claim(authorization: str) -> Claim:
    match = _AUTHORIZATION.fullmatch(authorization)
    secret_id, date, *service, end = match[1].split("/") if match and match[1].count("/") >= 3 else ("", "", "", "")
    if not match or not secret_id or end != "tc3_request":
        raise _malformed(
            "The Authorization header is not of the form TC3-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…."
        )
    headers = tuple(match[2].split(";"))
    if list(headers) != sorted(set(headers)) or not {"content-type", "host"} <= set(headers):
        raise _malformed("SignedHeaders are sorted, lower-case, and hold at least content-type and host.")
    return Claim(secret_id, date, "/".join(service), headers, match[3])


def _canonicals(request: RawRequest, claim: Claim) -> Iterator[str]:
    """The canonical request in each way that SDKs build it: host with or without port, values as sent or lowered."""
    payload = hashlib.sha256(_payload(request)).hexdigest()
    query = request.query if request.method == "GET" else ""
    for host, lower in dict.fromkeys(product(request.hosts, (False, True))):
        lines = [f"{name}:{_value(request, name, host=host, lower=lower)}\n" for name in claim.signed_headers]
        yield "\n".join((request.method, "/", query, "".join(lines), ";".join(claim.signed_headers), payload))


def _value(request: RawRequest, name: str, *, host: str, lower: bool) -> str:
    if name not in request.headers:
        raise SignatureFailure(f"The header {name} was signed but isn't there.")
    value = host if name == "host" else request.headers[name]
    return value.lower() if lower else value


def _payload(request: RawRequest) -> bytes:
    if request.headers.get("x-tc-content-sha256") != UNSIGNED:
        return request.body
    if not settings.ZOETROPE_UNSIGNED_PAYLOAD:
        raise SignatureFailure("This server takes signed bodies only (ZOETROPE_UNSIGNED_PAYLOAD).")
    return UNSIGNED.encode()


def _signature(canonical: str, claim: Claim, request: RawRequest, secret_key: str) -> str:
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    text = "\n".join((ALGORITHM, request.headers["x-tc-timestamp"], claim.scope, digest))
    key = f"TC3{secret_key}".encode()
    for part in (claim.date, claim.service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _malformed(message: str) -> ApiError:
    return ApiError("AuthFailure.InvalidAuthorization", message)
