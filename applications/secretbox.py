"""Sealing secrets that must be read again: Fernet under a key derived from SECRET_KEY, which no database holds.

What SECRET_KEY_FALLBACKS sealed is read, too, so that the key can be changed while the server is used.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from applications.errors import SecretUnreadable


@lru_cache(maxsize=16)
def _fernet(secret: str | bytes) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"zoetrope.secretbox").derive(force_bytes(secret))
    return Fernet(base64.urlsafe_b64encode(key))


def seal(text: str) -> str:
    return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises SecretUnreadable when neither SECRET_KEY nor a fallback made `sealed`."""
    return _unsealed(sealed, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=1024)
def _unsealed(sealed: str, secrets: tuple[str | bytes, ...]) -> str:
    """Kept, as each request of a key asks for the same: a process that has `secrets` has nothing more to hide."""
    try:
        return MultiFernet([_fernet(secret) for secret in secrets]).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


def is_fresh(sealed: str) -> bool:
    """Whether SECRET_KEY itself sealed it: no fallback is needed to read it."""
    try:
        _fernet(settings.SECRET_KEY).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True
