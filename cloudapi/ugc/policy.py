"""What a client upload signature allows, once it is believed."""

import time
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from applications.caller import caller
from applications.client_signature import ClientSignature, SignatureRefused, parse
from applications.errors import Forbidden
from applications.models import ApiKey
from applications.roles import Role
from cloudapi.models import UsedSignature

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
    """Raises SignatureRefused."""
    signature = parse(text)
    key = _key(signature.fields["secretId"])
    made = signature.is_made_with(key.secret_key if key else _NOBODYS_KEY)
    if key is None or not made:
        raise SignatureRefused("The signature was not made with a valid key of this server.")
    signature.check_time(now=time.time())
    if signature.number("vodSubAppId", default=0) not in (0, key.application.app_id):
        raise SignatureRefused("The signature's vodSubAppId is not the application of its key.")
    _check_right(key)
    return UploadPolicy(key, signature)


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
