"""What a process gives up before codec code in it reads a stranger's file. Linux can take the most away, others less.

`enclose` is for the warm server, once; `confine` for each child it forks (warm.py).
"""

import ctypes
import os
import resource
import signal
import site
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from animator.confine import landlock
from animator.core.limits import Limits

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWNET = 0x40000000
CLONE_NEWUSER = 0x10000000
OOM_SCORE = 800
MAX_FILES = 64
# Seconds between SIGXCPU, which tells us why a child died, and SIGKILL, which a child can't ignore.
CPU_GRACE = 5

_libc = ctypes.CDLL(None, use_errno=True)


def enclose(*, nice: int) -> tuple[str, ...]:
    """Give up new privileges, the network and precedence, for this process and all its children.

    Returns the names of the protections that this system has granted, such as ("limits", "landlock", "no-network").
    """
    # Whatever the parent's is: codec code that never yields must not hold a core as real-time threads do.
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(nice)
    _prefer_for_oom_kill()
    levels = ["limits"]
    if _prctl(PR_SET_NO_NEW_PRIVS, 1):
        levels.append("no-new-privileges")
    if landlock.version() > 0:
        levels.append("landlock")
    if _leave_network():
        levels.append("no-network")
    return tuple(levels)


def confine(*, limits: Limits, readable: Sequence[Path], writable: Sequence[Path]) -> None:
    """Limit this process for good: memory, CPU, bytes written, open files, and which files it can reach at all."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, hard=limits.cpu_seconds + CPU_GRACE)
    _limit(resource.RLIMIT_FSIZE, limits.max_output_bytes)
    _limit(resource.RLIMIT_NOFILE, MAX_FILES)
    _limit(resource.RLIMIT_RTPRIO, 0)
    landlock.restrict(readable=[*readable, *_libraries()], writable=writable)


def die_with_parent(parent: int) -> None:
    """SIGKILL this process when the one that forked it dies, kill -9 included."""
    if _prctl(PR_SET_PDEATHSIG, signal.SIGKILL) and os.getppid() != parent:
        os._exit(1)


def _libraries() -> list[Path]:
    """Code that a child may still import or load."""
    installed = {str(Path(os.__file__).parent), *site.getsitepackages()}
    found = [*installed, *_homes("av", "PIL", "numpy"), str(Path(__file__).parents[1]), "/usr/lib", "/lib", "/lib64"]
    return [Path(path) for path in found if Path(path).exists()]


def _homes(*packages: str) -> set[str]:
    """The folders that hold these packages: the user's own, or another environment's, as well as this one's."""
    found = (find_spec(name) for name in packages)
    return {str(Path(spec.origin).resolve().parents[1]) for spec in found if spec and spec.origin}


def _limit(which: int, soft: int, *, hard: int | None = None) -> None:
    hard = soft if hard is None else hard
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def _prefer_for_oom_kill() -> None:
    try:
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))
    except OSError:
        return


def _prctl(option: int, value: int) -> bool:
    return sys.platform == "linux" and bool(_libc.prctl(option, value, 0, 0, 0) == 0)


def _leave_network() -> bool:
    """Into an empty network namespace: as root directly, else by way of a user namespace where the kernel lets us."""
    if sys.platform != "linux":
        return False
    return any(_libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))
