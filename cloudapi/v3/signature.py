"""Who signed an API request: by the Authorization header, or among the parameters (docs/protocol 1.2, 1.3, 1.4).

A SecretId, with a session token if there is one, leads to the secret that signatures are checked with.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product

from django.conf import settings

from applications.errors import NotFound, SecretUnreadable
from applications.guessing import TooManyGuesses, counted
from applications.known_keys import known_key
from applications.models import ApiKey
from applications.proxies import lock_address
from applications.services.sessions import open_session
from applications.whole_numbers import whole
from cloudapi.v3.errors import ApiError, InvalidParameter, SignatureFailure
from cloudapi.v3.request import RawRequest

ALGORITHM = "TC3-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_AUTHORIZATION = re.compile(rf"{ALGORITHM} Credential=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{{64}})")
_METHODS = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}
COMMON = frozenset(
    (
        "Action",
        "Version",
        "Timestamp",
        "Nonce",
        "SecretId",
        "Region",
        "Token",
        "SignatureMethod",
        "RequestClient",
        "Language",
        "Signature",
    )
)
WINDOW = 300  # seconds that a client's clock may be off (docs/protocol 1.1, X-TC-Timestamp)
# tencentcloud-sdk-nodejs 3.0.270 sends this word with TC3 when it has no token
_NO_TOKEN = ("", "undefined")
_NOBODY = "an unknown SecretId costs the same work as a known one"


@dataclass(frozen=True, slots=True)
class Claim:
    """The Authorization header, taken apart. `service` is what the client believes it is called ("vod", "127", …)."""

    secret_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.service}/tc3_request"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The secret that a signature is checked with, and the key that it belongs to.

    `key` is None when the SecretId is unknown or disabled, or its token is no good. `problem` is the error to raise
    then, but only after the signature was computed all the same.
    """

    secret_key: str = field(repr=False)
    key: ApiKey | None
    problem: ApiError | None = None


def signer_by_header(request: RawRequest) -> ApiKey:
    """TC3-HMAC-SHA256 in the Authorization header: whose key signed the request. Raises ApiError AuthFailure.*"""
    claim = _claim(request.headers.get("authorization", ""))
    moment = _checked_clock(request.headers.get("x-tc-timestamp", ""))
    if datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d") != claim.date:
        raise SignatureFailure("The date in the credential is not the UTC date of the timestamp.")
    if request.method == "POST" and request.query:
        raise SignatureFailure("A signed POST has no query: nothing would protect it.")
    with _slowed(request, claim.secret_id):
        credentials = _credentials_of(claim.secret_id, token=request.headers.get("x-tc-token", ""))
        wanted = [
            _signature(canonical, claim, request, credentials.secret_key) for canonical in _canonicals(request, claim)
        ]
        matches = [hmac.compare_digest(one, claim.signature) for one in wanted]
        return _signer(credentials, matches=any(matches))


def signer_by_parameters(request: RawRequest, parameters: Mapping[str, str]) -> ApiKey:
    """HmacSHA1 or HmacSHA256: whose key signed the (decoded, still flat) parameters.

    Raises ApiError AuthFailure.* or MissingParameter.
    """
    for name in ("SecretId", "Signature", "Nonce"):
        if not parameters.get(name):
            raise ApiError("MissingParameter", f"{name} is missing.")
    _checked_clock(parameters.get("Timestamp", ""))
    digest = _METHODS.get(parameters.get("SignatureMethod", "HmacSHA1"))
    if digest is None:
        raise ApiError("AuthFailure.InvalidAuthorization", "The SignatureMethod is HmacSHA1 or HmacSHA256.")
    if request.method == "POST" and request.query:
        raise SignatureFailure("A signed POST has no query: nothing would protect it.")
    with _slowed(request, parameters["SecretId"]):
        credentials = _credentials_of(parameters["SecretId"], token=parameters.get("Token", ""))
        given = parameters["Signature"].encode()
        wanted = [_v1_signature(request, parameters, host, credentials.secret_key, digest) for host in request.hosts]
        matches = [hmac.compare_digest(one, given) for one in wanted]
        return _signer(credentials, matches=any(matches))


@contextmanager
def _slowed(request: RawRequest, secret_id: str) -> Iterator[None]:
    """Raises ApiError RequestLimitExceeded for whoever tries signature after signature."""
    try:
        with counted(account=secret_id, address=lock_address(request.address), wrong=ApiError):
            yield
    except TooManyGuesses as refusal:
        raise ApiError("RequestLimitExceeded", str(refusal)) from None


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


def _v1_signature(request: RawRequest, parameters: Mapping[str, str], host: str, secret_key: str, digest: str) -> bytes:
    signed = sorted((name, value) for name, value in parameters.items() if name != "Signature")
    text = f"{request.method}{host}/?" + "&".join(f"{name}={value}" for name, value in signed)
    return base64.b64encode(hmac.digest(secret_key.encode(), text.encode(), digest))


def _credentials_of(secret_id: str, *, token: str) -> Credentials:
    if token not in _NO_TOKEN:
        return _of_session(secret_id, token)
    key = known_key(secret_id)
    if key is None or not key.user.is_active:
        problem = ApiError("AuthFailure.SecretIdNotFound", "The SecretId is unknown, or its key is disabled.")
        return Credentials(secret_key=_NOBODY, key=None, problem=problem)
    try:
        return Credentials(secret_key=key.secret_key, key=key)
    except SecretUnreadable as refusal:
        return Credentials(secret_key=_NOBODY, key=None, problem=ApiError("AuthFailure.SecretIdNotFound", str(refusal)))


def _signer(credentials: Credentials, *, matches: bool) -> ApiKey:
    """Who signed. Raises the credentials' problem, or SignatureFailure when the signature doesn't match."""
    if credentials.problem is not None:
        raise credentials.problem
    if not matches or credentials.key is None:
        raise SignatureFailure
    return credentials.key


def _checked_clock(timestamp: str) -> int:
    """Unix seconds. Raises ApiError when they are none, or too far from the server's."""
    if not timestamp:
        raise ApiError("MissingParameter", "The request has no timestamp.")
    moment = whole(timestamp, most=10**12)
    if moment is None:
        raise InvalidParameter("The timestamp is a whole number of unix seconds.")
    if abs(int(time.time()) - moment) > WINDOW:
        raise ApiError("AuthFailure.SignatureExpire", "The timestamp is more than five minutes off. Check the clock.")
    return moment


def _of_session(secret_id: str, token: str) -> Credentials:
    try:
        session = open_session(secret_id=secret_id, token=token)
    except NotFound as refusal:
        problem = ApiError("AuthFailure.TokenFailure", str(refusal))
        return Credentials(secret_key=_NOBODY, key=None, problem=problem)
    return Credentials(secret_key=session.secret_key, key=session.key)
