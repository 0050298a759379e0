"""Objects of an upload session, put whole or in parts. `commit` of uploads/services.py makes the media of them.

Bytes are durable before a row names them; replacing an object or a part is one change of its row, so whatever dies in
between, the row's file is whole.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from applications.errors import Conflict, InvalidValue, LimitReached, NotFound
from media_jobs.models import MultipartUpload, ObjectPart, StoredObject, Upload
from media_jobs.states import UploadState
from media_jobs.store.exclusive import exclusive
from media_jobs.store.received import Received, object_path, receive
from media_jobs.store.slices import Slice, join_slices

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


def put_object(
    *, upload: Upload, name: str, source: "ByteSource", length: int | None, digests: Mapping[str, bytes]
) -> StoredObject:
    """Keep one whole object; a repeated put replaces it. Raises SessionClosed and what `receive` raises."""
    _require_open(upload)
    limit = settings.ZOETROPE_MAX_UPLOAD_BYTES
    received = receive(source, length=length, limit=limit, digests=digests)
    with _kept_or_dropped(received):
        return _keep(upload=upload, name=name, received=received)


def begin_multipart(*, upload: Upload, name: str) -> MultipartUpload:
    _require_open(upload)
    if upload.multiparts.count() >= MAX_OBJECTS:
        raise LimitReached(f"An upload session begins at most {MAX_OBJECTS} objects in parts.")
    return MultipartUpload.objects.create(upload=upload, name=name)


def put_part(
    *, multipart: MultipartUpload, number: int, source: "ByteSource", length: int | None, digests: Mapping[str, bytes]
) -> ObjectPart:
    """Keep part `number` (1–10,000) in any order; the last write of a number wins. Raises as `put_object` does."""
    if not 1 <= number <= MAX_PARTS:
        raise PartInvalid(f"A part number is between 1 and {MAX_PARTS}.", field="partNumber")
    _require_open(multipart.upload)
    received = receive(source, length=length, limit=MAX_PART_BYTES, digests=digests)
    with _kept_or_dropped(received):
        return _keep_part(multipart, number=number, received=received)


def complete_multipart(*, multipart: MultipartUpload, listed: Sequence[tuple[int, str]]) -> str:
    """Join the listed (number, ETag) parts to the object and return its ETag; repeating it returns the same.

    Raises SessionClosed, PartInvalid, PartsOutOfOrder, PartTooSmall, BodyTooLarge, NoSpace.
    """
    with exclusive(multipart.id.hex):
        multipart.refresh_from_db()
        if multipart.etag:
            return multipart.etag
        _require_open(multipart.upload)
        parts = _chosen(multipart, listed=listed)
        path = join_slices(Slice(object_path(part.file)) for part in parts)
        etag = _composite_etag(parts)
        received = Received(file=path.name, size=sum(part.size for part in parts), md5=etag)
        with _kept_or_dropped(received):
            _finish(multipart, received=received)
        return etag


@transaction.atomic
def abort_multipart(*, multipart: MultipartUpload) -> None:
    """Forget the parts. Raises MultipartNotFound when it was completed or is gone."""
    found = MultipartUpload.objects.select_for_update().filter(pk=multipart.pk, etag="").first()
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


@transaction.atomic
def _keep(*, upload: Upload, name: str, received: Received) -> StoredObject:
    _require_open(Upload.objects.select_for_update().get(pk=upload.pk))
    kept = StoredObject.objects.filter(upload=upload)
    old = kept.filter(name=name).first()
    if old is None and kept.count() >= MAX_OBJECTS:
        raise LimitReached(f"An upload session holds at most {MAX_OBJECTS} objects.")
    _drop_files([old.file] if old else [])
    values = {"size": received.size, "etag": received.md5, "file": received.file}
    return StoredObject.objects.update_or_create(upload=upload, name=name, defaults=values)[0]


@transaction.atomic
def _keep_part(multipart: MultipartUpload, *, number: int, received: Received) -> ObjectPart:
    found = MultipartUpload.objects.select_for_update().filter(pk=multipart.pk, etag="").first()
    if found is None:
        raise MultipartNotFound("This upload was completed or aborted meanwhile.")
    old = ObjectPart.objects.filter(multipart=found, number=number).first()
    _drop_files([old.file] if old else [])
    values = {"size": received.size, "etag": received.md5, "file": received.file}
    return ObjectPart.objects.update_or_create(multipart=found, number=number, defaults=values)[0]


@transaction.atomic
def _finish(multipart: MultipartUpload, *, received: Received) -> None:
    """The object, and the parts' end, in one step."""
    _keep(upload=multipart.upload, name=multipart.name, received=received)
    _drop_files([part.file for part in multipart.parts.all()])
    multipart.parts.all().delete()
    MultipartUpload.objects.filter(pk=multipart.pk).update(etag=received.md5)


def _chosen(multipart: MultipartUpload, *, listed: Sequence[tuple[int, str]]) -> list[ObjectPart]:
    numbers = [number for number, _ in listed]
    if not numbers or numbers != sorted(set(numbers)):
        raise PartsOutOfOrder("Parts are listed once each, in ascending order.")
    stored = {part.number: part for part in multipart.parts.all()}
    for number, etag in listed:
        if number not in stored or stored[number].etag != etag.strip('"').lower():
            raise PartInvalid(f"Part {number} is not there with this ETag.")
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
