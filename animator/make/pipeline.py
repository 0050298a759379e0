"""The engine's one way through: open, resolve, check, decode, scale, encode, record.

It runs codec code, so for strangers' files it is called in a confined child (confine/sandbox.py).
"""

import hashlib
import importlib
import itertools
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import AnimationSpec, Order
from animator.core.outputs import removed_on_failure
from animator.core.progress import Meter, Progress, Signs, ignore_progress, portion
from animator.core.result import Result
from animator.core.timeline import Segment, as_fraction, resolve
from animator.make.poster import image_format, with_still
from animator.make.prefetch import prefetch
from animator.make.recipe import recipe
from animator.picture.frames import Canvas, Encoded, Encoder, Shown
from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler
from animator.read.decode import Picked, Picker
from animator.read.source import open_source, source_errors

# Browsers show a GIF frame of less than 20 ms for 100 ms.
MAX_GIF_FPS = 50
THREADS = min(2, os.cpu_count() or 1)
# How far the work is when the picture is made and only its judgement is left.
MADE = 0.7


def animate(
    source: Path,
    target: Path,
    order: Order,
    *,
    poster: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> Result:
    """Make `target` of `source` as `order` says.

    With `poster`, a path that ends in .jpg or .webp, a still of the segment is written there. `on_progress` is told a
    number from 0 to 1; an exception that it raises stops the work. No half file is left behind when anything fails.
    Raises EngineError's children.
    """
    making = portion(on_progress, 0, MADE) if order.scored else on_progress
    work = _Work(order, source, target, poster, limits, making)
    with removed_on_failure(*([target, poster] if poster else [target])):
        result = _animate(work)
        return _scored(result, work, on_progress=portion(on_progress, MADE, 1)) if order.scored else result


@dataclass(frozen=True, slots=True)
class _Work:
    """An order, the files that it is about, and who watches over it."""

    order: Order
    source: Path
    target: Path
    poster: Path | None
    limits: Limits
    on_progress: Progress


def _animate(work: _Work) -> Result:
    order, limits = work.order, work.limits
    fps, notes = _rate(order.spec)
    if work.poster is not None:
        image_format(work.poster)
    with open_source(work.source, limits=limits) as source:
        segment = resolve(order.start, order.end, duration=source.duration)
        meter = Meter(work.on_progress, segment.ticks(fps))
        signs = Signs(meter.on_work)
        picker = Picker(source, segment, fps=fps, on_work=signs.give)
        pictures = iter(picker)
        first = next(pictures)
        geometry = Geometry.of(first.frame, source.stream)
        canvas = _canvas(order.spec, segment, geometry=geometry, fps=fps)
        limits.check_output(segment, fps=fps, width=canvas.width, height=canvas.height)
        picked = _with_poster(itertools.chain([first], pictures), work, segment=segment, geometry=geometry, fps=fps)
        with prefetch(_scaled(picked, work, canvas=canvas, geometry=geometry), on_wait=signs.pass_on) as scaled:
            encoded = _encode(scaled, work, canvas=canvas, on_tick=meter.on_tick)
    return _result(work, segment=segment, canvas=canvas, encoded=encoded, notes=(*notes, *picker.notes))


def _rate(spec: AnimationSpec) -> tuple[Fraction, tuple[str, ...]]:
    if spec.format == "gif" and spec.fps > MAX_GIF_FPS:
        note = f"Sampled at {MAX_GIF_FPS} frames a second instead of {spec.fps}: browsers slow a faster GIF down."
        return Fraction(MAX_GIF_FPS), (note,)
    return Fraction(spec.fps), ()


def _canvas(spec: AnimationSpec, segment: Segment, *, geometry: Geometry, fps: Fraction) -> Canvas:
    width, height = spec.output_size(geometry.width, geometry.height)
    return Canvas(
        width=width,
        height=height,
        ticks=segment.ticks(fps),
        fps=fps,
        quality=spec.quality,
        alpha=geometry.alpha,
        threads=THREADS,
    )


def _encoder(spec: AnimationSpec) -> Encoder:
    """The encoder of the wanted format. Only that one is imported, because each import makes a cold start slower."""
    return cast(Encoder, importlib.import_module(f"animator.{spec.format}.encoder"))


def _scored(result: Result, work: _Work, *, on_progress: Progress) -> Result:
    from animator.make.score import score

    judged = score(work.source, work.target, result, limits=work.limits, on_progress=on_progress)
    return replace(result, score=judged.as_dict())


def _with_poster(
    picked: Iterator[Picked], work: _Work, *, segment: Segment, geometry: Geometry, fps: Fraction
) -> Iterator[Picked]:
    if work.poster is None:
        return picked
    at = segment.start if work.order.poster_at is None else as_fraction(work.order.poster_at)
    tick = min(max(0, math.floor((at - segment.start) * fps)), segment.ticks(fps) - 1)
    return with_still(picked, work.poster, geometry, tick=tick)


def _scaled(picked: Iterator[Picked], work: _Work, *, canvas: Canvas, geometry: Geometry) -> Iterator[Shown]:
    pixel_format = _encoder(work.order.spec).pixel_format(alpha=canvas.alpha)
    scaler = Scaler(
        width=canvas.width, height=canvas.height, pixel_format=pixel_format, orientation=geometry.orientation
    )
    for picture in picked:
        work.limits.check_source(picture.frame.width, picture.frame.height)
        yield Shown(picture.first, scaler.scaled(picture.frame))


def _encode(shown: Iterator[Shown], work: _Work, *, canvas: Canvas, on_tick: Callable[[int], None]) -> Encoded:
    with work.target.open("w+b") as file, source_errors():
        return _encoder(work.order.spec).encode(shown, file, canvas, on_tick=on_tick)


def _result(work: _Work, *, segment: Segment, canvas: Canvas, encoded: Encoded, notes: tuple[str, ...]) -> Result:
    size = work.target.stat().st_size
    return Result(
        container=work.order.spec.format,
        width=canvas.width,
        height=canvas.height,
        frames=encoded.frames,
        duration=encoded.duration_ms / 1000,
        bitrate=round(size * 8000 / encoded.duration_ms),
        size=size,
        md5=_md5(work.target),
        start=float(segment.start),
        end=float(segment.end),
        fps=int(canvas.fps),
        notes=(*notes, *encoded.notes),
        recipe=recipe(work.order, canvas, source=work.source, target=work.target),
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
