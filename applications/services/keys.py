"""Issuing and revoking API keys and access tokens. A secret is returned once, at issue, and never again."""

import secrets
import string
from typing import Any

from applications import secretbox
from applications.errors import Conflict, InvalidValue, LimitReached
from applications.models import AccessToken, ApiKey, Application, User
from applications.policy import rules_from
from applications.transactions import atomic, locked_row

MAX_KEYS = 2  # docs/console.md 11: at most two keys a user, so that one can replace the other
_ALPHABET = string.ascii_letters + string.digits


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@atomic
def issue_api_key(
    *, user: User, application: Application, name: str = "", secret_id: str = "", secret_key: str = ""
) -> tuple[ApiKey, str]:
    """A new key and its SecretKey in the clear. Given ids are taken as they are: an operator's own."""
    locked_row(Application.objects.all(), application.pk, gone="This application is gone.")
    if ApiKey.objects.filter(user=user, application=application).count() >= MAX_KEYS:
        raise LimitReached(f"A user has at most {MAX_KEYS} API keys in an application. Delete one first.")
    secret_id = secret_id or f"AKID{_random(32)}"
    if ApiKey.objects.filter(secret_id=secret_id).exists():
        raise Conflict(f"The SecretId {secret_id} is taken.", field="secret_id")
    secret_key = secret_key or _random(32)
    key = ApiKey.objects.create(
        user=user,
        application=application,
        name=name,
        secret_id=secret_id,
        sealed_secret_key=secretbox.seal(secret_key),
    )
    return key, secret_key


@atomic
def rotate_api_key(*, key: ApiKey) -> str:
    """A new SecretKey for the same SecretId, in the clear; the old one opens nothing any more. Raises NotFound."""
    now = _locked(key)
    secret_key = _random(32)
    now.sealed_secret_key = secretbox.seal(secret_key)
    now.save(update_fields=["sealed_secret_key"])
    return secret_key


@atomic
def set_api_key_enabled(*, key: ApiKey, enabled: bool) -> ApiKey:
    """The key as it is then. Raises NotFound when it was deleted meanwhile."""
    now = _locked(key)
    now.enabled = enabled
    now.save(update_fields=["enabled"])
    return now


@atomic
def restrict_api_key(*, key: ApiKey, access: str, policy: list[Any] | None = None) -> ApiKey:
    """Full, read-only, or custom with a list of {"effect", "action", "resource"} rules.

    The key as it is then. Raises InvalidValue, or NotFound when it was deleted meanwhile.
    """
    if access not in ApiKey.Access.values:
        raise InvalidValue("The access of a key is full, read-only or custom.", field="access")
    if access == ApiKey.Access.CUSTOM:
        rules_from(policy)
    now = _locked(key)
    now.access, now.policy = access, policy or []
    now.save(update_fields=["access", "policy"])
    return now


@atomic
def delete_api_key(*, key: ApiKey) -> None:
    """Only a disabled key can go (docs/console.md 11): whoever still uses it notices before it is too late."""
    now = _locked(key)
    if now.enabled:
        raise Conflict("Disable the key first; delete it when nothing breaks.")
    now.delete()


def _locked(key: ApiKey) -> ApiKey:
    return locked_row(ApiKey.objects.all(), key.pk, gone="This key was deleted.")


def issue_access_token(*, user: User, application: Application, name: str = "") -> tuple[AccessToken, str]:
    """A new bearer token and its text, which is shown now or never."""
    token, text = AccessToken.objects.create(user=user, application=application, name=name)
    return token, text


def revoke_access_token(*, token: AccessToken) -> None:
    token.delete()
