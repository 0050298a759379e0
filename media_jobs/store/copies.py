"""Copies of a bucket's files on this host: each is fetched once, for all jobs and processes that want it.

They lie below the scratch folder, together no more than ZOETROPE_COPIES_BYTES; the longest unused go first. Whoever
uses one holds a shared lock on it, and nobody takes it away meanwhile.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from applications.errors import NoSpace
from media_jobs.store.exclusive import exclusive
from media_jobs.store.scratch import hold, scratch

_TRIES = 5  # one that was fetched may be taken away again before it is used
_UNUSED = 24 * 3600.0  # seconds


@contextmanager
def copy_of(
    key: str, *, size: Callable[[], int], fetch: Callable[[BinaryIO], None], alive: Callable[[], None]
) -> Iterator[Path]:
    """The copy, made by `fetch` if there is none; `alive` is called while another one fetches it. Raises NoSpace.

    `size` asks the store how many bytes there will be; it and `fetch` raise FileNotFoundError for what isn't there.
    """
    for _ in range(_TRIES):
        with _in_use(path_of(key)) as copy:
            if copy:
                yield copy
                break
        with exclusive(path_of(key).name, alive=alive):
            if not path_of(key).exists():
                _make(path_of(key), size=size(), fetch=fetch)
    else:
        raise OSError(f"A copy of {key} was taken away again and again: is ZOETROPE_COPIES_BYTES too small?")
    _shrink(to=settings.ZOETROPE_COPIES_BYTES)


def keep(path: Path, key: str) -> None:
    """A second name for a file that is on this host anyway: nobody needs to fetch it."""
    with suppress(OSError):
        os.link(path, path_of(key))


def drop(key: str) -> bool:
    """Take the copy away, whoever may use it; False when there is none."""
    try:
        path_of(key).unlink()
    except FileNotFoundError:
        return False
    return True


def tidy() -> None:
    """Let go of what nobody used for a day, and of more when the disk gets full."""
    oldest = time.time() - _UNUSED
    for path in _by_age():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime >= oldest and _has_room():
                return
            _let_go(path)


def path_of(key: str) -> Path:
    folder = scratch() / "copies"
    folder.mkdir(exist_ok=True)
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.copy"


@contextmanager
def _in_use(path: Path) -> Iterator[Path | None]:
    """None when it isn't there (any more)."""
    with ExitStack() as stack:
        yield path if _locked(path, stack) else None


def _locked(path: Path, stack: ExitStack) -> bool:
    try:
        file: BinaryIO = stack.enter_context(path.open("rb"))
        fcntl.flock(file, fcntl.LOCK_SH)
        os.utime(path)
        return os.stat(path).st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def _make(path: Path, *, size: int, fetch: Callable[[BinaryIO], None]) -> None:
    _shrink(to=settings.ZOETROPE_COPIES_BYTES - size)
    draft = scratch() / f"{secrets.token_hex(16)}.copy"
    try:
        with draft.open("xb") as file:
            _hold(file, size)
            fetch(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _hold(file: BinaryIO, size: int) -> None:
    """Other copies give way to this one."""
    for path in [*_by_age(), None]:
        try:
            return hold(file, size)
        except NoSpace:
            if path is None:
                raise
            _let_go(path)


def _shrink(*, to: int) -> None:
    paths = _by_age()
    total = sum(_size(path) for path in paths)
    for path in paths:
        if total <= to:
            return
        size = _size(path)
        total -= size if _let_go(path) else 0


def _let_go(path: Path) -> bool:
    """False when somebody uses it, or it is gone."""
    with suppress(OSError), path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    return False


def _by_age() -> list[Path]:
    """The longest unused first."""
    found = []
    for path in (scratch() / "copies").glob("*.copy"):
        with suppress(FileNotFoundError):
            found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found)]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _has_room() -> bool:
    return bool(shutil.disk_usage(scratch()).free > 2 * settings.ZOETROPE_MIN_FREE_BYTES)
