"""A media's stored source as a file of this host, whole: what is damaged is used by no job."""

import errno
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from animator.core.errors import EngineError
from media_jobs.models import Media
from media_jobs.store.digest import hex_digest
from media_jobs.store.storage import storage

_GOOD_FOR = 24 * 3600.0  # seconds that a file counts as whole that was read through
_REMEMBERED = 1000


class SourceMissing(EngineError):
    code = "SourceFileError.DownloadNotAccessible"

    def __init__(self) -> None:
        super().__init__("The stored file of this media is gone. Upload it again.")


class SourceOnItsWay(BlockingIOError):
    """The host that took the bytes in hasn't pushed them to the store yet."""

    def __init__(self) -> None:
        super().__init__(errno.EAGAIN, "the file is still on its way to the store")


class SourceDamaged(EngineError):
    """The stored bytes are not those that were uploaded."""

    code = "SourceFileError.ContentMalformed"

    def __init__(self) -> None:
        super().__init__("The stored file of this media is damaged: it isn't what was uploaded. Upload it again.")


@contextmanager
def source_of(media: Media, *, alive: Callable[[], None]) -> Iterator[Path]:
    """The file for as long as the context lasts. `alive` is called often meanwhile, and may raise.

    Raises SourceDamaged, FileNotFoundError, NoSpace, or OSError when the store is away.
    """
    for last in (False, True):
        with storage().local(media.storage_key, alive=alive) as path:
            if _is_whole(media, path, alive=alive):
                yield path
                return
        if last or not storage().drop_copy(media.storage_key):  # a copy may have been damaged on its way
            raise SourceDamaged


def missing(media_id: int) -> SourceMissing | SourceOnItsWay:
    """Why the source isn't in the store."""
    waits = Media.objects.filter(pk=media_id).exclude(waits_on="").exists()
    return SourceOnItsWay() if waits else SourceMissing()


def digest_of(media: Media, path: Path, *, alive: Callable[[], None]) -> str:
    """The one that is known of the media, else the one that its file has now."""
    return media.sha256 or _read_through(path, alive=alive)


def _is_whole(media: Media, path: Path, *, alive: Callable[[], None]) -> bool:
    """By its size, and by its digest if that is known and the file isn't so large that reading it would cost too much.

    What is too large is checked by `manage.py verify --deep`.
    """
    if path.stat().st_size != media.size:
        return False
    if not media.sha256 or media.size > settings.ZOETROPE_CHECK_BYTES or _checked.lately(path):
        return True
    whole = _read_through(path, alive=alive) == media.sha256
    if whole:
        _checked.note(path)
    return whole


def _read_through(path: Path, *, alive: Callable[[], None]) -> str:
    with path.open("rb", buffering=0) as file:
        return hex_digest(file, alive=alive)


class _Checked:
    """Files that this process has found whole, and when; the longest forgotten first."""

    def __init__(self) -> None:
        self._at: OrderedDict[tuple[str, int], float] = OrderedDict()

    def lately(self, path: Path) -> bool:
        return time.monotonic() - self._at.get(_identity(path), float("-inf")) < _GOOD_FOR

    def note(self, path: Path) -> None:
        self._at[_identity(path)] = time.monotonic()
        while len(self._at) > _REMEMBERED:
            self._at.popitem(last=False)


def _identity(path: Path) -> tuple[str, int]:
    return str(path), path.stat().st_ino


_checked = _Checked()
