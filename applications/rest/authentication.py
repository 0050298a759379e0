"""Three ways to show who is asking: a bearer token, an API key pair, the console's session."""

import hmac

from django.contrib.auth.models import AbstractBaseUser
from knox.auth import TokenAuthentication
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from applications.models import ApiKey

_REFUSED = "The SecretId is unknown or disabled, or the SecretKey is wrong."


class BearerToken(TokenAuthentication):
    """`Authorization: Bearer <token>`; tokens are issued in the console."""


class ApiKeyPair(BasicAuthentication):
    """`Authorization: Basic`, SecretId as the name and SecretKey as the password: `curl -u $SECRET_ID:$SECRET_KEY`."""

    www_authenticate_realm = "zoetrope"

    def authenticate_credentials(  # type: ignore[override]  # the stubs know no credential but None
        self, userid: str, password: str, request: Request | None = None
    ) -> tuple[AbstractBaseUser, ApiKey]:
        if "\0" in userid:  # PostgreSQL refuses the mere question
            raise AuthenticationFailed(_REFUSED)
        key = ApiKey.objects.select_related("user", "application").filter(secret_id=userid, enabled=True).first()
        if key is None or not hmac.compare_digest(key.secret_key.encode(), password.encode()):
            raise AuthenticationFailed(_REFUSED)
        return key.user, key


class ConsoleSession(SessionAuthentication):
    """The console's own login, for its pages and for the documentation's "try it"."""
