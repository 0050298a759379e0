"""A file's way in, the same for every door: begin → append … → commit (or discard).

Bytes gather in the scratch folder under the upload's id. `offset` in the row counts only bytes that are on the disk for
certain, so whatever dies in between, a client that asks for the offset can go on from there.
"""

import fcntl
import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from applications.errors import Conflict, InvalidValue, LimitReached, NotFound
from applications.models import Application, User
from media_jobs.doorbell import issue_permits
from media_jobs.events import outbox
from media_jobs.jobs import queue
from media_jobs.jobs.services import check_options, submit_task
from media_jobs.library.selectors import class_for
from media_jobs.models import Job, Media, Upload
from media_jobs.states import UploadState
from media_jobs.store.byte_source import ByteSource
from media_jobs.store.formats import check_cover_type, split_name
from media_jobs.store.scratch import reserve, scratch
from media_jobs.store.storage import media_key, storage
from media_jobs.uploads.assemble import gather
from media_jobs.uploads.objects import forget_objects
from procedures.selectors import plan_of, procedure_for

CHUNK = 1024 * 1024
CHECKPOINT = 16 * CHUNK
MAX_SOURCE_CONTEXT = 250
ANALYSIS_PRIORITY = 10  # a look takes a moment, and the page waits for it


class OffsetMismatch(Conflict):
    """The client is not where the server is; `offset` is where the server is."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"The next byte to send is number {offset}.", field="offset")
        self.offset = offset


class UploadTooLarge(LimitReached):
    status = 413


class UploadClosed(Conflict):
    """Committed or discarded already."""

    status = 410


class UploadIncomplete(Conflict):
    pass


class UploadBusy(Conflict):
    """Another request is writing to the same upload."""

    status = 423


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a door says of a file at the beginning.

    Fields:
        procedure: the task flow to start at commit; "" for none
        expires_at: when the media is to be deleted; None for never
        cover_type: extension of a picture that comes along; "" for none
        by_objects: the bytes come as objects (objects.py), so a manifest with its segments may be one upload
    """

    name: str
    media_type: str = ""
    length: int | None = None
    procedure: str = ""
    class_id: int = 0
    source_context: str = ""
    session_context: str = ""
    tasks_priority: int = 0
    notify_mode: str = ""
    cover_type: str = ""
    expires_at: datetime | None = None
    by_objects: bool = False


def begin(*, application: Application, wanted: Wanted, door: str, user: User | None = None) -> Upload:
    """Raises InvalidValue, UploadTooLarge, NoSpace, or NotFound (task flow, class): before a byte is sent."""
    name, extension = split_name(wanted.name, media_type=wanted.media_type, manifests=wanted.by_objects)
    _check_length(wanted.length or 0)
    _check_options(wanted)
    if wanted.procedure:
        plan_of(procedure_for(application, wanted.procedure))
    file_id = f"{5_000_000_000_000_000_000 + secrets.randbelow(4 * 10**18)}"
    upload = Upload.objects.create(
        application=application,
        created_by=user,
        door=door,
        file_id=file_id,
        storage_key=media_key(app_id=application.app_id, file_id=file_id, extension=extension),
        name=name,
        media_type=extension,
        length=wanted.length,
        procedure=wanted.procedure,
        media_class=class_for(application, wanted.class_id),
        source_context=wanted.source_context,
        session_context=wanted.session_context,
        tasks_priority=wanted.tasks_priority,
        notify_mode=wanted.notify_mode,
        cover_type=check_cover_type(wanted.cover_type),
        media_expires_at=wanted.expires_at,
        expires_at=timezone.now() + settings.ZOETROPE_UPLOAD_LIFETIME,
    )
    part_path(upload.id).touch()
    return upload


def declare_length(*, upload: Upload, length: int) -> None:
    """Say the total size of an upload that began without one. Raises UploadTooLarge, NoSpace or InvalidValue."""
    if upload.length is not None and upload.length != length:
        raise InvalidValue("The length of an upload can't change.", field="length")
    if length < upload.offset:
        raise InvalidValue("The length is less than what has already arrived.", field="length")
    _check_length(length)
    upload.length = length
    upload.save(update_fields=["length", "updated_at"])


def append(*, upload_id: uuid.UUID, offset: int, source: ByteSource) -> Upload:
    """Write what `source` yields at `offset` and return the upload with its new offset.

    What arrived is kept even if `source` breaks off (its error passes through). Raises OffsetMismatch, UploadBusy,
    UploadClosed, UploadTooLarge (more bytes than declared: what fits is kept).
    """
    with _locked(upload_id) as part:
        upload = _open_upload(upload_id)
        if offset != upload.offset:
            raise OffsetMismatch(upload.offset)
        part.truncate(offset)
        part.seek(offset)
        try:
            _pour(source, part, upload=upload)
        finally:
            _checkpoint(upload, part)
        return upload


def rewind(*, upload_id: uuid.UUID, offset: int) -> None:
    """Forget the bytes from `offset` on: their checksum was wrong."""
    with _locked(upload_id) as part:
        part.truncate(offset)
        Upload.objects.filter(pk=upload_id, state=UploadState.OPEN, offset__gte=offset).update(offset=offset)


