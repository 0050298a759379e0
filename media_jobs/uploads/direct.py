"""Uploads whose bytes go from the client to the bucket, part by part, and never through here.

`begin` reserves a key and begins the bucket's own multipart upload, `addresses` signs a PUT for each part, `complete`
compares what the bucket has with what was announced and makes the media. What nobody completes is aborted there.
"""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from applications.errors import Conflict, InvalidValue, NotFound
from applications.models import Application, User
from media_jobs.models import Media, Upload
from media_jobs.states import UploadState
from media_jobs.store.direct import BucketPart
from media_jobs.store.exclusive import exclusive
from media_jobs.store.storage import storage
from media_jobs.uploads.media import make_media
from media_jobs.uploads.refusals import BucketAway, UploadClosed, UploadIncomplete
from media_jobs.uploads.services import Wanted, begin_elsewhere, discard

if TYPE_CHECKING:
    from media_jobs.store.direct import DirectUploads

log = logging.getLogger(__name__)

DOOR = "direct"
MAX_ADDRESSES = 1000  # in one answer
_MIB = 1024 * 1024
_LEAST_PART, _MOST_PARTS = 16 * _MIB, 10_000
_SECONDS = 3600  # an address works so long; a client asks for another one
_AT_ONCE = 100


class DirectNotOffered(Conflict):
    """The bytes of this server aren't in a bucket that clients reach."""

    def __init__(self) -> None:
        super().__init__("Direct uploads are not offered here: send the file to /api/v1/uploads or /api/v1/media.")


def begin(*, application: Application, wanted: Wanted, user: User | None = None) -> Upload:
    """`wanted.length` must be known. Raises DirectNotOffered, BucketAway, and what services.begin raises."""
    bucket = _bucket()
    if not wanted.length:
        raise InvalidValue("Say how many bytes the file has.", field="length")
    upload = begin_elsewhere(application=application, wanted=wanted, door=DOOR, user=user)
    try:
        with _asked():
            upload.bucket_upload = bucket.begin(upload.storage_key)
    except BucketAway:
        discard(upload=upload)
        raise
    upload.save(update_fields=["bucket_upload", "updated_at"])
    return upload


def part_size(upload: Upload) -> int:
    """Bytes of every part but the last: whole MiB, no more parts than a bucket takes."""
    length = upload.length or 0
    return max(_LEAST_PART, -(-length // (_MOST_PARTS * _MIB)) * _MIB)


def part_sizes(upload: Upload) -> list[int]:
    size, length = part_size(upload), upload.length or 0
    return [min(size, length - at) for at in range(0, length, size)]


def addresses(upload: Upload, numbers: Sequence[int]) -> list[tuple[int, str]]:
    """(number, address) for a PUT of each of these parts. Raises UploadClosed, InvalidValue."""
    _require_open(upload)
    sizes, bucket = part_sizes(upload), _bucket()
    if not all(1 <= number <= len(sizes) for number in numbers):
        raise InvalidValue(f"This upload has the parts 1 to {len(sizes)}.", field="numbers")
    seconds = max(1, min(_SECONDS, int((upload.expires_at - timezone.now()).total_seconds())))
    key, name = upload.storage_key, upload.bucket_upload
    return [
        (number, bucket.address(key, name, number=number, size=sizes[number - 1], seconds=seconds))
        for number in numbers
    ]


def parts_there(upload: Upload) -> list[BucketPart]:
    """What the bucket has of an upload under way; none of another."""
    if upload.state != UploadState.OPEN or not upload.bucket_upload:
        return []
    with suppress(FileNotFoundError), _asked():
        return list(_bucket().parts(upload.storage_key, upload.bucket_upload))
    return []


def complete(*, upload_id: uuid.UUID, etags: Mapping[int, str] | None = None) -> Media:
    """Make the media of what is in the bucket, once every part is there with its size, and the ETag if it is given.

    Repeating it returns the same. Raises UploadIncomplete, UploadClosed, InvalidValue (an ETag), BucketAway.
    """
    with exclusive(upload_id.hex):
        upload = Upload.objects.select_related("application", "media").filter(pk=upload_id, door=DOOR).first()
        if upload is None:
            raise NotFound("There is no such upload.")
        if upload.media is not None:
            return upload.media
        _require_open(upload)
        with _asked():
            _put_together(upload, etags or {})
        Upload.objects.filter(pk=upload.pk).update(offset=upload.length, updated_at=timezone.now())
        try:
            media = make_media(upload.id, waits_on="")
        except UploadClosed:
            storage().delete(upload.storage_key)
            raise
        Upload.objects.filter(pk=upload.pk).update(bucket_upload="")
        return media


def abort(*, upload: Upload) -> None:
    """Cancel it, here and in the bucket. Repeating it does no harm; a completed one stays."""
    discard(upload=upload)
    upload.refresh_from_db()
    if upload.state == UploadState.ABORTED:
        _forget(upload)


def forget_ended() -> None:
    """Abort in the bucket what was cancelled or has expired here."""
    for upload in Upload.objects.filter(~Q(bucket_upload=""), state=UploadState.ABORTED)[:_AT_ONCE]:
        _forget(upload)


def _forget(upload: Upload) -> None:
    """Where the bucket doesn't answer, maintenance tries again."""
    bucket = storage().direct
    if not upload.bucket_upload or bucket is None:
        return
    try:
        bucket.abort(upload.storage_key, upload.bucket_upload)
    except OSError as error:
        log.warning("upload %s can't be aborted in the bucket: %s", upload.id, error)
        return
    Upload.objects.filter(pk=upload.pk).update(bucket_upload="")


def _put_together(upload: Upload, etags: Mapping[int, str]) -> None:
    """The object, whole. One that another request completed at this moment is found by its size."""
    bucket, key = _bucket(), upload.storage_key
    try:
        parts = list(bucket.parts(key, upload.bucket_upload))
        _check(parts, sizes=part_sizes(upload), etags=etags)
        bucket.complete(key, upload.bucket_upload, parts)
    except FileNotFoundError:
        if not storage().exists(key):
            raise UploadClosed("The bucket has no such upload any more. Start again.") from None
    if (size := storage().size(key)) != upload.length:
        raise UploadIncomplete(f"The bucket has {size} bytes of it; {upload.length} were announced.")


def _check(parts: list[BucketPart], *, sizes: list[int], etags: Mapping[int, str]) -> None:
    there = {part.number: part for part in parts}
    lacking = [number for number in range(1, len(sizes) + 1) if number not in there]
    if lacking:
        raise UploadIncomplete(f"Part {lacking[0]} has not arrived; {len(lacking)} are missing.")
    for number, part in there.items():
        if number > len(sizes) or part.size != sizes[number - 1]:
            raise UploadIncomplete(f"Part {number} has {part.size} bytes, not as many as it should. Put it again.")
        if etags.get(number, part.etag).strip('"') != part.etag:
            raise InvalidValue(f"Part {number} in the bucket is another one: its ETag is {part.etag}.", field="parts")


def _require_open(upload: Upload) -> None:
    if upload.state != UploadState.OPEN or upload.expires_at < timezone.now() or not upload.bucket_upload:
        raise UploadClosed("This upload is finished, cancelled or expired.")


@contextmanager
def _asked() -> Iterator[None]:
    """Raises BucketAway for what the bucket doesn't answer, and FileNotFoundError for what isn't there."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        log.warning("direct uploads: the bucket does not answer: %s", error)
        raise BucketAway from None


def _bucket() -> "DirectUploads":
    bucket = storage().direct
    if bucket is None:
        raise DirectNotOffered
    return bucket
