"""Three ways to show who is asking: a bearer token, an API key pair, the console's session."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import AbstractBaseUser
from knox.auth import TokenAuthentication
from knox.settings import CONSTANTS
from rest_framework.authentication import BasicAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from applications.errors import SecretUnreadable
from applications.guessing import TooManyGuesses, counted
from applications.models import AccessToken, ApiKey
from applications.proxies import lock_address

_REFUSED = "The SecretId is unknown or disabled, or the SecretKey is wrong."


class BearerToken(TokenAuthentication):
    """`Authorization: Bearer <token>`; tokens are issued in the console."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, AccessToken] | None:
        header = get_authorization_header(request)
        if not header.lower().startswith(b"bearer"):
            return None
        if not header.isascii() or b"\0" in header:
            raise AuthenticationFailed("A token is of ASCII letters and digits.")
        began = header.decode()[: len("Bearer ") + CONSTANTS.TOKEN_KEY_LENGTH]
        with _slowed(request, account=began):
            return super().authenticate(request)


class ApiKeyPair(BasicAuthentication):
    """`Authorization: Basic`, SecretId as the name and SecretKey as the password: `curl -u $SECRET_ID:$SECRET_KEY`."""

    www_authenticate_realm = "zoetrope"

    def authenticate_credentials(  # type: ignore[override]  # the stubs know no credential but None
        self, userid: str, password: str, request: Request | None = None
    ) -> tuple[AbstractBaseUser, ApiKey]:
        if "\0" in userid:  # PostgreSQL refuses the mere question
            raise AuthenticationFailed(_REFUSED)
        with _slowed(request, account=userid):
            key = ApiKey.objects.select_related("user", "application").filter(secret_id=userid, enabled=True).first()
            if key is None or not hmac.compare_digest(_secret_of(key), password.encode()):
                raise AuthenticationFailed(_REFUSED)
            return key.user, key


def _secret_of(key: ApiKey) -> bytes:
    try:
        return key.secret_key.encode()
    except SecretUnreadable as refusal:
        raise AuthenticationFailed(str(refusal)) from None


@contextmanager
def _slowed(request: Request | None, *, account: str) -> Iterator[None]:
    """Raises Throttled, with the seconds to wait, for whoever tries credential after credential."""
    address = lock_address(request.META.get("REMOTE_ADDR", "")) if request is not None else ""
    try:
        with counted(account=account, address=address, wrong=AuthenticationFailed):
            yield
    except TooManyGuesses as refusal:
        raise Throttled(refusal.wait, str(refusal)) from None


class ConsoleSession(SessionAuthentication):
    """The console's own login, for its pages and for the documentation's "try it"."""
