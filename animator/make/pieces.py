"""One piece of a picture that stands for a part of it: scaled once, and made by the real encoder at any quality."""

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from queue import Queue
from typing import NamedTuple

from animator.core.limits import Limits
from animator.core.order import FAST, AnimationSpec
from animator.make.encoding import encoder_of
from animator.make.pictures import written_pictures
from animator.make.places import Cut, Place
from animator.make.take import THREADS, Take
from animator.picture.frames import Canvas, Shown
from animator.read.decode import Picked
from animator.read.source import source_errors

# What a WebP of balanced and of best effort has of the bytes of a fast one, which takes half the time, up to this
# quality; above it differs from clip to clip.
OF_FAST, EVEN = {2: 0.945, 3: 0.905}, 95.0

# Decoded pictures of a piece that wait to be scaled: those of a large source have 12 MB each.
AHEAD = 8


class Cost(NamedTuple):
    """Bytes of a piece: of what begins it, which is counted as it is, and of all from the tick `settled` on, as if it
    had no end.
    """

    begins: float
    rest: float
    settled: int


class Piece(NamedTuple):
    """Pictures of `canvas`, which is as long as the piece; it may be all of the picture."""

    place: Place
    shown: tuple[Shown, ...]
    canvas: Canvas
    is_whole: bool

    @property
    def ticks(self) -> int:
        return self.canvas.ticks

    def cost(self, spec: AnimationSpec, cut: Cut) -> Cost:
        """What the encoder makes of it at the quality of `spec`, as far as it counts. A whole has no rest."""
        return self.cost_of(self.shown, spec, cut)

    def cost_of(self, shown: Iterable[Shown], spec: AnimationSpec, cut: Cut) -> Cost:
        """The same of its pictures as they come."""
        if self.is_whole:
            return Cost(len(self._written(spec, effort=spec.effort, shown=shown)), 0, 0)
        of_fast = OF_FAST.get(spec.effort, 1.0) if spec.format == "webp" and spec.quality <= EVEN else 1.0
        file = self._written(spec, effort=spec.effort if of_fast == 1.0 else FAST, shown=shown)
        settled = min(cut.settling, self.ticks - 1)
        counted = max(1, self.ticks - settled - cut.ending)
        begins = self._written_before(settled, file)
        rest = self._written_before(settled + counted, file) - begins
        return Cost(begins * of_fast, rest * of_fast * (self.ticks - settled) / counted, settled)

    def changes(self, spec: AnimationSpec) -> tuple[int, float]:
        """Bytes of its first picture, and of each tick after it on the mean."""
        file = self.fast(spec)
        begins = written_pictures(file)[0].end
        return begins, (len(file) - begins) / max(1, self.canvas.ticks - 1)

    def fast(self, spec: AnimationSpec) -> bytes:
        return self._written(spec, effort=FAST, shown=self.shown)

    def thinned(self, times: int) -> "Piece":
        """The same seconds, sampled so many times less often."""
        last = {picture.first // times: picture.image for picture in reversed(self.shown)}
        shown = tuple(Shown(first, image) for first, image in sorted(last.items(), key=lambda one: one[0]))
        ticks = -(-self.canvas.ticks // times)
        return self._replace(shown=shown, canvas=self.canvas._replace(ticks=ticks, fps=self.canvas.fps / times))

    def shrunk(self, edge: float) -> "Piece":
        """The same pictures, so many times as long and wide."""
        width, height = (max(2, round(side * edge)) for side in (self.canvas.width, self.canvas.height))
        shown = tuple(one._replace(image=one.image.reformat(width=width, height=height)) for one in self.shown)
        return self._replace(shown=shown, canvas=self.canvas._replace(width=width, height=height))

    def _written_before(self, tick: int, file: bytes) -> int:
        """Bytes of all pictures that come up before, the first one's at least."""
        clock, end = Fraction(0), 0
        for picture in written_pictures(file):
            if end and clock * self.canvas.fps > (tick - Fraction(1, 2)) * 1000:
                return end
            end = picture.end
            clock += picture.ms
        return len(file)

    def _written(self, spec: AnimationSpec, *, effort: int, shown: Iterable[Shown]) -> bytes:
        target = io.BytesIO()
        canvas = self.canvas._replace(quality=spec.quality, effort=effort)
        with source_errors():
            encoder_of(spec).encode(shown, target, canvas, on_tick=_ignore)
        return target.getvalue()


class Pieces:
    """Pieces on their way: scaled, and made at once if a quality is known, in threads while the next are decoded."""

    def __init__(self, pool: ThreadPoolExecutor, take: Take, spec: AnimationSpec | None, cut: Cut, limits: Limits):
        self._pool, self._take, self._spec, self._cut, self._limits = pool, take, spec, cut, limits
        self._last: Place | None = None
        self._coming: Queue[Picked | None] = Queue(AHEAD)
        self._made: list[Future[tuple[Piece, Cost | None]]] = []

    def feed(self, place: Place, picked: Picked) -> None:
        """The next picture of a place, counted from its first tick: all of one place, then of the next.

        Waits while AHEAD are waiting, and no longer than for the pieces before: each takes all that it is given.
        """
        if place != self._last:
            self.end()
            self._last, self._coming = place, Queue(AHEAD)
            self._made.append(self._pool.submit(self._taken, place, iter(self._coming.get, None)))
        self._coming.put(picked)

    def end(self) -> None:
        """No more pictures come."""
        self._coming.put(None)

    def finished(self) -> list[tuple[Piece, Cost | None]]:
        """In their order. Raises EngineError."""
        self.end()
        return [future.result() for future in self._made]

    def _taken(self, place: Place, pictures: Iterator[Picked]) -> tuple[Piece, Cost | None]:
        """The piece; of one that fails the pictures that still come, too."""
        try:
            return self._piece(place, pictures)
        finally:
            for _ in pictures:
                pass

    def _piece(self, place: Place, pictures: Iterator[Picked]) -> tuple[Piece, Cost | None]:
        """Played as the whole is if it is the whole, and as it comes if not: what it costs is much the same."""
        take, shown = self._take, list[Shown]()
        is_whole = place.ticks == take.sampled
        piece = Piece(place, (), take.canvas if is_whole else take.canvas._replace(ticks=place.ticks), is_whole)

        if is_whole:
            scaled = take.shown(pictures, ticks=place.ticks, limits=self._limits)
        else:
            scaled = take.plain(pictures, limits=self._limits)

        def kept() -> Iterator[Shown]:
            for one in scaled:
                shown.append(one)
                yield one

        cost = None
        with source_errors():
            if self._spec:
                cost = piece.cost_of(kept(), self._spec, self._cut)
            else:
                shown = list(scaled)
        return piece._replace(shown=tuple(shown)), cost


@contextmanager
def pieces_made(take: Take, spec: AnimationSpec | None, cut: Cut, *, limits: Limits) -> Iterator[Pieces]:
    """With `spec`, what each costs, too."""
    with ThreadPoolExecutor(THREADS, "pieces") as pool:
        pieces = Pieces(pool, take, spec, cut, limits)
        try:
            yield pieces
        finally:
            pieces.end()


def _ignore(_: int) -> None:
    """Nobody waits for single ticks of a piece."""
