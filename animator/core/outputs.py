"""Files that exist whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def removed_on_failure(*targets: Path) -> Iterator[None]:
    """When the block fails, the targets that it began to write go; a file that it never touched stays as it was.

    A child that may write a file but not remove it leaves that to its parent.
    """
    before = {target: _stamp(target) for target in targets}
    try:
        yield
    except BaseException:
        for target, stamp in before.items():
            if stamp is None or stamp != _stamp(target):
                with suppress(OSError):
                    target.unlink(missing_ok=True)
        raise


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size
