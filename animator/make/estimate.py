"""How large a picture will be and what it will cost, from a few short pieces of it, made by the real encoder."""

import resource
import time
from functools import partial
from pathlib import Path

from animator.core.estimated import Estimate
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import Order
from animator.core.progress import Progress, ignore_progress, portion
from animator.make.choosing import chosen
from animator.make.kept import MOST_BYTES
from animator.make.places import LONG
from animator.make.seen import Seen
from animator.make.sizes_beside import sizes_beside
from animator.make.windows import SLOWER, windows_of
from animator.make.work import most_bytes
from animator.picture.frames import Canvas
from animator.read.weights import Weights

# So many pixels are tried, whatever the order: that is what an answer costs.
PIXELS = 6_000_000
# Where nearly all stand still, those that don't are few and easily missed, and all are quickly tried: so many pixels.
STILL_PIXELS = 40_000_000
# Under a still camera so many times as many, in longer pieces: most of them cost hardly anything.
CALM = 3
# What has to give way to a largest size uses so much of it, nearly always so much at least, and costs so many pictures.
USED, LEAST_USED, TRIED = 0.89, 0.6, 1.65
# What the pieces have missed may differ by this much of the size, and so many times what they differ by themselves.
BAND, SPREADS = 0.15, 1.3


def estimate(
    source: Path, order: Order, *, limits: Limits = DEFAULT_LIMITS, on_progress: Progress = ignore_progress
) -> Estimate:
    """The same bytes for the same order; seconds and memory are this machine's. Raises EngineError's children."""
    began = time.monotonic()
    order, _ = chosen(source, order, limits=limits, on_progress=portion(on_progress, 0, 0.5))
    seen, on_work = Seen(), lambda: on_progress(0.5)
    find = partial(windows_of, source, order, limits=limits, on_work=on_work, seen=seen, at_once=True)
    windows, long = find(ticks=_ticks), LONG[order.spec.format]
    if windows.are_calm and _ticks_of_calm(windows.take.canvas, windows.weights) >= 2 * long.ticks:
        began = time.monotonic()  # what work takes is told by these pieces alone
        windows = find(ticks=_ticks_of_calm, cut=long)
    size, spread = windows.size(order.spec)
    took = time.monotonic() - began
    if order.spec.format == "webp" and not windows.is_whole:
        took *= SLOWER.get(order.spec.effort, 1.0)
    before = time.monotonic()
    beside = sizes_beside(windows, order.spec) if order.spec.siblings else {}
    took += time.monotonic() - before
    missed = max(0.0, 1 - windows.share)
    band = 0.0 if windows.is_whole else min(0.9, (BAND + SPREADS * spread) * missed**0.5)
    canvas = windows.take.canvas
    most = most_bytes(order.spec, source)
    gives_way = size > most
    low, high = size * (1 - band), size * (1 + band)
    if high > most:  # then it may have to give way
        low, high = min(low, LEAST_USED * most), most
    scaled = windows.take.scaled_bytes
    kept = scaled if gives_way and scaled <= MOST_BYTES else 0
    return Estimate(
        bytes=round(USED * most if gives_way else size),
        low=round(low),
        high=round(high),
        seconds=round(took / windows.share * (TRIED if gives_way else 1.0), 3),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + windows.take.held_bytes + kept,
        width=canvas.width,
        height=canvas.height,
        ticks=canvas.ticks,
        fps=int(canvas.fps),
        share=round(windows.share, 4),
        beside=beside,
    )


def _ticks_of_calm(canvas: Canvas, _: Weights) -> int:
    return CALM * PIXELS // (canvas.width * canvas.height)


def _ticks(canvas: Canvas, weights: Weights) -> int:
    picture = canvas.width * canvas.height
    return canvas.ticks if weights.are_still and canvas.ticks * picture <= STILL_PIXELS else PIXELS // picture
