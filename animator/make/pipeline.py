"""The engine's one way through: open, resolve, check, decode, scale, encode, record.

It runs codec code, so for strangers' files it is called in a confined child (confine/sandbox.py).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from animator.core.floors import MOST_BYTES
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import AnimationSpec, Order
from animator.core.outputs import beside, require_apart
from animator.core.progress import Meter, Progress, Signs, ignore_progress, portion
from animator.core.rate import MAX_GIF_FPS, rate_of
from animator.core.result import Result
from animator.core.siblings import POSTERS, sibling_paths
from animator.core.timeline import as_fraction
from animator.make.beside import Beside, Siblings, siblings
from animator.make.choosing import chosen
from animator.make.encoding import encoder_of
from animator.make.files import md5_of
from animator.make.fit import fitted
from animator.make.flashes import Flashes
from animator.make.overflow import not_above
from animator.make.poster import image_format, with_still
from animator.make.prefetch import prefetch
from animator.make.recipe import command, recipe
from animator.make.seen import Seen
from animator.make.take import Take, begun
from animator.picture.frames import Canvas, Encoded, Shown
from animator.read.decode import Picked, Picker
from animator.read.source import open_source, source_errors

# How far the work is when the picture is made and only its judgement is left.
MADE = 0.7
# And when its seconds are chosen, where nobody has named them.
CHOSEN = 0.2


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
    files = sibling_paths(target, order.spec.siblings)
    targets = [target, *files.values(), *([poster] if poster else [])]
    require_apart(source, targets)
    with beside(targets) as written:
        return animate_in_place(
            source,
            written[0],
            order,
            name=target.name,
            poster=written[-1] if poster else None,
            files=dict(zip(files, written[1:], strict=False)),
            limits=limits,
            on_progress=on_progress,
        )


def animate_in_place(
    source: Path,
    target: Path,
    order: Order,
    *,
    name: str,
    poster: Path | None = None,
    files: Mapping[str, Path] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> Result:
    """As `animate`, for files that are there to be filled: half written ones may be left behind.

    `name` is what the picture will be called at last, for its recipe; `files` are the siblings' by their kinds.
    """
    order, found = chosen(source, order, limits=limits, on_progress=portion(on_progress, 0, CHOSEN))
    made = portion(on_progress, CHOSEN, 1) if found else on_progress
    making = portion(made, 0, MADE) if order.scored else made
    work = _Work(order, source, target, name, poster, files or {}, limits, making, Seen())
    result = _fitted(work) if order.spec.max_bytes or order.spec.within_source else _animate(work)
    if order.spec.within_source:
        result = _within(result, work)
    if found:
        result = replace(result, notes=(found.sentence, *result.notes), chosen=found.as_dict())
    return _scored(result, work, on_progress=portion(made, MADE, 1)) if order.scored else result


@dataclass(frozen=True, slots=True)
class _Work:
    """An order, the files that it is about, and who watches over it."""

    order: Order
    source: Path
    target: Path
    name: str
    poster: Path | None
    files: Mapping[str, Path]
    limits: Limits
    on_progress: Progress
    seen: Seen

    @property
    def max_bytes(self) -> int:
        """The picture's largest size, where it has one."""
        spec = self.order.spec
        source = self.source.stat().st_size if spec.within_source else MOST_BYTES
        return min(spec.max_bytes or MOST_BYTES, source, MOST_BYTES)

    @property
    def posters(self) -> list[Path]:
        asked = (self.poster, *(self.files.get(kind) for kind in POSTERS))
        return [path for path in asked if path is not None]


def _fitted(work: _Work) -> Result:
    """Within the largest size that the order allows; the recipe has the order, and what it was settled on.

    Siblings come last, in a decode of their own: as fast and large as the picture came to be, as good as it was asked.
    """
    alone = replace(work.order.spec, siblings="", within_source=False, max_bytes=work.max_bytes)

    def made(spec: AnimationSpec, on_progress: Progress, most: int) -> Result:
        order = replace(work.order, spec=spec)
        return _animate(replace(work, order=order, files={}, on_progress=on_progress), most=most)

    result, spec = fitted(
        work.source,
        work.target,
        replace(work.order, spec=alone),
        made=made,
        limits=work.limits,
        on_progress=work.on_progress,
        seen=work.seen,
    )
    if work.files:
        asked = work.order.spec
        beside = replace(spec, siblings=asked.siblings, quality=asked.quality, max_bytes=0)
        others = _beside(replace(work, order=replace(work.order, spec=beside)))
        result = replace(result, siblings=others.made, notes=(*result.notes, *others.notes))
    told = {**result.recipe, **work.order.as_dict(), "settled": spec.as_dict()}
    told["command"] = command(work.order, source=work.source.name, target=work.name)
    return replace(result, recipe=told)


def _within(result: Result, work: _Work) -> Result:
    """Without siblings that are larger than the source: their files are empty, and so replace nothing."""
    most = work.source.stat().st_size
    kept, notes = [], list(result.notes)
    for sibling in result.siblings:
        if sibling.size <= most:
            kept.append(sibling)
            continue
        work.files[sibling.kind].write_bytes(b"")
        notes.append(f"Without the {sibling.kind}: it would have {sibling.size:,} bytes, and the source has {most:,}.")
    return replace(result, siblings=tuple(kept), notes=tuple(notes))


