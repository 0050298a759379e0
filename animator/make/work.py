"""An order on its way: its files, who watches over it, and what of the source is taken for its encoders."""

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from animator.core.floors import MOST_BYTES
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.progress import Meter, Progress, Signs
from animator.core.rate import rate_of
from animator.core.siblings import POSTERS, Beside
from animator.core.timeline import as_fraction
from animator.make.beside import Siblings, siblings
from animator.make.poster import image_format, with_still
from animator.make.seen import Seen
from animator.make.take import Take, begun
from animator.picture.frames import Shown
from animator.read.decode import Picked, Picker
from animator.read.source import open_source


class Work(NamedTuple):
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
        return most_bytes(self.order.spec, self.source)

    @property
    def posters(self) -> list[Path]:
        asked = (self.poster, *(self.files.get(kind) for kind in POSTERS))
        return [path for path in asked if path is not None]


class Taken(NamedTuple):
    """What of the source is shown, on its way to the encoders; who reads `picked` or `shown` moves them all."""

    take: Take
    picker: Picker
    picked: Iterator[Picked]
    shown: Iterator[Shown]
    making: Siblings | None
    meter: Meter
    signs: Signs

    def siblings(self) -> Beside:
        """Once all is read."""
        return self.making.finished(on_wait=self.signs.pass_on) if self.making else Beside()


def most_bytes(spec: AnimationSpec, source: Path) -> int:
    """That a picture of this file may have; MOST_BYTES where it doesn't say."""
    whole = source.stat().st_size if spec.within_source else MOST_BYTES
    return min(spec.max_bytes or MOST_BYTES, whole, MOST_BYTES)


@contextmanager
def taken(work: Work) -> Iterator[Taken]:
    """The source opened, its segment sampled, and posters and siblings fed on the way. Raises EngineError."""
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
        shown = take.shown(picked, ticks=take.sampled, limits=limits)
        yield Taken(take, picker, picked, shown, making, meter, signs)


def _with_posters(picked: Iterator[Picked], work: Work, *, take: Take) -> Iterator[Picked]:
    tick = take.first_shown
    if work.order.poster_at is not None:
        tick = math.floor((as_fraction(work.order.poster_at) - take.segment.start) * take.rate)
    for poster in work.posters:
        picked = with_still(picked, poster, take.film, tick=min(max(0, tick), take.sampled - 1))
    return picked
