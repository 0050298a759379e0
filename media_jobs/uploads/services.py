"""A file's way in, the same for every door: begin → append … → commit (or discard).

Bytes gather in the scratch folder under the upload's id. `offset` in the row counts only bytes that are on the disk for
certain, so whatever dies in between, a client that asks for the offset can go on from there.
"""

import hashlib
import os
import secrets
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from applications.errors import InvalidValue, NotFound
from applications.models import Application, User
from applications.transactions import atomic
from media_jobs.faultpoint import faultpoint
from media_jobs.jobs.quotas import check_bytes, check_work
from media_jobs.jobs.services import check_options
from media_jobs.library.expiry import check_expiry
from media_jobs.library.selectors import class_for
from media_jobs.models import PARTIAL, Media, Upload
from media_jobs.states import UploadState
from media_jobs.store.byte_source import ByteSource
from media_jobs.store.formats import check_cover_type, split_name
from media_jobs.store.scratch import reserve
from media_jobs.store.storage import media_key, storage
from media_jobs.uploads.assemble import gather
from media_jobs.uploads.media import make_media
from media_jobs.uploads.objects import forget_objects
from media_jobs.uploads.part import begin_part, cut, expect, locked, part_path, seek
from media_jobs.uploads.refusals import (
    BytesElsewhere,
    OffsetMismatch,
    UploadClosed,
    UploadIncomplete,
    UploadTooLarge,
)
from procedures.selectors import plan_of, procedure_for

CHUNK = 1024 * 1024
CHECKPOINT = 16 * CHUNK
MAX_SOURCE_CONTEXT = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a door says of a file at the beginning.

    Fields:
        procedure: the task flow to start at commit; "" for none
        expires_at: when the media is to be deleted; None for never
        cover_type: extension of a picture that comes along; "" for none
        by_objects: the bytes come as objects (objects.py), so a manifest with its segments may be one upload
        concat: how the pieces are named that it is to be made of (concatenate.py); "" for what comes in one
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
    concat: str = ""


def begin(
    *,
    application: Application,
    wanted: Wanted,
    door: str,
    user: User | None = None,
    upload_id: uuid.UUID | None = None,
) -> Upload:
    """Before a byte is sent; under an id that the door has drawn, where it must find the upload again.

    Raises InvalidValue, UploadTooLarge, NoSpace, QuotaExceeded, NotFound (flow, class).
    """
    _check_length(wanted.length or 0)
    check_bytes(application, 0 if wanted.concat else wanted.length or 0)  # its pieces were counted as they came
    file_id = _new_file_id()
    told = _told(application, wanted, file_id=file_id)
    columns = {**told, "length": wanted.length, "file_id": file_id, "id": upload_id or uuid.uuid4()}
    return _opened(application=application, door=door, created_by=user, **columns)


def begin_elsewhere(*, application: Application, wanted: Wanted, door: str, user: User | None = None) -> Upload:
    """One whose bytes never come to a host's scratch folder (direct.py). Raises what `begin` does."""
    _check_length(wanted.length or 0)
    check_bytes(application, wanted.length or 0)
    file_id = _new_file_id()
    told = _told(application, wanted, file_id=file_id)
    until = timezone.now() + settings.ZOETROPE_UPLOAD_LIFETIME
    columns = {**told, "length": wanted.length, "file_id": file_id, "expires_at": until}
    return Upload.objects.create(application=application, door=door, created_by=user, **columns)


def begin_partial(*, application: Application, length: int | None, door: str, user: User | None = None) -> Upload:
    """A piece of a file that comes in several at once (concatenate.py). Raises what `begin` does."""
    _check_length(length or 0)
    check_bytes(application, length or 0)
    file_id = _new_file_id()
    key = media_key(app_id=application.app_id, file_id=file_id, extension="part")
    columns = {"length": length, "file_id": file_id, "storage_key": key, "concat": PARTIAL}
    return _opened(application=application, door=door, created_by=user, **columns)


def _new_file_id() -> str:
    return f"{5_000_000_000_000_000_000 + secrets.randbelow(4 * 10**18)}"


def _opened(**columns: Any) -> Upload:
    """Room for its bytes, then the row. Raises NoSpace."""
    upload = Upload(**columns, expires_at=timezone.now() + settings.ZOETROPE_UPLOAD_LIFETIME)
    begin_part(upload.id, size=upload.length or 0)
    try:
        upload.save(force_insert=True)
    except BaseException:
        part_path(upload.id).unlink(missing_ok=True)
        raise
    return upload


def check_wanted(*, application: Application, wanted: Wanted) -> None:
    """Whether `begin` would take it now; nothing is written or promised. Raises what it raises."""
    _check_length(wanted.length or 0)
    _told(application, wanted, file_id="")


def amend(*, upload: Upload, wanted: Wanted) -> None:
    """Say anew, before the commit, what was said of the file at the beginning. Raises what `begin` raises."""
    told = _told(upload.application, wanted, file_id=upload.file_id)
    Upload.objects.filter(pk=upload.pk, state=UploadState.OPEN).update(**told, updated_at=timezone.now())


