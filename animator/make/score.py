"""How much of the source is left in a finished picture: SSIM of the luma (FFmpeg's ssim filter), tick by tick."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from av import VideoFrame
from av.filter import Graph
from PIL import Image

from animator.core.choice import Choice
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import AnimationSpec
from animator.core.progress import Meter, Progress, ignore_progress
from animator.core.rate import rate_of
from animator.core.timeline import resolve
from animator.make.seen import Seen
from animator.make.shown_again import pictures_of
from animator.make.take import Take, begun
from animator.picture.chain import buffer_options
from animator.read.decode import Picked
from animator.read.source import open_source

# SSIM is of blocks of so many pixels a side: a picture that hasn't as many is continued with its outermost ones.
BLOCK = 8


class Score(NamedTuple):
    """SSIM-Y from 0 to 1 against the scaled source: over all ticks, and of the worst one, so many seconds in."""

    mean: float
    worst: float
    worst_at: float

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


def score(
    source: Path,
    target: Path,
    recipe: Mapping[str, Any],
    *,
    seen: Seen,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> Score:
    """Judge `target`, which pipeline.animate made of `source` by this recipe, in a decode of its own.

    `seen` is what was seen when it was made. Transparent parts are judged on white. `on_progress` is told a number
    from 0 to 1.
    """
    spec = AnimationSpec.from_dict(recipe.get("settled", recipe["spec"]))
    found: list[tuple[int, float]] = []
    with open_source(source, limits=limits) as opened:
        named = resolve(recipe["start"], recipe["end"], duration=opened.duration)
        segment = Choice.from_dict(recipe["choice"]).segment(named, duration=opened.duration)
        fps = rate_of(spec)
        meter = Meter(on_progress, spec.playback.shown(segment.ticks(spec.playback.rate(fps)), fps=fps))
        take, _, pictures = begun(
            spec, segment, source=opened, limits=limits, on_work=meter.on_work, on_look=meter.on_work, seen=seen
        )
        ticks = take.canvas.ticks
        size = (take.canvas.width, take.canvas.height)
        compare = _Comparison(*(max(BLOCK, side) for side in size))
        wanted = _wanted(take, pictures, limits=limits)
        made = ((tick, _on_white(_sized(image, size))) for tick, image in pictures_of(target, fps=fps))
        for tick, before, after in _pairs(wanted, made, ticks=ticks):
            found.append((tick, compare.luma(before, after)))
            meter.on_tick(tick + 1)
    return _summed_up(found, ticks=ticks, fps=fps)


def _summed_up(found: list[tuple[int, float]], *, ticks: int, fps: Fraction) -> Score:
    ends = [tick for tick, _ in found[1:]] + [ticks]
    total = sum(value * (end - tick) for (tick, value), end in zip(found, ends, strict=True))
    worst_tick, worst = min(found, key=lambda pair: pair[1])
    return Score(mean=round(total / ticks, 6), worst=round(worst, 6), worst_at=round(float(worst_tick / fps), 3))


Stream = Iterator[tuple[int, VideoFrame]]


def _pairs(wanted: Stream, shown: Stream, *, ticks: int) -> Iterator[tuple[int, VideoFrame, VideoFrame]]:
    """Both pictures for each tick at which one of them changes; each stream gives pictures with their first ticks."""
    (_, before), (_, after) = next(wanted), next(shown)
    next_before, next_after = next(wanted, None), next(shown, None)
    tick = 0
    while tick < ticks:
        yield tick, before, after
        tick = min(ticks, *(change[0] for change in (next_before, next_after) if change is not None), ticks)
        if next_before is not None and next_before[0] <= tick:
            before, next_before = next_before[1], next(wanted, None)
        if next_after is not None and next_after[0] <= tick:
            after, next_after = next_after[1], next(shown, None)


def _wanted(take: Take, picked: Iterable[Picked], *, limits: Limits) -> Stream:
    pixel_format = "rgba" if take.canvas.alpha else "rgb24"
    for shown in take.shown(picked, ticks=take.sampled, limits=limits, pixel_format=pixel_format):
        yield shown.first, _on_white(Image.fromarray(shown.image.to_ndarray()))


def _sized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Some files know even sides only."""
    return image if image.size == size else image.resize(size)


def _on_white(image: Image.Image) -> VideoFrame:
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    luma = np.asarray(image.convert("L"))
    missing = [(0, max(0, BLOCK - side)) for side in luma.shape]
    return VideoFrame.from_ndarray(np.pad(luma, missing, mode="edge"), format="gray")


class _Comparison:
    """FFmpeg's ssim filter on grey pictures of one size."""

    def __init__(self, width: int, height: int) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        options = buffer_options(VideoFrame(width, height, "gray"))
        self._before, self._after = (self._graph.add("buffer", options) for _ in range(2))
        ssim, self._sink = self._graph.add("ssim"), self._graph.add("buffersink")
        self._before.link_to(ssim, 0, 0)
        self._after.link_to(ssim, 0, 1)
        ssim.link_to(self._sink)
        self._graph.configure()
        self._count = 0

    def luma(self, before: VideoFrame, after: VideoFrame) -> float:
        for node, frame in ((self._before, before), (self._after, after)):
            frame.pts = self._count
            node.push(frame)
        self._count += 1
        return float(self._sink.pull().metadata["lavfi.ssim.Y"])
