"""The only code that touches media bytes. Keys are drawn here, never taken from a user's file name.

A key is `<app_id>/<file_id>/<unguessable>/<plain name>`: its third part is what a media URL's secrecy rests on.
Files are durable before a row names them (invariant I3), and no key is ever written twice.
"""

import errno
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from applications.durable import flush
from media_jobs.store.copying import copy_bytes
from media_jobs.store.exclusive import exclusive
from media_jobs.store.scratch import reserve
from media_jobs.store.waiting import nobody_waits

if TYPE_CHECKING:
    from media_jobs.store.direct import DirectUploads

_TRIES = 5
# <app_id>/<file_id>/<unguessable, or a lease token>/v.mp4, v.f20000.gif; .v.mp4.<random>.part while it is copied
_OWN_KEY = re.compile(r"[0-9]{1,19}/[0-9]{1,20}/[A-Za-z0-9_-]{24,32}/\.?v\.[a-z0-9.]{1,60}")


class Storage(Protocol):
    @property
    def direct(self) -> "DirectUploads | None":
        """Where clients put files themselves; None when they can't."""

    def adopt(self, path: Path, key: str, *, alive: Callable[[], None] = nobody_waits) -> None:
        """Take a finished local file in under `key`, durably; `path` is gone afterwards. Repeating it does no harm.

        `alive` is called about once a second or more often, and may raise.
        """

    def copy(self, key: str, target: str, *, alive: Callable[[], None] = nobody_waits) -> None:
        """The bytes of `key` under another one, too, durably, as if they had been adopted there. `alive` as above.

        Raises FileNotFoundError.
        """

    def take_in(self, path: Path, key: str) -> bool:
        """As `adopt`, but at once: False when the file is durable on this host only, and waits to be pushed."""

    def push(self, key: str) -> None:
        """What waits on this host, to where all hosts see it. Raises OSError; repeating it does no harm."""

    def reserve(self, size: int) -> None:
        """Raises NoSpace when a file of `size` bytes couldn't be kept."""

    def exists(self, key: str) -> bool: ...

    def open(self, key: str) -> BinaryIO:
        """For reading; seekable. Raises FileNotFoundError."""

    def size(self, key: str) -> int:
        """Bytes. Raises FileNotFoundError."""

    def link(self, key: str, *, method: str, seconds: int, headers: Mapping[str, str]) -> str:
        """Where a client gets it without us, with these headers, for so long; "" when it is to be served from here.

        `method` is GET or HEAD; of `headers` Content-Type, Content-Disposition and Cache-Control count.
        """

    def local(self, key: str, *, alive: Callable[[], None] = nobody_waits) -> AbstractContextManager[Path]:
        """The bytes as a local file for as long as the context lasts. Raises FileNotFoundError.

        While they are fetched `alive` is called about once a second or more often, and may raise.
        """

    def drop_copy(self, key: str) -> bool:
        """Forget what `local` may have kept, so that it is fetched anew; False when it keeps no copies."""

    def delete(self, key: str) -> None:
        """Gone, also if it was never there."""

    def all_keys(self, *, below: str = "") -> Iterator[str]:
        """What is stored, whoever put it there, in no order, a page at a time; `below`: of this first part alone."""

    def probe(self) -> None:
        """Raises OSError when nothing could be written now; for /readyz."""


