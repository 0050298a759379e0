"""The folder for unfinished files: uploads under way and pictures being made; and the space that has to stay free."""

import shutil
from pathlib import Path

from django.conf import settings

from applications.errors import NoSpace


def scratch() -> Path:
    """Safe to empty of old files. Local, and on the storage folder's file system if that is a folder."""
    path = Path(settings.ZOETROPE_DATA_DIR) / "scratch"
    path.mkdir(parents=True, exist_ok=True)
    return path


def reserve(size: int) -> None:
    """Raises NoSpace unless `size` bytes fit and ZOETROPE_MIN_FREE_BYTES remain (invariant I7)."""
    free = shutil.disk_usage(scratch()).free
    if free - size < settings.ZOETROPE_MIN_FREE_BYTES:
        raise NoSpace(
            "There is not enough free disk space for this file. Ask the operator to make room, then try again."
        )
