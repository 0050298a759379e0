"""From the objects of an upload session to the one file that becomes the media."""

import os
from pathlib import Path

from applications.errors import InvalidValue
from media_jobs.models import StoredObject, Upload
from media_jobs.store.exclusive import exclusive
from media_jobs.store.formats import MANIFESTS
from media_jobs.store.received import object_path
from media_jobs.store.slices import Slice, join_slices
from media_jobs.store.storage import media_key, storage
from media_jobs.uploads.manifests import Manifest, parse_manifest
from media_jobs.uploads.push import pusher

_MAX_MANIFEST_BYTES = 10 * 1024**2


class SegmentMissing(InvalidValue):
    """The manifest names a segment that was not uploaded beside it."""


def media_object(upload: Upload) -> str:
    """The name under which the media itself is put."""
    return f"media.{upload.media_type}"


def cover_object(upload: Upload) -> str:
    """The name under which the announced cover is put, "" when none was announced."""
    return f"cover.{upload.cover_type}" if upload.cover_type else ""


def gather(upload: Upload, *, target: Path) -> None:
    """Put the session's media at `target` and say so in the row; its cover goes to the storage.

    Nothing happens when the bytes came another way or have not come at all. Repeating it does no harm. Raises
    ManifestInvalid, SegmentMissing, NoSpace.
    """
    if upload.is_complete:
        return
    with exclusive(upload.id.hex):
        upload.refresh_from_db()
        media = upload.objects_stored.filter(name=media_object(upload)).first()
        if media is None or upload.is_complete:
            return
        _store_cover(upload)
        if upload.media_type in MANIFESTS:
            _join_segments(upload, manifest=media, target=target)
        else:
            _link(object_path(media.file), target)
        upload.length = upload.offset = target.stat().st_size
        upload.save(update_fields=["length", "offset", "media_type", "storage_key", "poster_key", "updated_at"])


def _store_cover(upload: Upload) -> None:
    cover = upload.objects_stored.filter(name=cover_object(upload)).first()
    if cover is None:
        return
    key = media_key(app_id=upload.application.app_id, file_id=upload.file_id, extension=upload.cover_type)
    copy = object_path(cover.file).with_suffix(".cover")
    _link(object_path(cover.file), copy)
    if not storage().take_in(copy, key):
        pusher.wake()
    upload.poster_key = key


def _join_segments(upload: Upload, *, manifest: StoredObject, target: Path) -> None:
    """The media of a manifest is its segments, one after the other; its type is theirs."""
    if manifest.size > _MAX_MANIFEST_BYTES:
        raise InvalidValue(f"A manifest has at most {_MAX_MANIFEST_BYTES} bytes.")
    text = object_path(manifest.file).read_text(encoding="utf-8", errors="replace")
    parsed = parse_manifest(text, kind=upload.media_type)
    joined = join_slices(_slices(upload, manifest=parsed))
    os.replace(joined, target)
    upload.storage_key = str(Path(upload.storage_key).with_suffix(f".{parsed.extension}"))
    upload.media_type = parsed.extension


def _slices(upload: Upload, *, manifest: Manifest) -> list[Slice]:
    """Names are looked up among this session's own objects, never on the disk."""
    files = {stored.name: stored.file for stored in upload.objects_stored.all()}
    for piece in manifest.pieces:
        if piece.name not in files:
            raise SegmentMissing(f"The segment “{piece.name}” was not uploaded.", field=piece.name)
    return [Slice(path=object_path(files[p.name]), start=p.start, length=p.length) for p in manifest.pieces]


def _link(source: Path, target: Path) -> None:
    """A second name for the same bytes: the object stays until the session has ended."""
    target.unlink(missing_ok=True)
    os.link(source, target)