def _told(application: Application, wanted: Wanted, *, file_id: str) -> dict[str, Any]:
    """The columns that hold what a door said, once it is found possible."""
    name, extension = split_name(wanted.name, media_type=wanted.media_type, manifests=wanted.by_objects)
    _check_options(wanted)
    check_expiry(wanted.expires_at)
    if wanted.procedure:
        check_work(application, len(plan_of(procedure_for(application, wanted.procedure)).parts))
    return {
        "storage_key": media_key(app_id=application.app_id, file_id=file_id, extension=extension),
        "name": name,
        "media_type": extension,
        "procedure": wanted.procedure,
        "media_class": class_for(application, wanted.class_id),
        "source_context": wanted.source_context,
        "session_context": wanted.session_context,
        "tasks_priority": wanted.tasks_priority,
        "notify_mode": wanted.notify_mode,
        "cover_type": check_cover_type(wanted.cover_type),
        "media_expires_at": wanted.expires_at,
        "concat": wanted.concat,
    }


def declare_length(*, upload: Upload, length: int) -> None:
    """Say the total size of an upload that began without one. Raises UploadTooLarge, NoSpace or InvalidValue."""
    if upload.length is not None and upload.length != length:
        raise InvalidValue("The length of an upload can't change.", field="length")
    if length < upload.offset:
        raise InvalidValue("The length is less than what has already arrived.", field="length")
    _check_length(length)
    if upload.length is None:
        check_bytes(upload.application, length - upload.offset)
    expect(upload.id, size=length)
    undeclared = Upload.objects.filter(Q(length=None) | Q(length=length), pk=upload.pk, state=UploadState.OPEN)
    if not undeclared.update(length=length, updated_at=timezone.now()):
        raise InvalidValue("Another length was given for this upload meanwhile.", field="length")
    upload.length = length


def append(*, upload_id: uuid.UUID, offset: int, source: ByteSource) -> Upload:
    """Write what `source` yields at `offset` and return the upload with its new offset.

    What arrived is kept even if `source` breaks off (its error passes through). Raises OffsetMismatch, UploadBusy,
    UploadClosed, UploadTooLarge (more bytes than declared: what fits is kept).
    """
    with _locked(upload_id) as part:
        upload = _open_upload(upload_id)
        if offset != upload.offset:
            raise OffsetMismatch(upload.offset)
        seek(part, offset=offset)
        sha256, digest = hashlib.sha256(), ""
        try:
            _pour(source, part, upload=upload, sha256=sha256)
            digest = "" if offset else sha256.hexdigest()
        finally:
            _checkpoint(upload, part, sha256=digest)
        return upload


def rewind(*, upload_id: uuid.UUID, offset: int) -> None:
    """Forget the bytes from `offset` on: their checksum was wrong."""
    with _locked(upload_id) as part:
        seek(part, offset=offset)
        Upload.objects.filter(pk=upload_id, state=UploadState.OPEN, offset__gte=offset).update(offset=offset, sha256="")


def commit(*, upload_id: uuid.UUID) -> Media:
    """Make the media, and with it the task of the chosen flow, in one transaction. Repeating it returns the same media.

    Raises UploadIncomplete, UploadClosed (discarded), BytesElsewhere, NoSpace, NotFound.
    """
    upload = _upload(upload_id)
    if upload.media is not None:
        return upload.media
    if upload.state == UploadState.ABORTED:
        raise UploadClosed("This upload was cancelled or has expired. Start again.")
    try:
        waits_on = "" if _store(upload) else socket.gethostname()
    except FileNotFoundError:
        raise BytesElsewhere from None
    faultpoint("stored")
    media = make_media(upload_id, waits_on=waits_on)
    faultpoint("committed")
    if upload.objects_stored.exists():
        forget_objects(upload=upload)
    return media


def _store(upload: Upload) -> bool:
    """False when the bytes still wait to be pushed. Raises FileNotFoundError when they aren't on this host."""
    if not upload.is_complete:
        gather(upload, target=part_path(upload.id))
    if not upload.is_complete or not upload.length:
        raise UploadIncomplete("The file has not arrived completely.")
    cut(upload.id, size=upload.length)
    return storage().take_in(part_path(upload.id), upload.storage_key)


@atomic
def discard(*, upload: Upload) -> None:
    """Cancel an upload that is under way. Repeating it does no harm; a committed one stays."""
    changed = Upload.objects.filter(pk=upload.pk, state=UploadState.OPEN).update(state=UploadState.ABORTED)
    if changed:
        transaction.on_commit(lambda: part_path(upload.id).unlink(missing_ok=True))


def _pour(source: ByteSource, part: BinaryIO, *, upload: Upload, sha256: "hashlib._Hash") -> None:
    """Copy, and digest, until `source` ends or the length is reached, with a checkpoint now and then."""
    room = (upload.length if upload.length is not None else settings.ZOETROPE_MAX_UPLOAD_BYTES) - upload.offset
    since = 0
    while room and (chunk := source.read(min(CHUNK, room))):
        part.write(chunk)
        sha256.update(chunk)
        room -= len(chunk)
        since += len(chunk)
        if since >= CHECKPOINT:
            reserve(0)
            _checkpoint(upload, part)
            since = 0
    if not room and source.read(1):
        raise UploadTooLarge("More bytes came than the upload's length.", field="length")


def _checkpoint(upload: Upload, part: BinaryIO, *, sha256: str = "") -> None:
    part.flush()
    os.fsync(part.fileno())
    upload.offset, upload.sha256 = part.tell(), sha256
    upload.save(update_fields=["offset", "sha256", "updated_at"])


@contextmanager
def _locked(upload_id: uuid.UUID) -> Iterator[BinaryIO]:
    with ExitStack() as stack:
        try:
            part = stack.enter_context(locked(upload_id))
        except FileNotFoundError:
            _open_upload(upload_id)
            raise UploadClosed("The bytes of this upload are gone. Start again.") from None
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
    storage().reserve(length)
