"""The only code that touches media bytes. Keys are drawn here, never taken from a user's file name.

A key is `<app_id>/<file_id>/<unguessable>/<plain name>`: its third part is what a media URL's secrecy rests on.
Files are durable before a row names them (invariant I3), and no key is ever written twice.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse


class Storage(Protocol):
    def adopt(self, path: Path, key: str) -> None:
        """Take a finished local file in under `key`, durably; `path` is gone afterwards. Repeating it does no harm."""

    def exists(self, key: str) -> bool: ...

    def open(self, key: str) -> BinaryIO:
        """For reading; seekable. Raises FileNotFoundError."""

    def size(self, key: str) -> int:
        """Bytes. Raises FileNotFoundError."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """The bytes as a local file for as long as the context lasts. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Gone, also if it was never there."""

    def keys(self, *, older_than: timedelta) -> Iterator[str]:
        """What is stored and was not written since then, in no order."""

    def probe(self) -> None:
        """Raises OSError when nothing could be written now; for /readyz."""


class LocalDisk:
    """Files below one folder, which must be on one file system with the scratch folder for renames to be atomic."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def adopt(self, path: Path, key: str) -> None:
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _flush(path)
            os.replace(path, target)
        except FileNotFoundError:
            if not target.exists():
                raise
        _flush(target.parent)

    def exists(self, key: str) -> bool:
        return self._path(key).exists()

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def size(self, key: str) -> int:
        return self._path(key).stat().st_size

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        if not path.exists():
            raise FileNotFoundError(key)
        yield path

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        for folder in list(path.parents)[: key.count("/")]:
            try:
                folder.rmdir()
            except OSError:
                return

    def keys(self, *, older_than: timedelta) -> Iterator[str]:
        oldest = time.time() - older_than.total_seconds()
        for path in self.root.rglob("*"):
            if path.is_file() and path.stat().st_mtime < oldest:
                yield path.relative_to(self.root).as_posix()

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


def url_of(key: str) -> str:
    """The address that callbacks, API answers and pages give out for stored bytes; "" for no key."""
    return settings.ZOETROPE_PUBLIC_URL + reverse("media", args=[key]) if key else ""


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
