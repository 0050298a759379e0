"""A request's body to a durable file in the scratch folder: a block at a time, with its checksums checked."""

import hashlib
import hmac
import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from applications.errors import InvalidValue, LimitReached
from media_jobs.store.byte_source import ByteSource
from media_jobs.store.scratch import reserve, scratch

_BLOCK = 1024 * 1024
_RESERVE_EVERY = 64 * _BLOCK


class BodyIncomplete(InvalidValue):
    """Fewer bytes came than were announced."""


class BodyTooLarge(LimitReached):
    status = 413


class DigestMismatch(InvalidValue):
    """The bytes are not those that the sender computed its checksum of."""


@dataclass(frozen=True, slots=True)
class Received:
    """A body that is safely on disk.

    `file` is its name in the scratch folder, `size` is in bytes, and `md5` in lower-case hex.
    """

    file: str
    size: int
    md5: str


def receive(source: ByteSource, *, length: int | None, limit: int, digests: Mapping[str, bytes]) -> Received:
    """Take all of `source`.

    `length` is the announced number of bytes, None when nothing was announced. More than `limit` bytes are refused.
    `digests` maps names of hashlib's algorithms to the digests that the bytes must have. Raises BodyIncomplete,
    BodyTooLarge, DigestMismatch, NoSpace; nothing is kept then.
    """
    if (length or 0) > limit:
        raise BodyTooLarge(f"At most {limit} bytes can come in one request.")
    reserve(length or 0)
    path = new_file()
    try:
        with path.open("wb") as target:
            hashes = _pour(source, target, limit=limit, names=digests)
            _flush(target)
        _check(hashes, size=path.stat().st_size, length=length, digests=digests)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Received(file=path.name, size=path.stat().st_size, md5=hashes["md5"].hexdigest())


def new_file() -> Path:
    return object_path(f"{uuid.uuid4().hex}.object")


def object_path(file: str) -> Path:
    return scratch() / file


def _pour(source: ByteSource, target: BinaryIO, *, limit: int, names: Iterable[str]) -> "dict[str, hashlib._Hash]":
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in {"md5", *names}}
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > limit:
            raise BodyTooLarge(f"At most {limit} bytes can come in one request.")
        if size % _RESERVE_EVERY < len(block):
            reserve(0)
        for digest in hashes.values():
            digest.update(block)
        target.write(block)
    return hashes


def _check(hashes: "dict[str, hashlib._Hash]", *, size: int, length: int | None, digests: Mapping[str, bytes]) -> None:
    if length is not None and size != length:
        raise BodyIncomplete(f"{size} bytes came, {length} were announced.")
    for name, expected in digests.items():
        if not hmac.compare_digest(hashes[name].digest(), expected):
            raise DigestMismatch(f"The {name.upper()} of the bytes that came is {hashes[name].hexdigest()}.")


def _flush(target: BinaryIO) -> None:
    target.flush()
    os.fsync(target.fileno())
