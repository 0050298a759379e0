"""Files that exist whole or not at all, and never at the price of what they are made from."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from animator.core.errors import ConfigurationUnsupported

# A name may have 255 bytes in all.
MOST_BYTES = 200


def require_apart(source: Path, targets: Sequence[Path]) -> None:
    """Raises ConfigurationUnsupported when one of the files to write is the source by any name, or another of them."""
    for number, target in enumerate(targets):
        if _is_same(source, target):
            raise ConfigurationUnsupported(f"{target.name} is the source itself: choose another name for the output.")
        if any(_is_same(other, target) for other in targets[:number]):
            raise ConfigurationUnsupported(f"Two of the files to write can't both be {target.name}.")


@contextmanager
def beside(targets: Sequence[Path]) -> Iterator[list[Path]]:
    """An empty file for each target beside it, with the same suffix; those that were filled replace them.

    Until the end of the block the targets stay as they were, and they stay so when it fails. A link stays one: what it
    points to is replaced. What is no plain file, such as a device, is written as it is.
    """
    with ExitStack() as folders:
        written = [folders.enter_context(_beside(target)) for target in targets]
        yield written
        for target, path in zip(targets, written, strict=True):
            if path != target and path.stat().st_size:
                os.replace(path, os.path.realpath(target))


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    if target.exists() and not target.is_file():
        yield target
        return
    real = Path(os.path.realpath(target))
    path = real.with_name(f"{_short(real.stem)}.{os.urandom(4).hex()}.part{real.suffix}")
    path.touch(exist_ok=False)
    try:
        if real.exists():
            path.chmod(stat.S_IMODE(real.stat().st_mode))
        yield path
    finally:
        path.unlink(missing_ok=True)


def _short(stem: str) -> str:
    """Begins like the target's name, by which leftovers of a kill are known, and leaves room for more."""
    return os.fsdecode(os.fsencode(stem)[:MOST_BYTES])


def _is_same(one: Path, other: Path) -> bool:
    """The same file by whatever name: another path, a link of either kind, a name that doesn't exist yet."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)