def _animate(work: _Work, *, most: int = 0) -> Result:
    """Raises Overflowing when it comes to more bytes than `most`."""
    flashes = Flashes(rate_of(work.order.spec))
    with _taken(work) as taken, prefetch(taken.shown, on_wait=taken.signs.pass_on) as shown:
        canvas = taken.take.canvas
        watched = flashes.watched(shown, ticks=canvas.ticks)
        encoded = _encode(watched, work, canvas=canvas, most=most, on_tick=taken.meter.on_tick)
        beside = taken.siblings()
    warnings = [flashes.warning] if flashes.warning else []
    notes = (*_notes(work.order.spec), *taken.picker.notes, *encoded.notes, *beside.notes, *warnings)
    return replace(_result(work, take=taken.take, encoded=encoded, notes=notes), siblings=beside.made)


def _beside(work: _Work) -> Beside:
    """The siblings alone."""
    with _taken(work) as taken:
        for picture in taken.picked:
            taken.meter.on_tick(min(picture.first, taken.take.canvas.ticks))
        return taken.siblings()


@dataclass(frozen=True, slots=True)
class _Taken:
    """What of the source is shown, on its way to the encoders; who reads `picked` or `shown` moves them all."""

    take: Take
    picker: Picker
    picked: Iterator[Picked]
    making: Siblings | None
    meter: Meter
    signs: Signs
    limits: Limits

    @property
    def shown(self) -> Iterator[Shown]:
        return self.take.shown(self.picked, ticks=self.take.sampled, limits=self.limits)

    def siblings(self) -> Beside:
        """Once all is read."""
        return self.making.finished(on_wait=self.signs.pass_on) if self.making else Beside()


@contextmanager
def _taken(work: _Work) -> Iterator[_Taken]:
    order, limits, spec = work.order, work.limits, work.order.spec
    fps = rate_of(spec)
    for poster in work.posters:
        image_format(poster)
    with open_source(work.source, limits=limits) as source, ExitStack() as made:
        segment = order.segment(source.duration)
        meter = Meter(work.on_progress, spec.playback.shown(segment.ticks(spec.playback.rate(fps)), fps=fps))
        signs = Signs(meter.on_work)
        take, picker, pictures = begun(
            spec, segment, source=source, limits=limits, on_work=signs.give, on_look=meter.on_work, seen=work.seen
        )
        picked = _with_posters(pictures, work, take=take)
        making = None
        if work.files:
            making = made.enter_context(siblings(take, work.files, limits=limits, on_work=signs.give))
            picked = making.fed(picked)
        yield _Taken(take, picker, picked, making, meter, signs, limits)


def _notes(spec: AnimationSpec) -> tuple[str, ...]:
    if rate_of(spec) == spec.fps:
        return ()
    return (f"Sampled at {MAX_GIF_FPS} frames a second instead of {spec.fps}: browsers slow a faster GIF down.",)


def _scored(result: Result, work: _Work, *, on_progress: Progress) -> Result:
    from animator.make.score import score

    files = {"": work.target, **{one.kind: work.files[one.kind] for one in result.siblings if one.kind not in POSTERS}}
    judged = {}
    for number, (kind, path) in enumerate(files.items()):
        step = portion(on_progress, number / len(files), (number + 1) / len(files))
        judged[kind] = score(work.source, path, result, seen=work.seen, limits=work.limits, on_progress=step).as_dict()
    beside = tuple(replace(one, score=judged.get(one.kind)) for one in result.siblings)
    return replace(result, score=judged[""], siblings=beside)


def _with_posters(picked: Iterator[Picked], work: _Work, *, take: Take) -> Iterator[Picked]:
    tick = take.first_shown
    if work.order.poster_at is not None:
        tick = math.floor((as_fraction(work.order.poster_at) - take.segment.start) * take.rate)
    for poster in work.posters:
        picked = with_still(picked, poster, take.film, tick=min(max(0, tick), take.sampled - 1))
    return picked


def _encode(
    shown: Iterator[Shown], work: _Work, *, canvas: Canvas, most: int, on_tick: Callable[[int], None]
) -> Encoded:
    with work.target.open("w+b") as file, source_errors():
        on_tick = not_above(most, file, on_tick)
        return encoder_of(work.order.spec).encode(shown, file, canvas, on_tick=on_tick)


def _result(work: _Work, *, take: Take, encoded: Encoded, notes: tuple[str, ...]) -> Result:
    canvas, segment = take.canvas, take.segment
    size = work.target.stat().st_size
    return Result(
        container=work.order.spec.format,
        width=canvas.width,
        height=canvas.height,
        frames=encoded.frames,
        duration=encoded.duration_ms / 1000,
        bitrate=round(size * 8000 / encoded.duration_ms),
        size=size,
        md5=md5_of(work.target),
        start=float(segment.start),
        end=float(segment.end),
        fps=int(canvas.fps),
        notes=notes,
        recipe=recipe(work.order, canvas, source=work.source.name, target=work.name),
        seam=take.seam,
    )
