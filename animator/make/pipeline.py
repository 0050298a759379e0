"""The engine's one way through: open, resolve, check, decode, scale, encode, record.

It runs codec code, so for strangers' files it is called in a confined child (confine/sandbox.py).
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from animator.core.again import command, order_in
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import AnimationSpec, Order
from animator.core.outputs import beside, require_apart
from animator.core.progress import Progress, ignore_progress, portion
from animator.core.rate import rate_notes, rate_of
from animator.core.result import Result
from animator.core.siblings import POSTERS, Beside, Sibling, sibling_paths
from animator.make.choosing import chosen
from animator.make.encoding import encoder_of
from animator.make.files import md5_of
from animator.make.flashes import Flashes
from animator.make.overflow import Reached, TooLarge, any_size
from animator.make.prefetch import prefetch
from animator.make.recipe import recipe
from animator.make.seen import Seen
from animator.make.take import Take
from animator.make.work import Taken, Work, taken
from animator.picture.frames import Encoded
from animator.read.source import source_errors

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
    work = Work(order, source, target, name, poster, files or {}, limits, making, Seen())
    result = _fitted(work) if order.spec.max_bytes or order.spec.within_source else _animate(work, taken(work))
    if order.spec.within_source:
        beside_it = _within(Beside(result.siblings, result.notes), work)
        result = result._replace(siblings=beside_it.made, notes=beside_it.notes)
    if found:
        result = result._replace(notes=(found.sentence, *result.notes), chosen=found.as_dict())
    return _scored(result, work, on_progress=portion(made, MADE, 1)) if order.scored else result


def beside_in_place(
    source: Path,
    files: Mapping[str, Path],
    recipe: Mapping[str, Any],
    *,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> Beside:
    """The siblings that `files` name by their kinds, of a picture that was made by this recipe before: the same bytes
    that animate_in_place would have made beside it.
    """
    order = order_in(recipe)
    making = portion(on_progress, 0, MADE) if order.scored else on_progress
    work = Work(order, source, source, "", None, files, limits, making, Seen())
    settled = AnimationSpec.from_dict(recipe["settled"]) if "settled" in recipe else order.spec
    made = _beside(work, settled)
    if order.spec.within_source:
        made = _within(made, work)
    if not order.scored:
        return made
    judged = _judged({}, made.made, work, recipe, on_progress=portion(on_progress, MADE, 1))
    return made._replace(made=_with_scores(made.made, judged))


def _fitted(work: Work) -> Result:
    """Within the largest size that the order allows; the recipe has the order, and what it was settled on.

    Siblings come last, in a decode of their own: as fast and large as the picture came to be, as good as it was asked.
    """
    from animator.make.fit import fitted
    from animator.make.kept import Kept

    alone = replace(work.order.spec, siblings="", within_source=False, max_bytes=work.max_bytes)

    with Kept() as kept:

        def made(spec: AnimationSpec, on_progress: Progress, too_large: TooLarge) -> Result:
            tried = work._replace(order=replace(work.order, spec=spec), files={}, on_progress=on_progress)
            return _animate(tried, kept.taken(tried), too_large=too_large)

        result, spec = fitted(work._replace(order=replace(work.order, spec=alone), files={}), made=made)
    if work.files:
        others = _beside(work, spec)
        result = result._replace(siblings=others.made, notes=(*result.notes, *others.notes))
    told = {**result.recipe, **work.order.as_dict(), "settled": spec.as_dict()}
    told["command"] = command(work.order, source=work.source.name, target=work.name)
    return result._replace(recipe=told)


def _within(made: Beside, work: Work) -> Beside:
    """Without siblings that are larger than the source: their files are empty, and so replace nothing."""
    kept = made.within(work.source.stat().st_size)
    for kind in {one.kind for one in made.made} - {one.kind for one in kept.made}:
        work.files[kind].write_bytes(b"")
    return kept


def _animate(work: Work, opened: AbstractContextManager[Taken], *, too_large: TooLarge = any_size) -> Result:
    """Raises Overflowing when it is `too_large` on the way."""
    flashes = Flashes(rate_of(work.order.spec))
    with opened as way:
        canvas = way.take.canvas
        reached = Reached(way.shown, canvas.ticks)
        with prefetch(iter(reached), on_wait=way.signs.pass_on) as shown, work.target.open("w+b") as file:
            watched = flashes.watched(shown, ticks=canvas.ticks, turns=canvas.loop_count)
            on_tick = reached.watched(file, way.meter.on_tick, too_large)
            with source_errors():
                encoded = encoder_of(work.order.spec).encode(watched, file, canvas, on_tick=on_tick)
        beside = way.siblings()
    warnings = [flashes.warning] if flashes.warning else []
    notes = (*rate_notes(work.order.spec), *way.picker.notes, *encoded.notes, *beside.notes, *warnings)
    return _result(work, take=way.take, encoded=encoded, notes=notes)._replace(siblings=beside.made)


def _beside(work: Work, settled: AnimationSpec) -> Beside:
    """The siblings alone, of a picture that came to be what `settled` says."""
    asked = work.order.spec
    spec = replace(settled, siblings=asked.siblings, quality=asked.quality, max_bytes=0)
    with taken(work._replace(order=replace(work.order, spec=spec))) as way:
        for picture in way.picked:
            way.meter.on_tick(min(picture.first, way.take.canvas.ticks))
        return way.siblings()


def _scored(result: Result, work: Work, *, on_progress: Progress) -> Result:
    judged = _judged({"": work.target}, result.siblings, work, result.recipe, on_progress=on_progress)
    return result._replace(score=judged[""], siblings=_with_scores(result.siblings, judged))


def _judged(
    files: Mapping[str, Path],
    beside: Iterable[Sibling],
    work: Work,
    recipe: Mapping[str, Any],
    *,
    on_progress: Progress,
) -> dict[str, dict[str, Any]]:
    """The scores of these files, and of those beside them that are no stills, by their kinds."""
    from animator.make.score import score

    files = {**files, **{one.kind: work.files[one.kind] for one in beside if one.kind not in POSTERS}}
    judged = {}
    for number, (kind, path) in enumerate(files.items()):
        step = portion(on_progress, number / len(files), (number + 1) / len(files))
        judged[kind] = score(work.source, path, recipe, seen=work.seen, limits=work.limits, on_progress=step).as_dict()
    return judged


def _with_scores(beside: Iterable[Sibling], judged: Mapping[str, dict[str, Any]]) -> tuple[Sibling, ...]:
    return tuple(one._replace(score=judged.get(one.kind)) for one in beside)


def _result(work: Work, *, take: Take, encoded: Encoded, notes: tuple[str, ...]) -> Result:
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