class LocalDisk:
    """Files below one folder. From a scratch folder on another file system they are copied, else only renamed."""

    direct = None

    def __init__(self, root: Path) -> None:
        self.root = root

    def take_in(self, path: Path, key: str) -> bool:
        self.adopt(path, key)
        return True

    def push(self, key: str) -> None:
        """Nothing waits: all of it is here."""

    def adopt(self, path: Path, key: str, *, alive: Callable[[], None] = nobody_waits) -> None:
        target = self._path(key)
        _make_folder(target.parent)
        try:
            flush(path)
            self._move(path, target)
        except FileNotFoundError:
            if not target.exists():
                raise
        flush(target.parent)

    def copy(self, key: str, target: str, *, alive: Callable[[], None] = nobody_waits) -> None:
        """A second name for the same bytes, which nobody ever writes into; a real copy where that can't be."""
        source, path = self._path(key), self._path(target)
        _make_folder(path.parent)
        try:
            os.link(source, path)
        except FileNotFoundError:
            raise
        except OSError:
            self._copy(source, path)
        flush(path.parent)

    def _move(self, path: Path, target: Path) -> None:
        try:
            os.replace(path, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with exclusive(target.parent.name):  # one copies, whoever else comes finds it done
                if not target.exists():
                    self._copy(path, target)
                path.unlink(missing_ok=True)

    def _copy(self, path: Path, target: Path) -> None:
        """`target` appears whole or not at all; half a copy is a file that no row names (maintenance/orphans.py)."""
        size = path.stat().st_size
        self.reserve(size)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
        try:
            with path.open("rb", buffering=0) as source, draft.open("xb", buffering=0) as copy:
                copy_bytes(source, copy, length=size)
                if copy.tell() != size:
                    raise OSError(f"{copy.tell()} of {size} bytes of {target.name} were copied.")
                os.fsync(copy.fileno())
            os.rename(draft, target)
        finally:
            draft.unlink(missing_ok=True)

    def reserve(self, size: int) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        reserve(size, folder=self.root)

    def exists(self, key: str) -> bool:
        return self._path(key).exists()

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def size(self, key: str) -> int:
        return self._path(key).stat().st_size

    def link(self, key: str, *, method: str, seconds: int, headers: Mapping[str, str]) -> str:
        return ""

    @contextmanager
    def local(self, key: str, *, alive: Callable[[], None] = nobody_waits) -> Iterator[Path]:
        path = self._path(key)
        if not path.exists():
            raise FileNotFoundError(key)
        yield path

    def drop_copy(self, key: str) -> bool:
        return False

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        for folder in list(path.parents)[: key.count("/")]:
            try:
                folder.rmdir()
            except OSError:
                return

    def all_keys(self, *, below: str = "") -> Iterator[str]:
        for folder, _, names in os.walk(self.root / below):
            prefix = folder[len(str(self.root)) + 1 :]
            yield from (f"{prefix}/{name}" if prefix else name for name in names)

    def probe(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        mark = self.root / f".probe-{secrets.token_hex(4)}"
        mark.touch()
        mark.unlink()

    def _path(self, key: str) -> Path:
        path = (self.root / key).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise FileNotFoundError(key)
        return path


@cache
def storage() -> Storage:
    """The one that STORAGE_URL names."""
    url = urlsplit(settings.STORAGE_URL)
    if url.scheme == "file":
        return LocalDisk(Path(url.path))
    from media_jobs.store.s3 import S3Bucket  # its library takes long to import, and most installations need none

    return S3Bucket.from_url(settings.STORAGE_URL)


def media_key(*, app_id: int, file_id: str, extension: str) -> str:
    return f"{app_id}/{file_id}/{secrets.token_urlsafe(18)}/v.{extension}"


def is_own_key(key: str) -> bool:
    """Whether it has the shape of the keys that are drawn here. Anything else in the store is somebody else's."""
    return _OWN_KEY.fullmatch(key) is not None


def owner_of(key: str) -> tuple[int, str]:
    """(app_id, file_id) of a key of our own."""
    app_id, file_id, *_ = key.split("/")
    return int(app_id), file_id


def media_path(key: str) -> str:
    """Within this origin, whatever name the visitor came by; "" for no key."""
    return reverse("media", args=[key]) if key else ""


def url_of(key: str) -> str:
    """The address that callbacks, API answers and pages give out for stored bytes; "" for no key."""
    return settings.ZOETROPE_PUBLIC_URL + media_path(key) if key else ""


def _make_folder(folder: Path) -> None:
    """Whoever deletes a neighbour may take an empty folder above away meanwhile."""
    for _ in range(_TRIES):
        with suppress(FileNotFoundError):
            return folder.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
