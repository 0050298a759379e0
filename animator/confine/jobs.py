"""What a sandboxed child can be asked to do: a name, JSON in, JSON out. Runs inside the child only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from animator.core.limits import Limits
from animator.core.order import Order
from animator.make.pipeline import animate
from animator.make.poster import still
from animator.read.probe import probe

Arguments = dict[str, Any]
OnProgress = Callable[[float], None]
Job = Callable[[Arguments, OnProgress], Arguments]


def _animate(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    result = animate(
        Path(arguments["source"]),
        Path(arguments["target"]),
        Order.from_dict(arguments["order"]),
        poster=Path(arguments["poster"]) if arguments["poster"] else None,
        limits=Limits.from_dict(arguments["limits"]),
        on_progress=on_progress,
    )
    return result.as_dict()


def _analyse(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    source, limits = Path(arguments["source"]), Limits.from_dict(arguments["limits"])
    found = probe(source, limits=limits, on_progress=lambda done: on_progress(done / 2))
    if arguments["poster"] and found.video_streams:
        still(source, Path(arguments["poster"]), limits=limits)
    return found.as_dict()


def _still(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    source, limits, at = Path(arguments["source"]), Limits.from_dict(arguments["limits"]), arguments["at"]
    if arguments["percent"] is not None:
        at = probe(source, limits=limits).duration * arguments["percent"] / 100
    on_progress(0.5)
    still(
        source,
        Path(arguments["target"]),
        at=at,
        max_edge=max(limits.max_source_width, limits.max_source_height),
        limits=limits,
    )
    return {}


JOBS: dict[str, Job] = {"animate": _animate, "analyse": _analyse, "still": _still}
