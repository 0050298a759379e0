"""What a sandboxed child can be asked to do: a name, JSON in, JSON out. Runs inside the child only.

What makes a picture is imported with this module, all else by the job that needs it: the command line starts a server
for one job alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from animator.core.limits import Limits
from animator.core.order import Order
from animator.core.siblings import named
from animator.make.pipeline import animate_in_place, beside_in_place
from animator.make.recipe import fingerprint

Arguments = dict[str, Any]
OnProgress = Callable[[float], None]
Job = Callable[[Arguments, OnProgress], Arguments]


def _animate(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    order = Order.from_dict(arguments["order"])
    result = animate_in_place(
        Path(arguments["source"]),
        Path(arguments["target"]),
        order,
        name=arguments["name"],
        poster=Path(arguments["poster"]) if arguments["poster"] else None,
        files={kind: Path(arguments[f"sibling {kind}"]) for kind in named(order.spec.siblings)},
        limits=Limits.from_dict(arguments["limits"]),
        on_progress=on_progress,
    )
    return result.as_dict()


def _beside(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    made = beside_in_place(
        Path(arguments["source"]),
        {kind: Path(arguments[f"sibling {kind}"]) for kind in arguments["kinds"]},
        arguments["recipe"],
        limits=Limits.from_dict(arguments["limits"]),
        on_progress=on_progress,
    )
    return made.as_dict()


def _estimate(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.make.estimate import estimate

    limits = Limits.from_dict(arguments["limits"])
    order = Order.from_dict(arguments["order"])
    return estimate(Path(arguments["source"]), order, limits=limits, on_progress=on_progress).as_dict()


def _analyse(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.make.poster import still
    from animator.read.probe import probe

    source, limits = Path(arguments["source"]), Limits.from_dict(arguments["limits"])
    found = probe(source, limits=limits, on_progress=lambda done: on_progress(done / 2))
    if arguments["poster"] and found.video_streams:
        still(source, Path(arguments["poster"]), limits=limits)
    return found.as_dict()


def _still(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.make.poster import still
    from animator.read.probe import probe

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


def _stills(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.core.stills_order import StillsOrder
    from animator.make.stills import stills

    made = stills(
        Path(arguments["source"]),
        Path(arguments["bundle"]),
        StillsOrder.from_dict(arguments["order"]),
        limits=Limits.from_dict(arguments["limits"]),
        on_progress=on_progress,
    )
    return made.as_dict()


def _filmstrip(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.make.filmstrip import filmstrip

    source, limits = Path(arguments["source"]), Limits.from_dict(arguments["limits"])
    return filmstrip(source, Path(arguments["target"]), limits=limits, on_progress=on_progress).as_dict()


def _proxy(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.make.proxy import proxy

    proxy(
        Path(arguments["source"]),
        Path(arguments["target"]),
        start=arguments["start"],
        end=arguments["end"],
        limits=Limits.from_dict(arguments["limits"]),
        on_progress=on_progress,
    )
    return {}


def _fingerprint(_arguments: Arguments, _on_progress: OnProgress) -> Arguments:
    return {"fingerprint": fingerprint()}


def _highlights(arguments: Arguments, on_progress: OnProgress) -> Arguments:
    from animator.make.highlights import highlights

    limits = Limits.from_dict(arguments["limits"])
    order = Order.from_dict(arguments["order"])
    return highlights(Path(arguments["source"]), order, limits=limits, on_progress=on_progress).as_dict()


JOBS: dict[str, Job] = {
    "animate": _animate,
    "beside": _beside,
    "estimate": _estimate,
    "analyse": _analyse,
    "still": _still,
    "fingerprint": _fingerprint,
    "stills": _stills,
    "filmstrip": _filmstrip,
    "proxy": _proxy,
    "highlights": _highlights,
}
