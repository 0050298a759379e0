"""What must survive a power cut."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """The file's bytes, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
