"""The engine's one way through: open, resolve, check, decode, scale, encode, record. Runs codec code (sandbox.py)."""

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from animator import gif, webp
from animator.decode import Picked, Picker
from animator.frames import Canvas, Encoded, Encoder, Shown
from animator.geometry import Geometry
from animator.limits import DEFAULT_LIMITS, Limits
from animator.result import Result
from animator.scaling import Scaler
from animator.source import open_source, source_errors
from animator.spec import AnimationSpec
from animator.timeline import Segment, resolve

ENCODERS: dict[str, Encoder] = {"gif": gif, "webp": webp}
# Browsers show a GIF frame of less than 20 ms for 100 ms.
MAX_GIF_FPS = 50
THREADS = min(2, os.cpu_count() or 1)

Progress = Callable[[float], None]


def ignore_progress(_: float) -> None:
    """What to do with progress that nobody asked for."""


def animate(
    source: Path,
    target: Path,
    spec: AnimationSpec,
    *,
    start: float | None = 0,
    end: float | None = 0,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> Result:
    """Make `target` from the seconds [start, end) of `source`; see timeline.resolve for the offsets.

    `on_progress` is told a number from 0 to 1; an exception that it raises stops the work. No file is left behind when
    anything fails. Raises EngineError's children.
    """
    try:
        return _animate(source, target, spec, start=start, end=end, limits=limits, on_progress=on_progress)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _animate(
    path: Path,
    target: Path,
    spec: AnimationSpec,
    *,
    start: float | None,
    end: float | None,
    limits: Limits,
    on_progress: Progress,
) -> Result:
    fps, notes = _rate(spec)
    with open_source(path, limits=limits) as source:
        segment = resolve(start, end, duration=source.duration)
        picker = Picker(source, segment, fps=fps)
        picked = iter(picker)
        first = next(picked)
        geometry = Geometry.of(first.frame, source.stream)
        canvas = _canvas(spec, segment, geometry=geometry, fps=fps)
        limits.check_output(segment, fps=fps, width=canvas.width, height=canvas.height)
        scaled = _scaled(itertools.chain([first], picked), spec.format, canvas=canvas, geometry=geometry, limits=limits)
        encoded = _encode(scaled, target, spec.format, canvas=canvas, on_progress=on_progress)
    return _result(target, spec, segment=segment, canvas=canvas, encoded=encoded, notes=(*notes, *picker.notes))


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


def _scaled(
    picked: Iterator[Picked], container: str, *, canvas: Canvas, geometry: Geometry, limits: Limits
) -> Iterator[Shown]:
    pixel_format = ENCODERS[container].pixel_format(alpha=canvas.alpha)
    scaler = Scaler(
        width=canvas.width, height=canvas.height, pixel_format=pixel_format, orientation=geometry.orientation
    )
    for picture in picked:
        limits.check_source(picture.frame.width, picture.frame.height)
        yield Shown(picture.first, scaler.scaled(picture.frame))


def _encode(shown: Iterator[Shown], target: Path, container: str, *, canvas: Canvas, on_progress: Progress) -> Encoded:
    def on_tick(done: int) -> None:
        on_progress(min(1.0, done / canvas.ticks))

    with target.open("w+b") as file, source_errors():
        return ENCODERS[container].encode(shown, file, canvas, on_tick=on_tick)


def _result(
    target: Path,
    spec: AnimationSpec,
    *,
    segment: Segment,
    canvas: Canvas,
    encoded: Encoded,
    notes: tuple[str, ...],
) -> Result:
    size = target.stat().st_size
    return Result(
        container=spec.format,
        width=canvas.width,
        height=canvas.height,
        frames=encoded.frames,
        duration=encoded.duration_ms / 1000,
        bitrate=round(size * 8000 / encoded.duration_ms),
        size=size,
        md5=_md5(target),
        start=float(segment.start),
        end=float(segment.end),
        fps=int(canvas.fps),
        notes=(*notes, *encoded.notes),
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
