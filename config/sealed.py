"""Secrets that rows hold sealed: are they readable with the keys at hand, sealing them anew, giving up what isn't."""

from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_noop as _

from applications import secretbox
from applications.errors import SecretUnreadable
from applications.models import ApiKey
from media_jobs.events.services import new_webhook_secret
from media_jobs.models import EventConfig, UploadCredential

SEALED: tuple[tuple[type[models.Model], str], ...] = (
    (ApiKey, "sealed_secret_key"),
    (EventConfig, "sealed_webhook_secret"),
    (EventConfig, "sealed_sign_key"),
    (UploadCredential, "sealed_secret_key"),
)
LOST = _(
    "The database holds secrets that were sealed with another secret key than this server's. Put the old secret.key "
    "back into the data folder (or set DJANGO_SECRET_KEY to it); if the key was changed on purpose, give the old one "
    "in DJANGO_SECRET_KEY_FALLBACKS and run `manage.py rotate_secret_key`. If the old key is lost for good: "
    "`manage.py rotate_secret_key --forget-unreadable` disables the API keys that it sealed."
)
_BATCH = 500


@dataclass(slots=True)
class Rotation:
    """How many values were sealed anew, how many were already, how many can't be read."""

    renewed: int = 0
    fresh: int = 0
    unreadable: int = 0


def secrets_are_readable() -> bool:
    """A look at the newest of each kind: a database that meets a foreign key can read none of them."""
    newest = [
        ApiKey.objects.filter(enabled=True).values_list("sealed_secret_key", flat=True).first(),
        EventConfig.objects.exclude(sealed_webhook_secret="")
        .order_by("-pk")
        .values_list("sealed_webhook_secret", flat=True)
        .first(),
    ]
    return all(_is_readable(sealed) for sealed in newest if sealed)


def rotate(*, forget: bool = False) -> Rotation:
    """Seal everything with the present key; what can't be read stays as it is, or is given up with `forget`.

    Given up: the API key is disabled, the webhook secret is a new one, the sign key is none, the upload's key is gone.
    Repeating it does no harm.
    """
    done = Rotation()
    for model, field in SEALED:
        last = 0
        while pks := list(_after(model, last)):
            for pk in pks:
                _rotate_one(model, pk, field, done=done, forget=forget)
            last = pks[-1]
    return done


def _after(model: type[models.Model], last: int) -> Any:
    return model._default_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]


@transaction.atomic
def _rotate_one(model: type[models.Model], pk: int, field: str, *, done: Rotation, forget: bool) -> None:
    row: Any = model._default_manager.select_for_update(no_key=True).filter(pk=pk).first()
    sealed = getattr(row, field, "")
    if not sealed:
        return
    if secretbox.is_fresh(sealed):
        done.fresh += 1
    elif _is_readable(sealed):
        setattr(row, field, secretbox.seal(secretbox.unseal(sealed)))
        row.save(update_fields=[field])
        done.renewed += 1
    else:
        done.unreadable += 1
        if forget:
            _forget(row, field)


def _forget(row: Any, field: str) -> None:
    if isinstance(row, ApiKey):
        row.enabled = False
        row.save(update_fields=["enabled"])
    elif isinstance(row, UploadCredential):
        row.delete()
    elif field == "sealed_sign_key":
        row.sealed_sign_key = ""
        row.save(update_fields=["sealed_sign_key"])
    else:
        row.sealed_webhook_secret = secretbox.seal(new_webhook_secret())
        row.save(update_fields=["sealed_webhook_secret"])


def _is_readable(sealed: str) -> bool:
    try:
        secretbox.unseal(sealed)
    except SecretUnreadable:
        return False
    return True
