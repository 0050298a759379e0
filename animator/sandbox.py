"""Runs the engine in limited child processes: a crash, a hang or a memory bomb costs a child, never the worker."""

import contextlib
import math
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from animator import errors
from animator.errors import EngineError, SandboxCrashed, SandboxLimitExceeded
from animator.limits import DEFAULT_LIMITS, Limits
from animator.messages import Inbox, Message, MessageMalformed, send
from animator.result import MediaMetaData, Result
from animator.server import ServerGone, ServerHandle
from animator.spec import AnimationSpec

OnTick = Callable[[float], None]


def ignore_tick(_: float) -> None:
    """What to do with ticks that nobody asked for."""


class Sandbox:
    """One per process, safe to share between threads; the warm server starts with the first job.

    limits bound every job (limits.py) · nice lowers the children's precedence · jobs names the module whose JOBS the
    children know.
    """

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS, nice: int = 5, jobs: str = "animator.jobs") -> None:
        self.limits = limits
        self._nice = nice
        self._jobs = jobs
        self._lock = threading.Lock()
        self._server: ServerHandle | None = None

    def animate(
        self,
        source: Path,
        target: Path,
        spec: AnimationSpec,
        *,
        start: float | None = 0,
        end: float | None = 0,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = 5.0,
    ) -> Result:
        """pipeline.animate in a child.

        `on_tick` is called in this thread with the progress, 0 to 1, at each message and at least every `tick_seconds`;
        an exception that it raises kills the child at once and passes through. Raises EngineError's children,
        SandboxCrashed and SandboxLimitExceeded among them, and OSError when the machine's own disk fails.
        """
        arguments = {
            "source": str(source),
            "target": str(target),
            "spec": spec.as_dict(),
            "start": start,
            "end": end,
            "limits": self.limits.as_dict(),
        }
        answer = self._run_for_file(
            "animate", arguments, source=source, target=target, on_tick=on_tick, tick_seconds=tick_seconds
        )
        return Result.from_dict(answer)

    def analyse(
        self, source: Path, poster: Path | None = None, *, on_tick: OnTick = ignore_tick, tick_seconds: float = 5.0
    ) -> MediaMetaData:
        """probe.probe, and a poster (.jpg or .webp) of a moment early in the video, in one child; see animate."""
        arguments = {
            "source": str(source),
            "poster": str(poster) if poster else None,
            "limits": self.limits.as_dict(),
        }
        answer = self._run_for_file(
            "analyse", arguments, source=source, target=poster, on_tick=on_tick, tick_seconds=tick_seconds
        )
        return MediaMetaData.from_dict(answer)

    def run(
        self,
        job: str,
        arguments: Mapping[str, Any],
        *,
        readable: Sequence[Path] = (),
        writable: Sequence[Path] = (),
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = 5.0,
    ) -> dict[str, Any]:
        """One job of the jobs module in a child that reaches no other files than these."""
        request: Message = {
            "job": job,
            "arguments": dict(arguments),
            "limits": self.limits.as_dict(),
            "readable": [str(path.absolute()) for path in readable],
            "writable": [str(path.absolute()) for path in writable],
        }
        with self._child(request) as child:
            return child.result(on_tick=on_tick, tick_seconds=tick_seconds)

    def isolation_level(self) -> tuple[str, ...]:
        """What the children are held by on this machine, such as ("limits", "landlock", "no-network")."""
        return self._running_server().levels

    def close(self) -> None:
        """End the warm server and every child; the next job starts a new one."""
        with self._lock:
            if self._server is not None:
                self._server.close()
            self._server = None

    def _run_for_file(
        self,
        job: str,
        arguments: Mapping[str, Any],
        *,
        source: Path,
        target: Path | None,
        on_tick: OnTick,
        tick_seconds: float,
    ) -> dict[str, Any]:
        if not source.exists():
            raise errors.SourceFileError("The source can't be opened: there is no such file.")
        try:
            return self.run(
                job,
                arguments,
                readable=[source],
                writable=[target.parent] if target else [],
                on_tick=on_tick,
                tick_seconds=tick_seconds,
            )
        except BaseException:
            if target is not None:
                target.unlink(missing_ok=True)
            raise

    def _child(self, request: Message) -> "_Child":
        try:
            channel, watch = self._running_server().fork_child()
        except ServerGone:
            self.close()
            channel, watch = self._running_server().fork_child()
        send(channel, request)
        return _Child(channel, watch, self.limits)

    def _running_server(self) -> ServerHandle:
        with self._lock:
            if self._server is None or not self._server.is_ours():
                self._server = ServerHandle.start(nice=self._nice, jobs=self._jobs)
            return self._server


