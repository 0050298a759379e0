"""The best seconds of a video: key frames all over it first, then a closer look where they promise most.

What nobody wants to see is avoided: black, fades, titles and credits, stills, cuts within. The rest is scored by how
much moves, how sharp and how well lit it is, and how near its end is to its beginning. The same file gives the same
answer.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from animator.core.errors import ContentMalformed
from animator.core.highlights import MOST, Avoided, Highlight, Highlights
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import Order
from animator.core.progress import Progress, ignore_progress
from animator.core.timeline import Segment, as_fraction, resolve
from animator.make.lettering import lettered
from animator.make.looks import Look, difference, look_at, shift
from animator.make.stretches import Stretches, standing
from animator.read.decode import Picker, look_coarsely
from animator.read.source import Source, open_source

# Looks a second, within a stretch.
RATE = Fraction(8)
# Levels of difference from look to look: below, nothing moves; where it is liveliest; where it is a cut beside others.
STILL, LIVELY, CUT = 0.35, 6.0, 10.0
# So many differences before and after are those beside it.
NEAR = 4
# A cut also shifts so many of the pixels' levels, or differs as two pictures without relation do.
SHIFTED, UNRELATED = 0.2, 48.0
# Share of the pixels of one level in a title; how dark a fade is, beside its lightest picture.
PLAIN, FADED = 0.62, 0.6
# Where light and contrast fall to this share within a quarter of a second, one nearly as the other, a fade has begun.
DIMMED, ALIKE = 0.92, 0.06
# How much each counts.
MOTION, SHARP, LIGHT, SEAM = 0.4, 0.25, 0.2, 0.15
MOST_AVOIDED = 40
BLACK, CHANGED, TITLE, LETTERED = "black", "a cut", "a title or a plain picture", "words over the picture"
# Words that lie over this share of a piece are no accident.
WORDY = 0.25


class _Piece(NamedTuple):
    """A place where what is wanted could be taken from: its looks, and what is wrong with it, "" for nothing.

    `lettered` says that words lie over it, which is worse than none and better than what is wrong.
    `motion`, `light` and `seam` are from 0 to 1, `detail` as Look has it, `standing` what its place takes from it.
    """

    start: float
    end: float
    wrong: str
    lettered: bool
    motion: float
    light: float
    seam: float
    detail: float
    standing: float

    @property
    def rank(self) -> int:
        """0 for the best kind."""
        return 2 if self.wrong else int(self.lettered)

    def score(self, sharpest: float) -> float:
        parts = MOTION * self.motion + SHARP * self.detail / sharpest + LIGHT * self.light + SEAM * self.seam
        return round(parts * self.standing, 4)

    def reasons(self, sharpest: float) -> tuple[str, ...]:
        if self.wrong:
            return (f"nothing is better, though: {self.wrong}",)
        said = (
            ("it moves", self.motion > 0.5),
            ("sharp", self.detail > 0.7 * sharpest),
            ("well lit", self.light > 0.8),
            ("its end is like its beginning", self.seam > 0.7),
            ("no cut in it", True),
            (LETTERED, self.lettered),
        )
        return tuple(words for words, holds in said if holds)


def highlights(
    path: Path, order: Order, *, limits: Limits = DEFAULT_LIMITS, on_progress: Progress = ignore_progress
) -> Highlights:
    """Up to MOST pieces of `order.choice.auto` seconds, the best first; the whole window where it isn't longer.

    Raises EngineError's children.
    """
    with open_source(path, limits=limits) as source:
        segment = resolve(order.start, order.end, duration=source.duration)
        window = order.choice.window(segment, duration=source.duration)
        length = as_fraction(order.choice.auto)
        if window.duration <= length:
            whole = Highlight(
                start=_ms(window.start), end=_ms(window.end), score=1.0, reasons=("there is nothing more",)
            )
            return Highlights(best=(whole,))
        look_coarsely(source)
        return _Search(source, window, length, on_progress).found()


class _Search:
    def __init__(self, source: Source, window: Segment, length: Fraction, on_progress: Progress) -> None:
        self._source = source
        self._window = window
        self._length = length
        self._on_progress = on_progress
        self._work = 0
        self._avoided: list[Avoided] = []

    def found(self) -> Highlights:
        pieces: list[_Piece] = []
        stretches = Stretches(
            self._source,
            self._window,
            self._length,
            wrong=_wrong_alone,
            avoid=self._avoid,
            on_work=self._on_work,
        )
        given_up: list[Segment] = []
        for stretch in stretches.in_order():
            fair = [piece for piece in pieces if not piece.wrong]
            if stretches.are_enough(good=any(not piece.lettered for piece in fair), fair=bool(fair)):
                break
            looks = self._looks(stretch, patiently=False)
            if self._is_spoilt(looks, stretch):
                stretches.gave_up(stretch, at=as_fraction(looks[-1].moment))
                given_up.append(stretch)
                self._avoid(looks[0].moment, looks[-1].moment, BLACK if looks[-1].is_black else CHANGED)
            else:
                pieces += self._pieces(looks)
        while given_up and not pieces:
            pieces += self._pieces(self._looks(given_up.pop(0), patiently=True))
        if not pieces:
            raise ContentMalformed("Not one picture of the video could be decoded where it was looked for the best.")
        sharpest = max(max(piece.detail for piece in pieces), 1e-6)
        best: list[_Piece] = []
        for piece in sorted(pieces, key=lambda piece: (piece.rank, -piece.score(sharpest), piece.start)):
            apart = all(abs(piece.start - other.start) >= self._length for other in best)
            if not best or (len(best) < MOST and apart and not piece.wrong and piece.rank == best[0].rank):
                best.append(piece)
        if not best[0].lettered:
            for piece in pieces:
                if piece.lettered and not piece.wrong:
                    self._avoid(piece.start, piece.end, LETTERED)
        told = [
            Highlight(start=piece.start, end=piece.end, score=piece.score(sharpest), reasons=piece.reasons(sharpest))
            for piece in best
        ]
        return Highlights(best=tuple(told), avoided=tuple(_joined(self._avoided))[:MOST_AVOIDED])

    def _looks(self, stretch: Segment, *, patiently: bool) -> list[Look]:
        """At the pictures' own moments: a tick may show one that begins just behind it.

        Without patience they end where all that could be taken of the stretch is spoilt.
        """
        picker = Picker(self._source, stretch, fps=RATE, on_work=self._on_work, coarse=True)
        looks: list[Look] = []
        for picture in picker:
            looks.append(look_at(picture.frame, _ms(picture.moment if picture.first else stretch.start)))
            if not patiently and self._is_spoilt(looks, stretch):
                break
        return looks

    def _is_spoilt(self, looks: Sequence[Look], stretch: Segment) -> bool:
        """Whether the last look is black, or the last of which that is known begins a scene, in the midst of all."""
        first, last = float(stretch.end - self._length + 2 / RATE), float(stretch.start + self._length)
        if first < looks[-1].moment < last and looks[-1].is_black:
            return True
        recent = looks[-2 * NEAR - 2 :]
        if len(looks) < NEAR + 2 or not first < looks[-NEAR - 2].moment < looks[-NEAR - 1].moment < last:
            return False
        return _cuts(recent, [difference(one, other) for one, other in pairwise(recent)])[-NEAR - 1]

    def _pieces(self, looks: Sequence[Look]) -> Iterator[_Piece]:
        steps = [difference(one, other) for one, other in pairwise(looks)]
        cuts = _cuts(looks, steps)
        words = lettered([look.grey for look in looks])
        ends = float(self._window.end) + 1e-6
        for first, look in enumerate(looks):
            end = _ms(as_fraction(look.moment) + self._length)
            last = next((number for number in range(first, len(looks)) if looks[number].moment >= end), len(looks) - 1)
            if end > ends or looks[last].moment < end - float(2 / RATE) or last == first:
                return
            here = looks[first : last + 1]
            wordy = sum(words[first : last + 1]) > WORDY * len(here)
            piece = self._piece(here, steps[first:last], end=end, cut=any(cuts[first:last]), wordy=wordy)
            if piece.wrong:
                self._avoid(piece.start, piece.end, piece.wrong)
            yield piece

    def _piece(self, looks: Sequence[Look], steps: Sequence[float], *, end: float, cut: bool, wordy: bool) -> _Piece:
        usual = median(steps)
        return _Piece(
            start=looks[0].moment,
            end=end,
            wrong=_wrong_together(looks, steps, cut=cut),
            lettered=wordy,
            motion=min(1.0, usual / LIVELY) if usual <= 3 * LIVELY else 0.6,
            light=min(look.exposure for look in looks) * _steadiness(looks),
            seam=max(0.0, 1 - difference(looks[0], looks[-2] if len(looks) > 2 else looks[-1]) / 40),
            detail=median(look.detail for look in looks),
            standing=standing(looks[0].moment, self._source.duration),
        )

    def _avoid(self, start: float, end: float, reason: str) -> None:
        self._avoided.append(Avoided(start=start, end=end, reason=reason))

    def _on_work(self) -> None:
        """Nobody knows how many packets it will be: the more there were, the slower it rises."""
        self._work += 1
        self._on_progress(1 - 1 / (1 + self._work / 500))


def _wrong_alone(look: Look) -> str:
    if look.is_black:
        return BLACK
    return TITLE if look.plain > PLAIN else ""


def _wrong_together(looks: Sequence[Look], steps: Sequence[float], *, cut: bool) -> str:
    if any(look.is_black for look in looks):
        return BLACK
    if cut:
        return CHANGED
    if median(look.plain for look in looks) > PLAIN:
        return TITLE
    if _fades(looks):
        return "a fade"
    return "a still" if sum(step < STILL for step in steps) > 0.7 * len(steps) else ""


def _fades(looks: Sequence[Look]) -> bool:
    """The light goes far down, or comes up, without a cut; or begins to at the end, or still does at the beginning."""
    return _steadiness(looks) < FADED or _dims(looks[-3:]) or _dims(looks[2::-1])


def _dims(looks: Sequence[Look]) -> bool:
    """From look to look, light and contrast alike."""
    falls = all(after.mean < before.mean and after.deviation < before.deviation for before, after in pairwise(looks))
    light = looks[-1].mean / max(1e-6, looks[0].mean)
    contrast = looks[-1].deviation / max(1e-6, looks[0].deviation)
    return falls and light < DIMMED and contrast < DIMMED and abs(light - contrast) < ALIKE


def _steadiness(looks: Sequence[Look]) -> float:
    """What of its most light it has at its darkest: 1 where the light stays."""
    return min(look.mean for look in looks) / max(1e-6, *(look.mean for look in looks))


def _cuts(looks: Sequence[Look], steps: Sequence[float]) -> list[bool]:
    """Whether the scene changes from each look to the next."""
    found = []
    for number, step in enumerate(steps):
        beside = [*steps[max(0, number - NEAR) : number], *steps[number + 1 : number + 1 + NEAR]]
        sudden = step > CUT + 2.5 * (median(beside) if beside else 0.0)
        moved = shift(looks[number], looks[number + 1])
        found.append((sudden and moved > SHIFTED) or step > UNRELATED)
    return found


def _joined(avoided: Sequence[Avoided]) -> Iterator[Avoided]:
    """Those that overlap for one reason as one, in their order."""
    ordered = sorted(avoided, key=lambda one: (one.reason, one.start))
    for _, group in groupby(_numbered(ordered), key=lambda pair: pair[0]):
        members = [one for _, one in group]
        yield Avoided(start=members[0].start, end=max(one.end for one in members), reason=members[0].reason)


def _numbered(ordered: Sequence[Avoided]) -> Iterator[tuple[int, Avoided]]:
    """Each with the number of the run that it belongs to."""
    number, end, reason = 0, 0.0, ""
    for one in ordered:
        if one.reason != reason or one.start > end:
            number, end = number + 1, one.end
        reason, end = one.reason, max(end, one.end)
        yield number, one


def _ms(seconds: Fraction) -> float:
    return round(float(seconds), 3)
