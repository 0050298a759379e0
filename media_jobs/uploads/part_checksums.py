"""The checksums of an object in parts, from those that its parts came with: no byte is read once more for them."""

import base64
import hmac
from collections.abc import Iterator, Mapping, Sequence

from applications.errors import InvalidValue
from media_jobs.models import ObjectPart
from media_jobs.store.checksums import SIZES, is_crc, joined, of_digests
from media_jobs.store.received import DigestMismatch


class ChecksumUntold(InvalidValue):
    """It could only be told by reading everything again."""


def of_whole(parts: Sequence[ObjectPart]) -> dict[str, str]:
    """In base64, by name: each CRC that all parts have."""
    names = [name for name in SIZES if is_crc(name) and all(name in part.checksums for part in parts)]
    return {name: _text(joined(name, _pieces(parts, name))) for name in names}


def check_whole(parts: Sequence[ObjectPart], *, claimed: Mapping[str, str]) -> None:
    """`claimed` is in base64, by name; with "-" and the number of parts behind it, it is that of the parts' checksums.

    Raises DigestMismatch, ChecksumUntold.
    """
    for name, text in claimed.items():
        right = _of_parts(parts, name) if "-" in text else _whole(parts, name)
        if not hmac.compare_digest(right.encode(), text.encode()):
            raise DigestMismatch(f"The {name.upper()} of the object is {right}.")


def _whole(parts: Sequence[ObjectPart], name: str) -> str:
    if not is_crc(name):
        raise ChecksumUntold(f"The {name.upper()} of an object in parts can only be checked as that of its parts'.")
    _require_all(parts, name)
    return _text(joined(name, _pieces(parts, name)))


def _of_parts(parts: Sequence[ObjectPart], name: str) -> str:
    _require_all(parts, name)
    return f"{_text(of_digests(name, (digest for digest, _ in _pieces(parts, name))))}-{len(parts)}"


def _require_all(parts: Sequence[ObjectPart], name: str) -> None:
    if not all(name in part.checksums for part in parts):
        raise ChecksumUntold(f"The {name.upper()} can only be checked when every part came with its own.")


def _pieces(parts: Sequence[ObjectPart], name: str) -> Iterator[tuple[bytes, int]]:
    return ((base64.b64decode(part.checksums[name]), part.size) for part in parts)


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
