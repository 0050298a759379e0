"""The folder for unfinished files: uploads under way and pictures being made; and the space that has to stay free."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from applications.errors import NoSpace

_SMALL = 64 * 1024**2  # bytes; of those that aren't counted the web server's threads hold less than has to stay free


def scratch() -> Path:
    """Safe to empty of old files. On the storage folder's file system finished files needn't be copied."""
    path = Path(settings.ZOETROPE_DATA_DIR) / "scratch"
    path.mkdir(parents=True, exist_ok=True)
    return path


def reserve(size: int, *, folder: Path | None = None) -> None:
    """Raises NoSpace unless `size` bytes fit and ZOETROPE_MIN_FREE_BYTES remain (invariant I7), here or in `folder`."""
    if shutil.disk_usage(folder or scratch()).free - size < settings.ZOETROPE_MIN_FREE_BYTES:
        raise NoSpace(
            "There is not enough free disk space for this file. Ask the operator to make room, then try again."
        )


def hold(file: BinaryIO, size: int) -> None:
    """Promise an unfinished file of the scratch folder that it can grow to `size` bytes.

    It is given its length without the bytes, so the file itself says, to every process of every host that sees it, what
    is still to come; promised is what all of them lack together. Raises NoSpace; the file is as long as before then.
    """
    before = os.fstat(file.fileno()).st_size
    if size <= before:
        return reserve(0)
    os.truncate(file.fileno(), size)
    try:
        reserve(size if size < _SMALL else promised())
    except NoSpace:
        os.truncate(file.fileno(), before)
        raise


def promised() -> int:
    """Bytes that unfinished files may still take."""
    with os.scandir(scratch()) as entries:
        return sum(_lacking(entry) for entry in entries)


def _lacking(entry: os.DirEntry[str]) -> int:
    try:
        stat = entry.stat()
    except FileNotFoundError:
        return 0
    return max(0, stat.st_size - stat.st_blocks * 512)
