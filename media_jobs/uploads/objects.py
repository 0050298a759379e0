"""Objects of an upload session, put whole or in parts. `commit` of uploads/services.py makes the media of them.

Bytes are durable before a row names them; replacing an object or a part is one change of its row, so whatever dies in
between, the row's file is whole.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from applications.errors import Conflict, InvalidValue, LimitReached, NotFound
from applications.transactions import atomic, locked_row
from media_jobs.jobs.quotas import check_bytes
from media_jobs.models import MultipartUpload, ObjectPart, StoredObject, Upload
from media_jobs.states import UploadState
from media_jobs.store.exclusive import exclusive
from media_jobs.store.received import Claim, Received, object_path, receive
from media_jobs.store.slices import Slice, join_slices
from media_jobs.uploads.part_checksums import check_whole, of_whole

if TYPE_CHECKING:
    from media_jobs.store.byte_source import ByteSource

MAX_PARTS = 10_000
MAX_PART_BYTES = 5 * 1024**3
MIN_PART_BYTES = 1_000_000  # all but the last; docs/protocol 3.5 "others ≥ 1 MB"
MAX_OBJECTS = 20_000  # a manifest of 24 hours in segments of 5 s names 17,280


class SessionClosed(Conflict):
    """The upload session was committed, cancelled or has expired."""


class MultipartNotFound(NotFound):
    pass


class PartInvalid(InvalidValue):
    """A listed part was never sent, or is not the one that the client believes it sent."""


class PartsOutOfOrder(InvalidValue):
    pass


class PartTooSmall(InvalidValue):
    pass


@dataclass(frozen=True, slots=True)
class Listed:
    """A part as the client lists it at the end.

    `checksums` are those that it says the part has, in base64 by name; compared are those that the part came with, and
    the ETag, which is its MD5.
    """

    number: int
    etag: str
    checksums: Mapping[str, str] = field(default_factory=dict)

    def is_of(self, part: ObjectPart | None) -> bool:
        if part is None or part.etag != self.etag.strip('"').lower():
            return False
        return all(part.checksums.get(name, text) == text for name, text in self.checksums.items())


def put_object(
    *, upload: Upload, name: str, source: "ByteSource", length: int | None, claims: Sequence[Claim] = ()
) -> StoredObject:
    """Keep one whole object; a repeated put replaces it. Raises SessionClosed and what `receive` raises."""
    _require_open(upload)
    check_bytes(upload.application, length or 0)
    limit = settings.ZOETROPE_MAX_UPLOAD_BYTES
    received = receive(source, length=length, limit=limit, claims=claims)
    with _kept_or_dropped(received):
        return _keep(upload=upload, name=name, received=received)


def begin_multipart(*, upload: Upload, name: str) -> MultipartUpload:
    _require_open(upload)
    if upload.multiparts.count() >= MAX_OBJECTS:
        raise LimitReached(f"An upload session begins at most {MAX_OBJECTS} objects in parts.")
    return MultipartUpload.objects.create(upload=upload, name=name)


def put_part(
    *, multipart: MultipartUpload, number: int, source: "ByteSource", length: int | None, claims: Sequence[Claim] = ()
) -> ObjectPart:
    """Keep part `number` (1–10,000) in any order; the last write of a number wins. Raises as `put_object` does."""
    if not 1 <= number <= MAX_PARTS:
        raise PartInvalid(f"A part number is between 1 and {MAX_PARTS}.", field="partNumber")
    _require_open(multipart.upload)
    check_bytes(multipart.upload.application, length or 0)
    received = receive(source, length=length, limit=MAX_PART_BYTES, claims=claims)
    with _kept_or_dropped(received):
        return _keep_part(multipart, number=number, received=received)


def complete_multipart(
    *, multipart: MultipartUpload, listed: Sequence[Listed], claimed: Mapping[str, str] | None = None
) -> MultipartUpload:
    """Join the listed parts to the object; its ETag and checksums are the row's then. Repeating it returns the same.

    `claimed` are checksums that the whole must have (part_checksums.py). Raises SessionClosed, PartInvalid,
    PartsOutOfOrder, PartTooSmall, BodyTooLarge, DigestMismatch, ChecksumUntold, NoSpace.
    """
    with exclusive(multipart.id.hex):
        multipart.refresh_from_db()
        if multipart.etag:
            return multipart
        _require_open(multipart.upload)
        parts = _chosen(multipart, listed=listed)
        check_whole(parts, claimed=claimed or {})
        path = join_slices(Slice(object_path(part.file)) for part in parts)
        size, etag = sum(part.size for part in parts), _composite_etag(parts)
        received = Received(file=path.name, size=size, etag=etag, checksums=of_whole(parts))
        with _kept_or_dropped(received):
            _finish(multipart, received=received)
        multipart.refresh_from_db()
        return multipart


@atomic
def abort_multipart(*, multipart: MultipartUpload) -> None:
    """Forget the parts. Raises MultipartNotFound when it was completed or is gone."""
    found = MultipartUpload.objects.select_for_update(no_key=True).filter(pk=multipart.pk, etag="").first()
    if found is None:
        raise MultipartNotFound("There is no such upload.")
    _drop_files([part.file for part in found.parts.all()])
    found.delete()


def forget_objects(*, upload: Upload) -> None:
    """Drop what an ended session left: rows, then files. Repeating it does no harm."""
    files = [row.file for row in StoredObject.objects.filter(upload=upload)]
    files += [row.file for row in ObjectPart.objects.filter(multipart__upload=upload)]
    if not files:
        return
    with transaction.atomic():
        StoredObject.objects.filter(upload=upload).delete()
        MultipartUpload.objects.filter(upload=upload).delete()
        _drop_files(files)


def _require_open(upload: Upload) -> None:
    if upload.state != UploadState.OPEN or upload.expires_at < timezone.now():
        raise SessionClosed("This upload session is committed, cancelled or expired.")


@contextmanager
def _kept_or_dropped(received: Received) -> Iterator[None]:
    """A file that no row came to name goes again at once."""
    try:
        yield
    except BaseException:
        object_path(received.file).unlink(missing_ok=True)
        raise


@atomic
def _keep(*, upload: Upload, name: str, received: Received) -> StoredObject:
    _require_open(locked_row(Upload.objects.all(), upload.pk, gone="There is no such upload session."))
    kept = StoredObject.objects.filter(upload=upload)
    old = kept.filter(name=name).first()
    if old is None and kept.count() >= MAX_OBJECTS:
        raise LimitReached(f"An upload session holds at most {MAX_OBJECTS} objects.")
    _drop_files([old.file] if old else [])
    return StoredObject.objects.update_or_create(upload=upload, name=name, defaults=_values(received))[0]


@atomic
def _keep_part(multipart: MultipartUpload, *, number: int, received: Received) -> ObjectPart:
    found = MultipartUpload.objects.select_for_update(no_key=True).filter(pk=multipart.pk, etag="").first()
    if found is None:
        raise MultipartNotFound("This upload was completed or aborted meanwhile.")
    old = ObjectPart.objects.filter(multipart=found, number=number).first()
    _drop_files([old.file] if old else [])
    return ObjectPart.objects.update_or_create(multipart=found, number=number, defaults=_values(received))[0]


def _values(received: Received) -> dict[str, object]:
    return {
        "size": received.size,
        "etag": received.etag,
        "checksums": dict(received.checksums),
        "file": received.file,
    }


@atomic
def _finish(multipart: MultipartUpload, *, received: Received) -> None:
    """The object, and the parts' end, in one step."""
    _keep(upload=multipart.upload, name=multipart.name, received=received)
    _drop_files([part.file for part in multipart.parts.all()])
    multipart.parts.all().delete()
    MultipartUpload.objects.filter(pk=multipart.pk).update(etag=received.etag, checksums=dict(received.checksums))


