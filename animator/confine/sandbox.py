"""Runs the engine in limited child processes: a crash, a hang or a memory bomb costs a child, never the worker."""

import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animator.confine.messages import Message, send
from animator.confine.server import ServerGone, ServerHandle, can_fork
from animator.confine.supervision import OnTick, RunningChild
from animator.core.errors import SandboxLost, SourceFileError
from animator.core.estimated import Estimate
from animator.core.filmstrip import Filmstrip
from animator.core.highlights import Highlights
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.media import MediaMetaData
from animator.core.order import Order
from animator.core.outputs import beside, require_apart
from animator.core.result import Result
from animator.core.siblings import Beside, sibling_paths
from animator.core.still_set import StillSet

if TYPE_CHECKING:
    from animator.core.stills_order import StillsOrder


def ignore_tick(_: float) -> None:
    """Takes the ticks when nobody asked for them; does nothing."""


# Often enough for whoever waits for the end of a cancelled job; seldom enough to cost nothing.
TICK_SECONDS = 1.0
# Added to a child's niceness: about a third of the processor time of one that it competes with.
GIVES_WAY = 5

_sandboxes: "weakref.WeakSet[Sandbox]" = weakref.WeakSet()


def _forget_servers() -> None:
    for sandbox in _sandboxes:
        sandbox._forget_server()


os.register_at_fork(after_in_child=_forget_servers)


