"""A request's body to a durable file in the scratch folder: a block at a time, with its checksums checked."""

import base64
import hmac
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from applications.errors import InvalidValue, LimitReached
from media_jobs.store.byte_source import ByteSource
from media_jobs.store.checksums import CRC64, Checksum, begun
from media_jobs.store.scratch import hold, reserve, scratch

_BLOCK = 1024 * 1024
_RESERVE_EVERY = 64 * _BLOCK

Claim = tuple[str, Callable[[], bytes]]  # a checksum's name, and what says, once all bytes have come, what it must be


class BodyIncomplete(InvalidValue):
    """Fewer bytes came than were announced."""


class BodyTooLarge(LimitReached):
    status = 413


class DigestMismatch(InvalidValue):
    """The bytes are not those that the sender computed its checksum of."""


@dataclass(frozen=True, slots=True)
class Received:
    """A body that is safely on disk.

    `file` is its name in the scratch folder, `size` is in bytes, and `etag` the MD5 in lower-case hex, of an object in
    parts what stands for it. `checksums` are in base64, by name: CRC64, if it is known, and those that were claimed.
    """

    file: str
    size: int
    etag: str
    checksums: Mapping[str, str]


def receive(source: ByteSource, *, length: int | None, limit: int, claims: Sequence[Claim] = ()) -> Received:
    """Take all of `source`.

    `length` is the announced number of bytes, None when nothing was announced. More than `limit` bytes are refused.
    `claims` are the checksums that the bytes must have. Raises BodyIncomplete, BodyTooLarge, DigestMismatch, NoSpace,
    and what `source` and `claims` raise; nothing is kept then.
    """
    if (length or 0) > limit:
        raise BodyTooLarge(f"At most {limit} bytes can come in one request.")
    path = new_file()
    try:
        with path.open("wb") as target:
            hold(target, length or 0)
            sums = _pour(source, target, limit=limit, names=[name for name, _ in claims])
            _flush(target)
        found = {name: checksum.digest() for name, checksum in sums.items()}
        _check(found, size=path.stat().st_size, length=length, claims=claims)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    etag = found.pop("md5").hex()
    told = {name: base64.b64encode(digest).decode() for name, digest in found.items()}
    return Received(file=path.name, size=path.stat().st_size, etag=etag, checksums=told)


def new_file() -> Path:
    return object_path(f"{uuid.uuid4().hex}.object")


def object_path(file: str) -> Path:
    return scratch() / file


def _pour(source: ByteSource, target: BinaryIO, *, limit: int, names: Iterable[str]) -> dict[str, Checksum]:
    sums = {name: begun(name) for name in {"md5", CRC64, *names}}
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > limit:
            raise BodyTooLarge(f"At most {limit} bytes can come in one request.")
        if size % _RESERVE_EVERY < len(block):
            reserve(0)
        for checksum in sums.values():
            checksum.update(block)
        target.write(block)
    return sums


def _check(found: Mapping[str, bytes], *, size: int, length: int | None, claims: Sequence[Claim]) -> None:
    if length is not None and size != length:
        raise BodyIncomplete(f"{size} bytes came, {length} were announced.")
    for name, claimed in claims:
        if not hmac.compare_digest(found[name], claimed()):
            raise DigestMismatch(f"The {name.upper()} of the bytes that came is {found[name].hex()}.")


def _flush(target: BinaryIO) -> None:
    target.truncate()
    target.flush()
    os.fsync(target.fileno())