def _chosen(multipart: MultipartUpload, *, listed: Sequence[Listed]) -> list[ObjectPart]:
    numbers = [part.number for part in listed]
    if not numbers or numbers != sorted(set(numbers)):
        raise PartsOutOfOrder("Parts are listed once each, in ascending order.")
    stored = {part.number: part for part in multipart.parts.all()}
    for part in listed:
        if not part.is_of(stored.get(part.number)):
            raise PartInvalid(f"Part {part.number} is not there with this ETag and these checksums.")
    parts = [stored[number] for number in numbers]
    if any(part.size < MIN_PART_BYTES for part in parts[:-1]):
        raise PartTooSmall(f"Every part but the last has at least {MIN_PART_BYTES} bytes.")
    if sum(part.size for part in parts) > settings.ZOETROPE_MAX_UPLOAD_BYTES:
        raise InvalidValue(f"A file has at most {settings.ZOETROPE_MAX_UPLOAD_BYTES} bytes.")
    return parts


def _composite_etag(parts: Sequence[ObjectPart]) -> str:
    """md5-N, as the cloud's object storage computes it: the MD5 of the parts' MD5s."""
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(parts)}"


def _drop_files(files: Sequence[str]) -> None:
    """After the commit: a rolled-back transaction must leave the bytes that its rows still name."""

    def drop() -> None:
        for file in files:
            object_path(file).unlink(missing_ok=True)

    transaction.on_commit(drop)
