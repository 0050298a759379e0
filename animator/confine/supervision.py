"""Looks after one confined child: its progress, its time, its end."""

import contextlib
import math
import os
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any, Self

from animator.confine import verdict
from animator.confine.messages import Inbox, Message, MessageMalformed
from animator.core.errors import SandboxCrashed, SandboxLost
from animator.core.limits import Limits

OnTick = Callable[[float], None]
START_SECONDS = 60.0
STOP_SECONDS = 5.0
# The server says each second that it lives (warm.py). So many seconds without a word: it is stopped or stuck.
SILENCE_SECONDS = 10.0


class RunningChild:
    """The client's end of one job: leaving the `with` block ends the child, whatever it is doing."""

    def __init__(self, channel: socket.socket, watch: socket.socket, limits: Limits, *, proven: bool) -> None:
        self._channel = channel
        self._watch = watch
        self._limits = limits
        self._inbox = Inbox(channel)
        self._exits = Inbox(watch)
        self._answer: Message | None = None
        self._exit: int | None = None
        self._progress = 0.0
        # A server that has yet to import the codecs says nothing until it has.
        self._server = _Silence(SILENCE_SECONDS if proven else START_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Have the child killed if it still lives, and wait until it is gone, so that it touches no file any more.

        The watch is shut down, not merely closed: a fork of this process may hold a copy that would keep it open, and
        the server must notice all the same.
        """
        with self._watch, self._channel, contextlib.suppress(OSError, MessageMalformed):
            self._watch.shutdown(socket.SHUT_WR)
            self._watch.settimeout(STOP_SECONDS)
            while not self._exits.closed:
                self._exits.receive()

    def result(self, *, on_tick: OnTick, tick_seconds: float) -> dict[str, Any]:
        """The job's answer; see Sandbox.animate for the ticks and the errors."""
        try:
            self._wait(on_tick=on_tick, tick_seconds=tick_seconds)
        except MessageMalformed as error:
            raise SandboxCrashed(f"The child that read the file answered with nonsense ({error}).") from error
        if self._answer is None:
            raise verdict.of_death(self._exit or 0, self._limits)
        if isinstance(self._answer.get("result"), dict):
            return dict(self._answer["result"])
        raise verdict.of_answer(self._answer, self._limits)

    def _wait(self, *, on_tick: OnTick, tick_seconds: float) -> None:
        clock = _Watchdog(self._limits)
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            selector.register(self._watch, selectors.EVENT_READ)
            due = time.monotonic() + tick_seconds
            while self._answer is None and self._exit is None:
                ready = selector.select(max(0.0, min(due, clock.deadline) - time.monotonic()))
                self._server.awake()
                if self._take_in({key.fileobj for key, _ in ready}, selector):
                    clock.progressed()
                self._server.check()
                clock.check()
                if time.monotonic() >= due:
                    due = time.monotonic() + tick_seconds
                    on_tick(self._progress)

    def _take_in(self, ready: set[object], selector: selectors.BaseSelector) -> bool:
        """Whether the child gave a sign of life."""
        messages = self._inbox.receive() if self._channel in ready else []
        for message in messages:
            self._take_message(message)
        if self._inbox.closed and self._channel in ready:
            selector.unregister(self._channel)
        if self._watch in ready:
            self._take_exit()
        return bool(messages)

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
        if messages:
            self._server.heard()
        told = {name: value for message in messages for name, value in message.items()}
        if "refused" in told:
            raise OSError(told["refused"], f"No process can be started: {os.strerror(told['refused'])}")
        if "exit" not in told:
            if self._exits.closed:
                raise SandboxLost("The process that runs the codecs died during the job.")
            return
        self._exit = told["exit"]
        self._channel.setblocking(False)
        try:
            while not self._inbox.closed:
                for message in self._inbox.receive():
                    self._take_message(message)
        except BlockingIOError:
            return


class _Silence:
    """How long the server has said nothing while this process was awake to hear it.

    Whoever was stopped for a minute, the server with it or not, has heard nothing for one round, not for a minute.
    """

    def __init__(self, allowed: float) -> None:
        self._allowed = allowed
        self._silent = 0.0
        self._looked = time.monotonic()

    def awake(self) -> None:
        """Count the time since the last look, as far as it can have been spent waiting."""
        now = time.monotonic()
        self._silent += min(now - self._looked, 1.0)
        self._looked = now

    def heard(self) -> None:
        self._silent = 0.0
        self._allowed = min(self._allowed, SILENCE_SECONDS)

    def check(self) -> None:
        """Raises SandboxLost."""
        if self._silent >= self._allowed:
            raise SandboxLost(f"The process that runs the codecs gave no sign of life for {self._allowed:g} s.")


class _Watchdog:
    """Raises SandboxLimitExceeded when a child takes too long, in all or without getting any further."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        now = time.monotonic()
        self._wall = now + START_SECONDS + limits.wall_seconds
        self._stall = now + START_SECONDS + limits.stall_seconds
        self._alive = False

    @property
    def deadline(self) -> float:
        return min(self._wall, self._stall)

    def progressed(self) -> None:
        """The first sign of life starts the clocks: until then the server may still be importing the codecs."""
        now = time.monotonic()
        if not self._alive:
            self._wall = now + self._limits.wall_seconds
        self._alive = True
        self._stall = now + self._limits.stall_seconds

    def check(self) -> None:
        now = time.monotonic()
        if now >= self._wall:
            raise verdict.of_excess("wall", self._limits)
        if now >= self._stall:
            raise verdict.of_excess("stall", self._limits)
