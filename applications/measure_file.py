"""What a process counts in, for /metrics: a mapped file whose blocks are there before anything is written into it.

The library gives such a file its length only. On a full disk the first count would then end the process by SIGBUS, as
it starts: web server, worker, and whatever an operator would find or free the room with. A process that finds no room
counts for itself, and /metrics doesn't have it.
"""

import logging
import mmap
import os
import shutil

from prometheus_client.mmap_dict import _INITIAL_MMAP_SIZE, MmapedDict

log = logging.getLogger(__name__)

_BESIDE_A_KEY = 32  # bytes of a value, its time, the key's length and what fills up


class MeasureFile(MmapedDict):
    def __init__(self, filename: str, read_mode: bool = False) -> None:
        try:
            _allocate(filename, _INITIAL_MMAP_SIZE)
        except OSError as error:
            filename = _in_memory(filename, error)
        super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        """One that is full is doubled by the library."""
        if self._used + len(key.encode()) + _BESIDE_A_KEY > self._capacity:
            try:
                _allocate(self._f.name, 2 * self._capacity)
            except OSError as error:
                self._go_on_in_memory(error)
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _go_on_in_memory(self, error: OSError) -> None:
        """With what it has counted."""
        copy = open(_in_memory(self._f.name, error), "a+b")  # noqa: SIM115  it takes the place of the other
        with open(self._f.name, "rb") as before:
            shutil.copyfileobj(before, copy)
        copy.flush()
        self._f.close()
        self._f, self._m = copy, mmap.mmap(copy.fileno(), self._capacity)


def _allocate(path: str, size: int) -> None:
    """Raises OSError when so many bytes can't be had. Not by a file that appends, which some file systems refuse."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        os.posix_fallocate(descriptor, 0, size)
    finally:
        os.close(descriptor)


def _in_memory(path: str, error: OSError) -> str:
    log.warning("%s can't be written (%s); this process counts for itself.", path, error)
    return f"/proc/self/fd/{os.memfd_create('measures')}"
