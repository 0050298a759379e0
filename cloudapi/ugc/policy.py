"""What a client upload signature allows, once it is believed."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from applications.caller import caller
from applications.client_signature import FIELDS, ClientSignature, SignatureRefused, parse
from applications.errors import Forbidden
from applications.models import ApiKey
from applications.roles import Role
from applications.unknown_names import misspelt, unknown
from cloudapi.models import UsedSignature
from media_jobs.uploads.services import Wanted

_SIGNED = frozenset(name.lower() for name in FIELDS)
_NOBODYS_KEY = "so that an unknown SecretId costs as much work as a forged signature"


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """A believed signature and the key that made it: its application takes the file, in its user's name."""

    key: ApiKey
    signature: ClientSignature

    @property
    def procedure(self) -> str:
        return self.signature.fields.get("procedure", "")

    @property
    def is_one_time(self) -> bool:
        return self.signature.number("oneTimeValid", default=0) != 0

    def wanted(self, *, file_name: str, length: int | None = None) -> Wanted:
        """What becomes of a file: its sender says the name, everything else was signed."""
        return Wanted(
            name=file_name,
            length=length,
            procedure=self.procedure,
            class_id=self.signature.number("classId", default=0),
            source_context=self.signature.fields.get("sourceContext", ""),
            session_context=self.signature.fields.get("sessionContext", ""),
            tasks_priority=self.signature.number("taskPriority", default=0),
            notify_mode=self.signature.fields.get("taskNotifyMode", ""),
        )

    def use(self) -> None:
        """Raises SignatureRefused at the second use of a one-time signature."""
        if not self.is_one_time:
            return
        UsedSignature.forget_expired(now=int(time.time()))
        try:
            with transaction.atomic():
                UsedSignature.objects.create(mac=self._mac, expires=self.signature.number("expireTime"))
        except IntegrityError:
            raise SignatureRefused("This signature was used before. Load the page again.") from None

    def give_back(self) -> None:
        """The upload came to nothing, so the visitor may try again."""
        if self.is_one_time:
            UsedSignature.objects.filter(mac=self._mac).delete()

    @property
    def _mac(self) -> str:
        return self.signature.mac.hex()


def believed(text: str) -> UploadPolicy:
    """May an upload begin by it? Raises SignatureRefused."""
    policy = recognised(text)
    policy.signature.check_time(now=time.time())
    return policy


def recognised(text: str) -> UploadPolicy:
    """Whatever its age: what began in time may go on. Raises SignatureRefused."""
    signature = parse(text)
    key = _key(signature.fields["secretId"])
    made = signature.is_made_with(key.secret_key if key else _NOBODYS_KEY)
    if key is None or not made:
        raise SignatureRefused("The signature was not made with a valid key of this server.")
    if signature.number("vodSubAppId", default=0) not in (0, key.application.app_id):
        raise SignatureRefused("The signature's vodSubAppId is not the application of its key.")
    _check_names(signature)
    _check_right(key)
    return UploadPolicy(key, signature)


def not_for_visitors(name: str, *, known: Collection[str]) -> str:
    """Why a page may not say `name` beside the signature; "" for `known` ones and for those of the page's own.

    Refused are those that a visitor mustn't say, and those that look like a misspelt one of `known`.
    """
    strangers = unknown([name], known=known)
    if strangers and name.lower() in _SIGNED:
        return f"“{name}” belongs into the signature, where no visitor can change it; here it counts for nothing."
    return strangers.get(name, "") if misspelt(name, known=known) else ""


def _check_names(signature: ClientSignature) -> None:
    """What a misspelt field asks for wouldn't happen, and nobody would be told."""
    if strangers := unknown(signature.fields, known=FIELDS):
        raise SignatureRefused(f"In the signature: {' '.join(strangers.values())}")
    if signature.fields.get("storageRegion", "") not in ("", settings.ZOETROPE_REGION):
        raise SignatureRefused(f"The signature's storageRegion isn't the one here, {settings.ZOETROPE_REGION}.")


def _key(secret_id: str) -> ApiKey | None:
    return ApiKey.objects.select_related("user", "application").filter(secret_id=secret_id, enabled=True).first()


def _check_right(key: ApiKey) -> None:
    found = caller(user=key.user, application=key.application)
    try:
        if found is None:
            raise Forbidden("The owner of this key has left.")
        found.require(Role.OPERATOR)
        if not key.permits("ApplyUpload", app_id=key.application.app_id, reads=False):
            raise Forbidden("The key's policy says no.")
    except Forbidden:
        raise SignatureRefused("The key that made this signature may not upload here.") from None