class Sandbox:
    """Runs jobs in confined children. One per process, safe to share between threads.

    The warm server starts with the first job. Arguments:
        limits: bound every job (core/limits.py)
        nice: how much lower the children's precedence is than this process's
        jobs: the module whose JOBS the children know
        forked: for a process with one job to do; the server starts as a fork where that is safe (server.py)
    """

    def __init__(
        self,
        *,
        limits: Limits = DEFAULT_LIMITS,
        nice: int = 5,
        jobs: str = "animator.confine.jobs",
        forked: bool = False,
    ) -> None:
        self.limits = limits
        self._told_limits = limits.as_dict()
        self._nice = nice
        self._jobs = jobs
        self._forked = forked
        self._server: ServerHandle | None = None
        self._forget_server()
        _sandboxes.add(self)

    def animate(
        self,
        source: Path,
        target: Path,
        order: Order,
        *,
        poster: Path | None = None,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> Result:
        """pipeline.animate in a child; siblings are written beside `target`, where the order asks for them.

        `on_tick` is called in this thread with the progress, 0 to 1, every `tick_seconds` while the child lives; an
        exception that it raises kills the child at once and passes through. Raises EngineError's children,
        SandboxCrashed and SandboxLimitExceeded among them, and OSError when the machine's own disk fails.
        """
        arguments = {
            "source": str(source),
            "order": order.as_dict(),
            "name": target.name,
            "poster": None,
            "limits": self._told_limits,
        }
        beside = {f"sibling {kind}": path for kind, path in sibling_paths(target, order.spec.siblings).items()}
        targets = {"target": target, **({"poster": poster} if poster else {}), **beside}
        answer = self._run_for_files(
            "animate", arguments, source=source, targets=targets, on_tick=on_tick, tick_seconds=tick_seconds
        )
        return Result.from_dict(answer)

    def beside(
        self,
        source: Path,
        target: Path,
        recipe: Mapping[str, Any],
        kinds: Sequence[str],
        *,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> Beside:
        """pipeline.beside_in_place in a child, see animate: `target`, the picture, is there already or elsewhere."""
        arguments = {"source": str(source), "recipe": dict(recipe), "kinds": list(kinds), "limits": self._told_limits}
        targets = {f"sibling {kind}": path for kind, path in sibling_paths(target, ",".join(kinds)).items()}
        answer = self._run_for_files(
            "beside", arguments, source=source, targets=targets, on_tick=on_tick, tick_seconds=tick_seconds
        )
        return Beside.from_dict(answer)

    def estimate(
        self, source: Path, order: Order, *, on_tick: OnTick = ignore_tick, tick_seconds: float = TICK_SECONDS
    ) -> Estimate:
        """estimate.estimate in a child; see animate. Nothing is written."""
        return Estimate.from_dict(self._told("estimate", source, order, on_tick=on_tick, tick_seconds=tick_seconds))

    def highlights(
        self, source: Path, order: Order, *, on_tick: OnTick = ignore_tick, tick_seconds: float = TICK_SECONDS
    ) -> Highlights:
        """highlights.highlights in a child; see animate. Nothing is written."""
        return Highlights.from_dict(self._told("highlights", source, order, on_tick=on_tick, tick_seconds=tick_seconds))

    def analyse(
        self,
        source: Path,
        poster: Path | None = None,
        *,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> MediaMetaData:
        """probe.probe, and a poster (.jpg or .webp) of a moment early in the video, in one child; see animate.

        Gives way to jobs whose pictures somebody has asked for.
        """
        arguments = {
            "source": str(source),
            "poster": None,
            "limits": self._told_limits,
        }
        answer = self._run_for_files(
            "analyse",
            arguments,
            source=source,
            targets={"poster": poster} if poster else {},
            nice=GIVES_WAY,
            on_tick=on_tick,
            tick_seconds=tick_seconds,
        )
        return MediaMetaData.from_dict(answer)

    def still(
        self,
        source: Path,
        target: Path,
        *,
        at: float = 0.0,
        percent: float | None = None,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        """poster.still in the source's size, `at` seconds or at `percent` of its duration, in a child; see animate."""
        arguments = {
            "source": str(source),
            "at": at,
            "percent": percent,
            "limits": self._told_limits,
        }
        self._run_for_files(
            "still", arguments, source=source, targets={"target": target}, on_tick=on_tick, tick_seconds=tick_seconds
        )

    def stills(
        self,
        source: Path,
        bundle: Path,
        order: "StillsOrder",
        *,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> StillSet:
        """stills.stills in a child; see animate."""
        arguments = {"source": str(source), "order": order.as_dict(), "limits": self._told_limits}
        answer = self._run_for_files(
            "stills", arguments, source=source, targets={"bundle": bundle}, on_tick=on_tick, tick_seconds=tick_seconds
        )
        return StillSet.from_dict(answer)

    def filmstrip(
        self, source: Path, target: Path, *, on_tick: OnTick = ignore_tick, tick_seconds: float = TICK_SECONDS
    ) -> Filmstrip:
        """filmstrip.filmstrip in a child; see animate."""
        arguments = {"source": str(source), "limits": self._told_limits}
        answer = self._run_for_files(
            "filmstrip",
            arguments,
            source=source,
            targets={"target": target},
            on_tick=on_tick,
            tick_seconds=tick_seconds,
        )
        return Filmstrip.from_dict(answer)

    def proxy(
        self,
        source: Path,
        target: Path,
        *,
        start: float,
        end: float,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        """proxy.proxy in a child; see animate."""
        arguments = {"source": str(source), "start": start, "end": end, "limits": self._told_limits}
        self._run_for_files(
            "proxy", arguments, source=source, targets={"target": target}, on_tick=on_tick, tick_seconds=tick_seconds
        )

    def run(
        self,
        job: str,
        arguments: Mapping[str, Any],
        *,
        readable: Sequence[Path] = (),
        writable: Sequence[Path] = (),
        nice: int = 0,
        on_tick: OnTick = ignore_tick,
        tick_seconds: float = TICK_SECONDS,
    ) -> dict[str, Any]:
        """One job of the jobs module in a child that reaches no other files than these; nice lowers its precedence."""
        request: Message = {
            "job": job,
            "arguments": dict(arguments),
            "limits": self._told_limits,
            "readable": [str(path.absolute()) for path in readable],
            "writable": [str(path.absolute()) for path in writable],
            "nice": nice,
        }
        server, child = self._child(request)
        with child:
            try:
                answer = child.result(on_tick=on_tick, tick_seconds=tick_seconds)
            except SandboxLost:
                self._replace(server)  # first, so that leaving `child` doesn't wait for one that is stopped
                raise
        server.proven = True
        return answer

    def isolation_level(self) -> tuple[str, ...]:
        """What the children are held by on this machine, such as ("limits", "landlock", "no-network").

        Raises SandboxLost when the server doesn't come up.
        """
        server = self._running_server()
        try:
            return server.levels()
        except ServerGone as error:
            self._replace(server)
            raise SandboxLost(f"The process that runs the codecs can't be started: {error}") from error

    def start(self) -> None:
        """Start the warm server ahead of the first job, without waiting for it."""
        self._running_server()

    def close(self) -> None:
        """End the warm server and every child; the next job starts a new one."""
        with self._lock:
            if self._server is not None:
                self._server.close()
            self._server = None

    def _told(
        self, name: str, source: Path, order: Order, *, on_tick: OnTick, tick_seconds: float
    ) -> Mapping[str, Any]:
        """What is found out about an order without making it."""
        arguments = {"source": str(source), "order": order.as_dict(), "limits": self._told_limits}
        return self._run_for_files(
            name, arguments, source=source, targets={}, on_tick=on_tick, tick_seconds=tick_seconds
        )

    def _run_for_files(
        self,
        job: str,
        arguments: Mapping[str, Any],
        *,
        source: Path,
        targets: Mapping[str, Path],
        on_tick: OnTick,
        tick_seconds: float,
        nice: int = 0,
    ) -> dict[str, Any]:
        """Files are made beside the targets, so that the child needs no right to their folder, and replace them then.

        `targets` by their names among the child's arguments.
        """
        if not source.exists():
            raise SourceFileError("The source can't be opened: there is no such file.")
        require_apart(source, list(targets.values()))
        with beside(list(targets.values())) as written:
            places = {name: str(path) for name, path in zip(targets, written, strict=True)}
            return self.run(
                job,
                {**arguments, **places},
                readable=[source],
                writable=written,
                nice=nice,
                on_tick=on_tick,
                tick_seconds=tick_seconds,
            )

    def _child(self, request: Message) -> tuple[ServerHandle, RunningChild]:
        """Raises SandboxLost."""
        server = self._running_server()
        try:
            channel, watch = server.fork_child()
        except ServerGone:
            self._replace(server)
            server = self._running_server()
            try:
                channel, watch = server.fork_child()
            except ServerGone as error:
                raise SandboxLost("The process that runs the codecs can't be started.") from error
        send(channel, request)
        return server, RunningChild(channel, watch, self.limits, proven=server.proven)

    def _replace(self, server: ServerHandle) -> None:
        """End a server that is dead or stopped, children included; the next job starts a new one."""
        with self._lock:
            if self._server is server:
                self._server = None
                server.kill()

    def _forget_server(self) -> None:
        """Begin without a server. A fork of this process does so, too.

        There the server is the parent's, and the old lock may be held by a thread that exists only in the parent.
        """
        self._lock = threading.Lock()
        self._server = None

    def _running_server(self) -> ServerHandle:
        with self._lock:
            if self._server is not None and not self._server.is_alive():
                self._server.close()
                self._server = None
            if self._server is None:
                self._server = self._new_server()
            return self._server

    def _new_server(self) -> ServerHandle:
        if self._forked and can_fork():
            return ServerHandle.fork(nice=self._nice, jobs=self._jobs)
        return ServerHandle.start(nice=self._nice, jobs=self._jobs)
