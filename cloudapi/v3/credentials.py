"""From a SecretId, and a session token if there is one, to the secret that signatures are checked with."""

import time
from dataclasses import dataclass, field

from applications.errors import NotFound
from applications.models import ApiKey
from applications.services.sessions import open_session
from cloudapi.v3.errors import ApiError, InvalidParameter, SignatureFailure

WINDOW = 300  # seconds that a client's clock may be off (docs/protocol 1.1, X-TC-Timestamp)
# tencentcloud-sdk-nodejs 3.0.270 sends this word with TC3 when it has no token
_NO_TOKEN = ("", "undefined")
_NOBODY = "an unknown SecretId costs the same work as a known one"


@dataclass(frozen=True, slots=True)
class Credentials:
    """key None: there is nobody of that name; `problem` is what to say, after the signature was computed anyhow."""

    secret_key: str = field(repr=False)
    key: ApiKey | None
    problem: ApiError | None = None


def credentials_of(secret_id: str, *, token: str) -> Credentials:
    if token not in _NO_TOKEN:
        return _of_session(secret_id, token)
    key = ApiKey.objects.select_related("user", "application").filter(secret_id=secret_id, enabled=True).first()
    if key is None or not key.user.is_active:
        problem = ApiError("AuthFailure.SecretIdNotFound", "The SecretId is unknown, or its key is disabled.")
        return Credentials(secret_key=_NOBODY, key=None, problem=problem)
    return Credentials(secret_key=key.secret_key, key=key)


def signer(credentials: Credentials, *, matches: bool) -> ApiKey:
    """Who signed. Raises the credentials' problem, or SignatureFailure when the signature doesn't match."""
    if credentials.problem is not None:
        raise credentials.problem
    if not matches or credentials.key is None:
        raise SignatureFailure
    return credentials.key


def check_clock(timestamp: str) -> int:
    """Unix seconds. Raises ApiError when they are none, or too far from the server's."""
    if not timestamp:
        raise ApiError("MissingParameter", "The request has no timestamp.")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise InvalidParameter("The timestamp is a whole number of unix seconds.")
    if abs(int(time.time()) - int(timestamp)) > WINDOW:
        raise ApiError("AuthFailure.SignatureExpire", "The timestamp is more than five minutes off. Check the clock.")
    return int(timestamp)


def _of_session(secret_id: str, token: str) -> Credentials:
    try:
        session = open_session(secret_id=secret_id, token=token)
    except NotFound as refusal:
        problem = ApiError("AuthFailure.TokenFailure", str(refusal))
        return Credentials(secret_key=_NOBODY, key=None, problem=problem)
    return Credentials(secret_key=session.secret_key, key=session.key)
