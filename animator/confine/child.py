"""The confined child's life: read one request, give up rights, do the job, answer, end."""

import errno
import os
import socket
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from animator.confine import isolation
from animator.confine.jobs import Job
from animator.confine.messages import Inbox, Message, send
from animator.core.errors import EngineError, ResultTooLarge, sentence_of
from animator.core.limits import Limits

PROGRESS_SECONDS = 0.05


def serve(channel: socket.socket, jobs: Mapping[str, Job]) -> NoReturn:
    """Never returns into the server's code, whatever happens."""
    try:
        os.setpgid(0, 0)
        isolation.die_with_parent(os.getppid())
        request = _request(channel)
        _confine(request)
        send(channel, {"progress": 0.0})
        send(channel, _answer(jobs[request["job"]], request["arguments"], channel))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _request(channel: socket.socket) -> Message:
    inbox = Inbox(channel)
    while not inbox.closed:
        for message in inbox.receive():
            return message
    raise EOFError("the client went away before it asked for anything")


def _confine(request: Message) -> None:
    os.nice(request["nice"])
    isolation.confine(
        limits=Limits.from_dict(request["limits"]),
        readable=[Path(path) for path in request["readable"]],
        writable=[Path(path) for path in request["writable"]],
    )


def _answer(job: Job, arguments: dict[str, Any], channel: socket.socket) -> Message:
    try:
        return {"result": job(arguments, _Reporter(channel))}
    except EngineError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        return {"error": "SandboxLimitExceeded", "limit": "memory"}
    except OSError as error:
        return _os_error(error)
    except Exception:
        traceback.print_exc()  # into the worker's log: a person is told a sentence
        return {"error": "EngineError", "message": "The engine failed at this file. The server's log has the details."}


def _os_error(error: OSError) -> Message:
    if error.errno == errno.EFBIG:
        message = "The output grew past the largest size that is allowed. Choose a shorter segment or a smaller size."
        return {"error": ResultTooLarge.__name__, "message": message}
    return {"error": "OSError", "errno": error.errno, "message": sentence_of(error)}


class _Reporter:
    """Sends progress, but not more often than anyone can look."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._due = 0.0

    def __call__(self, progress: float) -> None:
        now = time.monotonic()
        if now >= self._due or progress >= 1:
            self._due = now + PROGRESS_SECONDS
            send(self._channel, {"progress": progress})
