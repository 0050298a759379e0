"""Compiles the kernel: `python -m animator.kernel.build [--optional] [--sanitise]`, prints the library's path.

A plain shared library for ctypes, not an extension module: a machine with a C compiler but no Python headers will do.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from animator.kernel.recipe import HERE, flags, library_path, sources

ADVICE = "install one (Debian: apt-get install gcc libc6-dev) or set CC, then do this again."
LOST = (
    "The engine's kernel was not built. Everything works without it, but GIFs are made by FFmpeg's palette filters and "
    "WebPs of whole pictures: they take longer and become larger."
)


class KernelNotBuilt(RuntimeError):
    """The kernel could not be compiled; the text says why."""


def build(*, sanitise: bool = False) -> Path:
    """Compile unless it is done already. Raises KernelNotBuilt. Two at once do no harm: it ends with a rename."""
    target = library_path(sanitise=sanitise)
    if target.exists():
        return target
    try:
        with tempfile.TemporaryDirectory(dir=HERE, prefix=".build-") as scratch:
            made = Path(scratch) / target.name
            compile_to(made, sanitise=sanitise)
            made.replace(target)
    except OSError as error:
        raise KernelNotBuilt(f"{HERE} can't be written: {error}") from error
    remove_older(target)
    return target


def compile_to(target: Path, *, sanitise: bool) -> None:
    cc = compiler()
    command = [*cc, *flags(sanitise=sanitise), "-o", str(target), *map(str, sources())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own arguments)
    except OSError as error:
        raise KernelNotBuilt(f"{cc[0]} can't be run ({error.strerror}); {ADVICE}") from error
    if done.returncode:
        raise KernelNotBuilt(f"{' '.join(cc)} failed:\n{done.stderr}")


def compiler() -> list[str]:
    """The C compiler to use: $CC, else the first of cc, gcc, clang that is there."""
    if chosen := os.environ.get("CC", "").split():
        return chosen
    found = next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))), None)
    if found is None:
        raise KernelNotBuilt(f"no C compiler found; {ADVICE}")
    return [found]


def remove_older(current: Path) -> None:
    kind = current.name.rsplit("-", 1)[0]
    for path in HERE.glob(f"{kind}-????????????????.so"):
        if path != current:
            path.unlink(missing_ok=True)


def main() -> int:
    """Exit status: 0 built, 1 not built; 0 all the same when it is optional."""
    parser = argparse.ArgumentParser(prog="python -m animator.kernel.build", description="Compile the engine's kernel.")
    parser.add_argument("--sanitise", action="store_true", help="check addresses and undefined behaviour (for tests)")
    parser.add_argument("--optional", action="store_true", help="go on without it where it can't be built")
    options = parser.parse_args()
    try:
        sys.stdout.write(f"{build(sanitise=options.sanitise)}\n")
    except KernelNotBuilt as error:
        sys.stderr.write(f"{LOST} Why: {error}\n")
        return 0 if options.optional else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
