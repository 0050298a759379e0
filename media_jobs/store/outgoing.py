"""Finished files that wait on this host until they are in the bucket. The folder is the list: it survives any crash."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from applications.durable import flush
from media_jobs.store.scratch import scratch

_FOR_SLASH = ","  # which is in no key

announced: list[Callable[[], None]] = []  # what whoever pushes wants to be called by


def put(path: Path, key: str) -> None:
    """Move the file there, durably. Raises FileNotFoundError."""
    flush(path)
    os.replace(path, path_of(key))
    flush(path_of(key).parent)


def announce() -> None:
    """Something waits that no row of an upload tells of."""
    for call in announced:
        call()


def path_of(key: str) -> Path:
    folder = scratch() / "outgoing"
    folder.mkdir(exist_ok=True)
    return folder / key.replace("/", _FOR_SLASH)


def drop(key: str) -> None:
    """It is in the bucket, or nobody wants it any more."""
    path_of(key).unlink(missing_ok=True)


def waiting() -> Iterator[str]:
    """Keys, the smallest file first, so that many don't wait for one."""
    folder = scratch() / "outgoing"
    found = [(entry.stat().st_size, entry.name) for entry in os.scandir(folder)] if folder.exists() else []
    yield from (name.replace(_FOR_SLASH, "/") for _, name in sorted(found))
