"""The best seconds of a video: key frames all over it first, then a closer look where they promise most.

What nobody wants to see is avoided: black, fades, titles and credits, stills, cuts within. The rest is scored by how
much moves, how sharp and how well lit it is, and how near its end is to its beginning. The same file gives the same
answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

from animator.core.errors import ContentMalformed
from animator.core.highlights import MOST, Avoided, Highlight, Highlights
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.order import Order
from animator.core.progress import Progress, ignore_progress
from animator.core.timeline import Segment, as_fraction, resolve
from animator.make.looks import Look, difference, look_at, shift
from animator.read.decode import Picked, Picker, look_coarsely
from animator.read.interlace import Timed
from animator.read.keys import keys_along, keys_near
from animator.read.source import Source, open_source

# Key frames that are looked at, at most, and stretches that are looked at closely: what an answer costs.
KEYS, STRETCHES = 72, 5
# Looks a second, within a stretch.
RATE = Fraction(8)
# Seconds by which a stretch is longer than what is wanted, so that a cut can be evaded; a share of the video that is
# looked at closely at most, unless that is less than two stretches.
SLACK, SHARE = Fraction(3, 2), Fraction(2, 5)
# Without so many key frames the file doesn't say what is where.
FEWEST_KEYS = 4
# Levels of difference from look to look: below, nothing moves; where it is liveliest; where it is a cut beside others.
STILL, LIVELY, CUT = 0.35, 6.0, 10.0
# A cut also shifts so many of the pixels' levels, or differs as two pictures without relation do.
SHIFTED, UNRELATED = 0.2, 48.0
# Share of the pixels of one level in a title; how dark a fade is, beside its lightest picture.
PLAIN, FADED = 0.62, 0.6
# How much each counts.
MOTION, SHARP, LIGHT, SEAM = 0.4, 0.25, 0.2, 0.15
# Titles stand at the beginning and credits at the end: shares of the video whose pieces count a little less.
TITLES, CREDITS, LESS = 0.03, 0.06, 0.85
MOST_AVOIDED = 40
BLACK, TITLE = "black", "a title or a plain picture"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A place where what is wanted could be taken from: its looks, and what is wrong with it, "" for nothing.

    `motion`, `light` and `seam` are from 0 to 1, `detail` as Look has it, `standing` what its place takes from it.
    """

    start: float
    end: float
    wrong: str
    motion: float
    light: float
    seam: float
    detail: float
    standing: float

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
        self._key_moments: list[Fraction] = []

    def found(self) -> Highlights:
        stretches = self._stretches()
        pieces = self._all_pieces(stretches)
        for gap in self._between(stretches):
            if not all(piece.wrong for piece in pieces):
                break
            pieces += self._all_pieces([gap])
        if not pieces:
            raise ContentMalformed("Not one picture of the video could be decoded where it was looked for the best.")
        sharpest = max(max(piece.detail for piece in pieces), 1e-6)
        best: list[_Piece] = []
        for piece in sorted(pieces, key=lambda piece: (bool(piece.wrong), -piece.score(sharpest), piece.start)):
            apart = all(abs(piece.start - other.start) >= self._length for other in best)
            if len(best) < MOST and apart and not (piece.wrong and best):
                best.append(piece)
        told = [
            Highlight(start=piece.start, end=piece.end, score=piece.score(sharpest), reasons=piece.reasons(sharpest))
            for piece in best
        ]
        return Highlights(best=tuple(told), avoided=tuple(_joined(self._avoided))[:MOST_AVOIDED])

    def _all_pieces(self, stretches: Sequence[Segment]) -> list[_Piece]:
        return [piece for stretch in stretches for piece in self._pieces(self._looks(stretch))]

    def _between(self, stretches: Sequence[Segment]) -> list[Segment]:
        """As many once more: the gaps that those before have left, the largest first, each entered a little early."""
        edges = [self._window.start, *(edge for one in stretches for edge in (one.start, one.end)), self._window.end]
        gaps = [Segment(start=a - SLACK, end=b + SLACK) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
        largest = sorted(gaps, key=lambda gap: (-gap.duration, gap.start))[: len(stretches)]
        return [self._cut_to(gap) for gap in largest]

    def _cut_to(self, gap: Segment) -> Segment:
        """The middle of it, within the window, and no longer than any other stretch but for what evades a cut.

        It begins with a key frame if there is one: the way from the one before would cost as much as what is sought.
        """
        start, end = max(gap.start, self._window.start), min(gap.end, self._window.end)
        spare = max(Fraction(0), end - start - self._length - 2 * SLACK)
        keys = [key for key in self._key_moments if start <= key <= start + spare]
        begin = min(keys, key=lambda key: abs(key - start - spare / 2), default=start + spare / 2)
        return Segment(start=begin, end=begin + end - start - spare)

    def _stretches(self) -> list[Segment]:
        """Where to look closely: all of a short window, else behind the key frames that promise most."""
        longer = self._length + SLACK
        count = min(STRETCHES, max(2, int(SHARE * self._window.duration / longer)))
        if self._window.duration <= count * longer:
            return [self._window]
        keys = self._keys()
        if len(keys) < FEWEST_KEYS:
            return self._evenly(count, longer)
        promising = self._promising(keys, longer)
        # The best of each part of the video first, so that not all are of one scene.
        parts: dict[int, Look] = {}
        for look in promising:
            parts.setdefault(self._part(look, count), look)
        first = list(parts.values())
        chosen = [*first, *(look for look in promising if look not in first)]
        return sorted(self._apart(chosen, longer, count), key=lambda stretch: stretch.start)

    def _keys(self) -> list[Look]:
        step = self._window.duration / KEYS
        moments = [self._window.start + step * number for number in range(KEYS)]
        if self._source.is_read_through:
            along = keys_along(self._source, least_gap=step, on_work=self._on_work)
            found: Iterator[Timed] = ((frame, moment) for frame, moment, _ in along)
        else:
            found = keys_near(self._source, moments, on_work=self._on_work)
        looks = []
        for frame, moment in found:
            if self._window.start <= moment < self._window.end:
                self._key_moments.append(moment)
                looks.append(look_at(frame, float(moment)))
        return looks

    def _promising(self, keys: Sequence[Look], longer: Fraction) -> list[Look]:
        """Those that show something, the best first; all of them where none does."""
        for look in keys:
            if wrong := _wrong_alone(look):
                self._avoid(look.moment, look.moment, wrong)
        showing = [look for look in keys if not _wrong_alone(look)] or list(keys)
        sharpest = max(max(look.detail for look in showing), 1e-6)
        return sorted(
            showing,
            key=lambda look: (
                -round((look.detail / sharpest + look.exposure) * self._standing(look.moment), 4),
                look.moment,
            ),
        )

    def _apart(self, looks: Sequence[Look], longer: Fraction, count: int) -> list[Segment]:
        found: list[Segment] = []
        for look in looks:
            start = min(as_fraction(look.moment), self._window.end - longer)
            if len(found) < count and all(abs(start - other.start) >= longer for other in found):
                found.append(Segment(start=start, end=start + longer))
        return found

    def _evenly(self, count: int, longer: Fraction) -> list[Segment]:
        step = (self._window.duration - longer) / (count - 1)
        starts = [self._window.start + step * number for number in range(count)]
        return [Segment(start=start, end=start + longer) for start in starts]

    def _part(self, look: Look, count: int) -> int:
        return int((as_fraction(look.moment) - self._window.start) * count / self._window.duration)

    def _looks(self, stretch: Segment) -> list[Look]:
        """At the pictures' own moments: a tick may show one that begins just behind it."""
        picker = Picker(self._source, stretch, fps=RATE, on_work=self._on_work, coarse=True)
        return [look_at(picture.frame, _ms(self._moment(picture, stretch))) for picture in picker]

    def _moment(self, picture: Picked, stretch: Segment) -> Fraction:
        if picture.first and picture.frame.pts is not None and self._source.is_stamped:
            return self._source.seconds(picture.frame.pts)
        return stretch.start + picture.first / RATE

    def _pieces(self, looks: Sequence[Look]) -> Iterator[_Piece]:
        steps = [difference(one, other) for one, other in pairwise(looks)]
        cuts = _cuts(looks, steps)
        ends = float(self._window.end) + 1e-6
        for first, look in enumerate(looks):
            end = _ms(as_fraction(look.moment) + self._length)
            last = next((number for number in range(first, len(looks)) if looks[number].moment >= end), len(looks) - 1)
            if end > ends or looks[last].moment < end - float(2 / RATE) or last == first:
                return
            piece = self._piece(looks[first : last + 1], steps[first:last], end=end, cut=any(cuts[first:last]))
            if piece.wrong:
                self._avoid(piece.start, piece.end, piece.wrong)
            yield piece

    def _piece(self, looks: Sequence[Look], steps: Sequence[float], *, end: float, cut: bool) -> _Piece:
        usual = median(steps)
        return _Piece(
            start=looks[0].moment,
            end=end,
            wrong=_wrong_together(looks, steps, cut=cut),
            motion=min(1.0, usual / LIVELY) if usual <= 3 * LIVELY else 0.6,
            light=min(look.exposure for look in looks),
            seam=max(0.0, 1 - difference(looks[0], looks[-2] if len(looks) > 2 else looks[-1]) / 40),
            detail=median(look.detail for look in looks),
            standing=self._standing(looks[0].moment),
        )

    def _standing(self, moment: float) -> float:
        share = moment / float(self._source.duration)
        return LESS if share < TITLES or share > 1 - CREDITS else 1.0

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
        return "a cut"
    if median(look.plain for look in looks) > PLAIN:
        return TITLE
    if _fades(looks):
        return "a fade"
    return "a still" if sum(step < STILL for step in steps) > 0.7 * len(steps) else ""


def _fades(looks: Sequence[Look]) -> bool:
    """The light goes far down, or comes up, without a cut."""
    lightest = max(looks, key=lambda look: look.mean)
    return min(look.mean for look in looks) < FADED * lightest.mean


def _cuts(looks: Sequence[Look], steps: Sequence[float]) -> list[bool]:
    """Whether the scene changes from each look to the next."""
    found = []
    for number, step in enumerate(steps):
        beside = [*steps[max(0, number - 4) : number], *steps[number + 1 : number + 5]]
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
