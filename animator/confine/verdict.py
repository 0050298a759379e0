"""What a child's end or answer means for the one who asked: an error of ours, never one of the child's choosing."""

import signal

from animator.confine.messages import Message
from animator.core import errors
from animator.core.errors import EngineError, SandboxCrashed, SandboxKilled, SandboxLimitExceeded
from animator.core.limits import Limits

KILLED = (
    "The system killed the process that made this, as it does when the machine runs out of memory. Give the machine "
    "more memory or run fewer jobs at once; or choose a smaller size, a lower frame rate or a shorter segment."
)


def of_death(status: int, limits: Limits) -> EngineError:
    number = max(0, -status)
    if number == signal.SIGXCPU:
        return of_excess("cpu", limits)
    if number == signal.SIGKILL:  # by nobody here: what we kill ourselves, nobody waits for any more
        return SandboxKilled(KILLED)
    how = f"by signal {signal.Signals(number).name}" if number else f"with exit status {status}"
    message = f"The child that read the file died ({how}): the file is damaged in a way that breaks the decoder."
    return SandboxCrashed(message, signal=number)


def of_excess(limit: str, limits: Limits) -> SandboxLimitExceeded:
    sentences = {
        "wall": f"The job took longer than the {limits.wall_seconds:g} s that one job may take.",
        "stall": f"The job made no progress for {limits.stall_seconds:g} s.",
        "cpu": f"The job used more than the {limits.cpu_seconds} CPU seconds that one job may use.",
        "memory": f"The job needed more than the {limits.memory_bytes >> 20} MiB of memory that one job may use.",
    }
    advice = "Choose a shorter segment, a smaller size or a lower frame rate."
    return SandboxLimitExceeded(f"{sentences[limit]} {advice}", limit=limit)


def of_answer(answer: Message, limits: Limits) -> Exception:
    """The child's error as an exception of ours; a name that isn't one of ours becomes a plain EngineError."""
    name, message = str(answer.get("error")), str(answer.get("message", ""))
    if name == "SandboxLimitExceeded" and answer.get("limit") == "memory":
        return of_excess("memory", limits)
    if name == "OSError" and isinstance(answer.get("errno"), int):
        return OSError(answer["errno"], message)
    kind = getattr(errors, name, EngineError)
    if not (isinstance(kind, type) and issubclass(kind, EngineError)):
        kind = EngineError
    return kind(message)
