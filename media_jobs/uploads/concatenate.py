"""One file of pieces that came side by side (tus concatenation), each of which was an upload of its own."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from applications.errors import InvalidValue
from applications.models import Application, User
from applications.transactions import atomic
from media_jobs.models import Upload
from media_jobs.states import UploadState
from media_jobs.store.copying import copy_bytes
from media_jobs.uploads.part import locked, part_path
from media_jobs.uploads.refusals import BytesElsewhere, UploadClosed, UploadIncomplete
from media_jobs.uploads.services import Wanted, begin, discard

MOST_PIECES = 100
_TAKEN = "One of the pieces was put into a file already, cancelled, or has expired."


def concatenate(
    pieces: Sequence[Upload], *, application: Application, wanted: Wanted, door: str, user: User | None
) -> Upload:
    """A new upload that is complete: the bytes of `pieces`, one after the other. They are gone afterwards.

    `wanted.length` is theirs together (`length_of`). Should anything break off, the pieces are still there, and asking
    again makes the file. Raises UploadBusy while one of them is being written, BytesElsewhere, and what `begin` raises.
    """
    upload = begin(application=application, wanted=wanted, door=door, user=user)
    try:
        with ExitStack() as stack:
            for piece in pieces:
                stack.enter_context(locked(piece.id))
            _check_open(pieces)
            upload.offset = _copied(pieces, target=part_path(upload.id))
            _take_over(upload, pieces)
    except FileNotFoundError:
        discard(upload=upload)
        raise BytesElsewhere from None
    except BaseException:
        discard(upload=upload)
        raise
    return upload


@atomic
def _take_over(upload: Upload, pieces: Sequence[Upload]) -> None:
    """The bytes count for the file and no longer for its pieces, at one stroke, so that nobody makes two of them."""
    upload.save(update_fields=["offset", "updated_at"])
    for piece in pieces:
        discard(upload=piece)


def _check_open(pieces: Sequence[Upload]) -> None:
    """As they are now: while they weren't ours, somebody else may have made a file of them. Raises UploadClosed."""
    keys = [piece.pk for piece in pieces]
    if Upload.objects.filter(pk__in=keys, state=UploadState.OPEN).count() < len(keys):
        raise UploadClosed(_TAKEN)


def _copied(pieces: Sequence[Upload], *, target: Path) -> int:
    """Bytes that are safely in `target` then."""
    with target.open("r+b", buffering=0) as whole:
        for piece in pieces:
            with part_path(piece.id).open("rb", buffering=0) as part:
                copy_bytes(part, whole, length=piece.offset)
        os.fsync(whole.fileno())
        return whole.tell()


def length_of(pieces: Sequence[Upload]) -> int:
    """Bytes of all together. Raises InvalidValue, UploadClosed or UploadIncomplete when no file can be made of them."""
    if not 1 <= len(pieces) <= MOST_PIECES or len({piece.pk for piece in pieces}) < len(pieces):
        raise InvalidValue(f"A file is made of 1 to {MOST_PIECES} different pieces.", field="Upload-Concat")
    for piece in pieces:
        if not piece.is_partial:
            raise InvalidValue("Only uploads that were begun as partial can be put together.", field="Upload-Concat")
        if piece.state != UploadState.OPEN:
            raise UploadClosed(_TAKEN)
        if not piece.is_complete:
            raise UploadIncomplete("One of the pieces has not arrived completely.")
    total = sum(piece.offset for piece in pieces)
    if not total:
        raise InvalidValue("The file is empty (0 bytes).", field="Upload-Concat")
    return total
