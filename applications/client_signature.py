"""The client upload signature, docs/protocol 4.1: base64(HMAC-SHA1(SecretKey, original) + original), a query string."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from applications.errors import Refused
from applications.whole_numbers import whole

FIELDS = frozenset(
    (
        "secretId",
        "currentTimeStamp",
        "expireTime",
        "random",
        "classId",
        "procedure",
        "taskPriority",
        "taskNotifyMode",
        "sourceContext",
        "sessionContext",
        "oneTimeValid",
        "vodSubAppId",
        "storageRegion",
    )
)
MAX_LIFE = 7_776_000  # seconds, 90 days
MAX_RANDOM = 2**32 - 1
_MAC_BYTES = 20
_MAX_CHARACTERS = 16 * 1024


class SignatureRefused(Refused):
    """Malformed, forged, expired, used up, or of a key that may not upload."""

    status = 403
    title = "The upload signature is not valid"


@dataclass(frozen=True, slots=True)
class ClientSignature:
    """Taken apart, but not yet believed: `fields` counts only after `is_made_with` and `check_time`."""

    mac: bytes
    original: bytes
    fields: dict[str, str]

    def is_made_with(self, secret_key: str) -> bool:
        return hmac.compare_digest(_mac(self.original, secret_key), self.mac)

    def check_time(self, *, now: float) -> None:
        """Raises SignatureRefused when `now` (unix seconds) is past the signature's life, or that life is too long."""
        signed, expires = self.number("currentTimeStamp"), self.number("expireTime")
        if expires <= signed:
            raise SignatureRefused("The signature's expireTime must lie after its currentTimeStamp.")
        if expires > signed + MAX_LIFE:
            raise SignatureRefused("The signature's expireTime must be at most 90 days after its currentTimeStamp.")
        if now > expires:
            raise SignatureRefused("The signature has expired. Load the page again.")

    def number(self, name: str, *, default: int | None = None) -> int:
        """Raises SignatureRefused for what is missing (and has no default) or is no whole number."""
        text = self.fields.get(name, "")
        if not text and default is not None:
            return default
        number = whole(text.removeprefix("-"))
        if number is None:
            raise SignatureRefused(f"The signature's {name} is missing or not a whole number.")
        return -number if text.startswith("-") else number


def parse(text: str) -> ClientSignature:
    """Raises SignatureRefused for what can't be one."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
        original = raw[_MAC_BYTES:].decode()
        fields = dict(parse_qsl(original, keep_blank_values=True, errors="strict", max_num_fields=50))
    except ValueError:
        raise SignatureRefused("The signature can't be read.") from None
    if len(text) > _MAX_CHARACTERS or not fields.get("secretId") or any("\0" in value for value in fields.values()):
        raise SignatureRefused("The signature can't be read.")
    signature = ClientSignature(raw[:_MAC_BYTES], raw[_MAC_BYTES:], fields)
    if not 0 <= signature.number("random") <= MAX_RANDOM:
        raise SignatureRefused("The signature's random is out of range.")
    return signature


def sign(fields: Mapping[str, str | int], *, secret_key: str) -> str:
    """`fields` as the table in docs/protocol 4.1 names them, in the order given."""
    original = urlencode(fields, quote_via=quote).encode()
    return base64.b64encode(_mac(original, secret_key) + original).decode()


def fresh_fields(*, secret_id: str, now: float, life: int) -> dict[str, str | int]:
    """The required fields of a signature that is good for `life` seconds from `now`, which is in unix seconds."""
    return {
        "secretId": secret_id,
        "currentTimeStamp": int(now),
        "expireTime": int(now) + life,
        "random": secrets.randbelow(MAX_RANDOM + 1),
    }


def _mac(original: bytes, secret_key: str) -> bytes:
    return hmac.new(secret_key.encode(), original, hashlib.sha1).digest()