def commit(*, upload_id: uuid.UUID) -> Media:
    """Make the media, and with it the task of the chosen flow, in one transaction. Repeating it returns the same media.

    Raises UploadIncomplete, UploadClosed (discarded), NotFound.
    """
    upload = _upload(upload_id)
    if upload.media is not None:
        return upload.media
    if upload.state == UploadState.ABORTED:
        raise UploadClosed("This upload was cancelled or has expired. Start again.")
    if not upload.is_complete:
        gather(upload, target=part_path(upload.id))
    if not upload.is_complete or not upload.length:
        raise UploadIncomplete("The file has not arrived completely.")
    storage().adopt(part_path(upload.id), upload.storage_key)
    media = _commit(upload_id)
    if upload.objects_stored.exists():
        forget_objects(upload=upload)
    return media


@transaction.atomic
def discard(*, upload: Upload) -> None:
    """Cancel an upload that is under way. Repeating it does no harm; a committed one stays."""
    changed = Upload.objects.filter(pk=upload.pk, state=UploadState.OPEN).update(state=UploadState.ABORTED)
    if changed:
        transaction.on_commit(lambda: part_path(upload.id).unlink(missing_ok=True))


def part_path(upload_id: uuid.UUID) -> Path:
    return scratch() / f"{upload_id.hex}.part"


@transaction.atomic
def _commit(upload_id: uuid.UUID) -> Media:
    upload = Upload.objects.select_for_update().get(pk=upload_id)
    if upload.media is not None:
        return upload.media
    if upload.state == UploadState.ABORTED:
        raise UploadClosed("This upload was cancelled meanwhile. Start again.")
    media = Media.objects.create(
        application=upload.application,
        file_id=upload.file_id,
        name=upload.name,
        media_type=upload.media_type,
        media_class=upload.media_class,
        size=upload.offset,
        storage_key=upload.storage_key,
        poster_key=upload.poster_key,
        source_context=upload.source_context,
        expires_at=upload.media_expires_at,
    )
    upload.media, upload.state = media, UploadState.COMMITTED
    _start_procedure(upload, media)
    upload.save(update_fields=["media", "state", "problem", "updated_at"])
    look = Job(application=media.application, media=media, kind=Job.Kind.ANALYSE, priority=ANALYSIS_PRIORITY)
    queue.enqueue([look])
    outbox.media_uploaded(media)
    transaction.on_commit(partial(issue_permits, look.kind, [look.pk]), robust=True)
    return media


def _start_procedure(upload: Upload, media: Media) -> None:
    """The upload hook. A flow that was deleted meanwhile costs the visitor nothing: the media is kept and says why."""
    if not upload.procedure:
        return
    try:
        plan = plan_of(procedure_for(upload.application, upload.procedure))
    except (NotFound, InvalidValue) as refusal:
        upload.problem = media.problem = str(refusal)
        media.save(update_fields=["problem"])
        return
    submit_task(
        media=media,
        plan=plan,
        priority=upload.tasks_priority,
        notify_mode=upload.notify_mode,
        session_context=upload.session_context,
    )


def _pour(source: ByteSource, part: BinaryIO, *, upload: Upload) -> None:
    """Copy until `source` ends or the length is reached, with a checkpoint now and then."""
    room = (upload.length if upload.length is not None else settings.ZOETROPE_MAX_UPLOAD_BYTES) - upload.offset
    since = 0
    while room and (chunk := source.read(min(CHUNK, room))):
        part.write(chunk)
        room -= len(chunk)
        since += len(chunk)
        if since >= CHECKPOINT:
            reserve(0)
            _checkpoint(upload, part)
            since = 0
    if not room and source.read(1):
        raise UploadTooLarge("More bytes came than the upload's length.", field="length")


def _checkpoint(upload: Upload, part: BinaryIO) -> None:
    part.flush()
    os.fsync(part.fileno())
    upload.offset = part.tell()
    upload.save(update_fields=["offset", "updated_at"])


@contextmanager
def _locked(upload_id: uuid.UUID) -> Iterator[BinaryIO]:
    """The part file, for one request at a time. The kernel frees the lock of whoever dies."""
    try:
        part = part_path(upload_id).open("r+b")
    except FileNotFoundError:
        _open_upload(upload_id)
        raise UploadClosed("The bytes of this upload are gone. Start again.") from None
    with part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusy("Another request is writing to this upload. Try again in a moment.") from None
        yield part


def _upload(upload_id: uuid.UUID) -> Upload:
    upload = Upload.objects.select_related("application", "media").filter(pk=upload_id).first()
    if upload is None:
        raise NotFound("There is no such upload.")
    return upload


def _open_upload(upload_id: uuid.UUID) -> Upload:
    upload = _upload(upload_id)
    if upload.state != UploadState.OPEN or upload.expires_at < timezone.now():
        raise UploadClosed("This upload is finished, cancelled or expired.")
    return upload


def _check_options(wanted: Wanted) -> None:
    if len(wanted.source_context) > MAX_SOURCE_CONTEXT:
        raise InvalidValue(f"A SourceContext has at most {MAX_SOURCE_CONTEXT} characters.", field="source_context")
    check_options(
        priority=wanted.tasks_priority,
        notify_mode=wanted.notify_mode,
        session_id="",
        session_context=wanted.session_context,
    )


def _check_length(length: int) -> None:
    if length > settings.ZOETROPE_MAX_UPLOAD_BYTES:
        gib = settings.ZOETROPE_MAX_UPLOAD_BYTES / 1024**3
        raise UploadTooLarge(f"A file has at most {gib:g} GiB.", field="length")
    reserve(length)