class _Child:
    """The client's end of one job."""

    def __init__(self, channel: socket.socket, watch: socket.socket, limits: Limits) -> None:
        self._channel = channel
        self._watch = watch
        self._limits = limits
        self._inbox = Inbox(channel)
        self._exits = Inbox(watch)
        self._answer: Message | None = None
        self._exit: int | None = None
        self._progress = 0.0

    def __enter__(self) -> "_Child":
        return self

    def __exit__(self, *_: object) -> None:
        """Shut, not merely closed: a fork of this process may hold copies, and the server must notice all the same."""
        for end in (self._watch, self._channel):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def result(self, *, on_tick: OnTick, tick_seconds: float) -> dict[str, Any]:
        clock = _Watchdog(self._limits)
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            selector.register(self._watch, selectors.EVENT_READ)
            due = time.monotonic() + tick_seconds
            while self._answer is None and self._exit is None:
                ready = selector.select(max(0.0, min(due, clock.deadline) - time.monotonic()))
                if self._take_in({key.fileobj for key, _ in ready}, selector):
                    clock.progressed()
                elif time.monotonic() < due:
                    clock.check()
                    continue
                due = time.monotonic() + tick_seconds
                on_tick(self._progress)
                clock.check()
        return self._judged()

    def _take_in(self, ready: set[object], selector: selectors.BaseSelector) -> bool:
        """Whether the child got any further."""
        before = self._progress
        if self._channel in ready:
            self._take_messages(selector)
        if self._watch in ready:
            self._take_exit()
        return self._progress != before

    def _take_messages(self, selector: selectors.BaseSelector) -> None:
        try:
            for message in self._inbox.receive():
                self._take_message(message)
        except MessageMalformed as error:
            raise SandboxCrashed(f"The child that read the file answered with nonsense ({error}).") from error
        if self._inbox.closed:
            selector.unregister(self._channel)

    def _take_message(self, message: Message) -> None:
        if "progress" not in message:
            self._answer = message
            return
        progress = message["progress"]
        if not isinstance(progress, int | float) or not math.isfinite(progress):
            raise MessageMalformed("progress that isn't a number")
        self._progress = min(1.0, max(self._progress, float(progress)))

    def _take_exit(self) -> None:
        """The server writes after the child's last word, but what the child said may still wait in the channel."""
        messages = self._exits.receive()
        if not messages and not self._exits.closed:
            return
        self._exit = messages[0]["exit"] if messages else -signal.SIGKILL
        self._channel.setblocking(False)
        try:
            while not self._inbox.closed:
                for message in self._inbox.receive():
                    self._take_message(message)
        except BlockingIOError:
            return

    def _judged(self) -> dict[str, Any]:
        if self._answer is None:
            raise _death(self._exit or 0, self._limits)
        if isinstance(self._answer.get("result"), dict):
            return dict(self._answer["result"])
        raise _raised(self._answer, self._limits)


class _Watchdog:
    """Raises SandboxLimitExceeded when a child takes too long, in all or without getting any further."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        now = time.monotonic()
        self._wall = now + limits.wall_seconds
        self._stall = now + limits.stall_seconds

    @property
    def deadline(self) -> float:
        return min(self._wall, self._stall)

    def progressed(self) -> None:
        self._stall = time.monotonic() + self._limits.stall_seconds

    def check(self) -> None:
        now = time.monotonic()
        if now >= self._wall:
            raise _exceeded("wall", self._limits)
        if now >= self._stall:
            raise _exceeded("stall", self._limits)


def _death(status: int, limits: Limits) -> EngineError:
    number = max(0, -status)
    if number == signal.SIGXCPU:
        return _exceeded("cpu", limits)
    how = f"by signal {signal.Signals(number).name}" if number else f"with exit status {status}"
    message = f"The child that read the file died ({how}): the file is damaged in a way that breaks the decoder."
    return SandboxCrashed(message, signal=number)


def _exceeded(limit: str, limits: Limits) -> SandboxLimitExceeded:
    sentences = {
        "wall": f"The job took longer than the {limits.wall_seconds:g} s that one job may take.",
        "stall": f"The job made no progress for {limits.stall_seconds:g} s.",
        "cpu": f"The job used more than the {limits.cpu_seconds} CPU seconds that one job may use.",
        "memory": f"The job needed more than the {limits.memory_bytes >> 20} MiB of memory that one job may use.",
    }
    advice = "Choose a shorter segment, a smaller size or a lower frame rate."
    return SandboxLimitExceeded(f"{sentences[limit]} {advice}", limit=limit)


def _raised(answer: Message, limits: Limits) -> Exception:
    """The child's error as an exception of ours; a name that isn't one of ours becomes a plain EngineError."""
    name, message = str(answer.get("error")), str(answer.get("message", ""))
    if name == "SandboxLimitExceeded" and answer.get("limit") == "memory":
        return _exceeded("memory", limits)
    if name == "OSError" and isinstance(answer.get("errno"), int):
        return OSError(answer["errno"], message)
    kind = getattr(errors, name, EngineError)
    if not (isinstance(kind, type) and issubclass(kind, EngineError)):
        kind = EngineError
    return kind(message)
