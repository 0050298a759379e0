"""How the kernel is compiled, and so what its library is called."""

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).parent
# No contraction: a fused multiply-add would round a palette differently on another machine.
COMMON = ("-std=c99", "-fPIC", "-shared", "-ffp-contract=off", "-Wall", "-Wextra")
# A write past a buffer's end stops the child instead of going on with what it broke.
HARDENED = ("-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2")
# A function that no source has fails the build instead of the first load, which would quietly go without the kernel.
# macOS's linker does so by itself and doesn't know the flag; a sanitiser's functions come with the program.
COMPLETE = () if os.uname().sysname == "Darwin" else ("-Wl,-z,defs",)
FAST = (*COMMON, *HARDENED, *COMPLETE, "-O3")
SANITISED = (*COMMON, "-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
             "-fno-sanitize-recover=all", "-DZOETROPE_SANITISED")  # fmt: skip


def flags(*, sanitise: bool = False) -> tuple[str, ...]:
    return SANITISED if sanitise else FAST


def sources() -> list[Path]:
    return sorted(HERE.glob("*.c"))


def library_path(*, sanitise: bool = False) -> Path:
    """Where the library of exactly these sources, flags and machine stands: an old one is never loaded by mistake."""
    system = os.uname()
    digest = hashlib.sha256(repr((flags(sanitise=sanitise), system.machine, system.sysname)).encode())
    for path in sorted(HERE.glob("*.[ch]")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return HERE / f"_kernel{'-sanitised' if sanitise else ''}-{digest.hexdigest()[:16]}.so"
