"""Digests of files, a block at a time."""

import hashlib
from collections.abc import Callable
from typing import BinaryIO

from media_jobs.store.waiting import nobody_waits

_BLOCK = 4 * 1024**2


def hex_digest(file: BinaryIO, *, algorithm: str = "sha256", alive: Callable[[], None] = nobody_waits) -> str:
    """In lower-case hex, from where the file stands to its end. `alive` is called often, and may raise."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    while block := file.read(_BLOCK):
        digest.update(block)
        alive()
    return digest.hexdigest()
