"""Checksums by name. A CRC of a whole is reckoned from those of its parts, so that no byte is read a second time."""

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any, Protocol

from anycrc import Model  # type: ignore[import-untyped]

CRC64 = "crc64ecma"  # what COS calls x-cos-hash-crc64ecma; elsewhere it is CRC-64/XZ
_CRCS = {"crc32": ("CRC32", 4), "crc32c": ("CRC32-ISCSI", 4), "crc64nvme": ("CRC64-NVME", 8), CRC64: ("CRC64-XZ", 8)}
_HASHES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
SIZES = _HASHES | {name: size for name, (_, size) in _CRCS.items()}  # bytes of each


class Checksum(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


def begun(name: str) -> Checksum:
    """Of no bytes yet; `name` is one of SIZES."""
    return _Crc(name) if name in _CRCS else hashlib.new(name, usedforsecurity=False)


def is_crc(name: str) -> bool:
    return name in _CRCS


def joined(name: str, parts: Iterable[tuple[bytes, int]]) -> bytes:
    """The CRC of bytes that follow each other, from the (CRC, number of bytes) of each piece."""
    whole = 0
    for crc, size in parts:
        whole = _model(name).combine(whole, int.from_bytes(crc), size)
    return whole.to_bytes(SIZES[name])


def of_digests(name: str, digests: Iterable[bytes]) -> bytes:
    """The checksum of the parts' checksums, one behind the other."""
    whole = begun(name)
    whole.update(b"".join(digests))
    return whole.digest()


class _Crc:
    def __init__(self, name: str) -> None:
        self._name = name
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = _model(self._name).calc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(SIZES[self._name])


@cache
def _model(name: str) -> Any:
    return Model(_CRCS[name][0])
