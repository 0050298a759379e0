"""Where in a video to look closely for its best seconds, and when enough was seen."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from animator.core.timeline import Segment, as_fraction
from animator.make.looks import Look, look_at
from animator.read.interlace import Timed
from animator.read.keys import keys_along, keys_near
from animator.read.source import Source
from animator.read.stir import stir_of
from animator.read.survey import frame_seconds

# Key frames that are looked at, at most, and stretches that are looked at closely.
KEYS, STRETCHES = 40, 5
# Of so many key frames that promise most the packets behind them are read, too.
READ = 24
# Seconds by which a stretch is longer than what is wanted, so that a cut can be evaded; a share of the video that is
# looked at closely at most, unless that is less than two stretches.
SLACK, SHARE = Fraction(3, 2), Fraction(2, 5)
# Without so many key frames the file doesn't say what is where.
FEWEST_KEYS = 4
# Fewer stretches need not be spread.
FEWEST_PARTS = 3
# Seconds of work that may be spent: a share of the video's, but no less and no more than these. So many pixels are
# decoded in one. With something fair in hand, and with nothing, so many times of it may be spent; and to see all of
# a short window.
WORK, LEAST_WORK, MOST_WORK, PIXELS = Fraction(1, 20), Fraction(3, 5), Fraction(2), 330_000_000
FAIR, POOR, WHOLE = 2, 6, 3
# What a change of the scene, or a lull, behind a key frame leaves of its promise.
UNEVEN = 0.5
# Titles stand at the beginning and credits at the end: shares of the video whose pieces count a little less.
TITLES, CREDITS, LESS = 0.03, 0.06, 0.85


def standing(moment: float, duration: Fraction) -> float:
    """How much of its score a piece keeps for where in the video it begins."""
    share = moment / float(duration)
    return LESS if share < TITLES or share > 1 - CREDITS else 1.0


class Stretches:
    """Of `window`, to find `length` seconds in. `avoid` is told of key frames that show nothing, by `wrong`."""

    def __init__(
        self,
        source: Source,
        window: Segment,
        length: Fraction,
        *,
        wrong: Callable[[Look], str],
        avoid: Callable[[float, float, str], None],
        on_work: Callable[[], None],
    ) -> None:
        self._source = source
        self._window = window
        self._length = length
        self._wrong = wrong
        self._avoid = avoid
        self._on_work = on_work
        self._key_moments: list[Fraction] = []
        self._usual_gap = Fraction(0)
        self._spent = 0
        self._is_between = False

    def in_order(self) -> Iterator[Segment]:
        """What promises most first; then as many once more, of the largest gaps that those before have left."""
        first = self._promised()
        for stretch in first:
            self._spent += self._cost(stretch)
            yield stretch
        self._is_between = True
        for stretch in self._between(sorted(first, key=lambda stretch: stretch.start)):
            self._spent += self._cost(stretch)
            yield stretch

    def are_enough(self, *, good: bool, fair: bool) -> bool:
        """Whether the stretch that came last need not be looked at, by what those before it had."""
        if good:
            return self._is_between or self._spent > self._budget
        return self._spent > self._budget * (FAIR if fair else POOR)

    def gave_up(self, stretch: Segment, *, at: Fraction) -> None:
        """What comes later of it wasn't decoded."""
        self._spent -= self._cost(Segment(start=min(at, stretch.end), end=stretch.end))

    @property
    def _budget(self) -> Fraction:
        """Pixels."""
        return min(MOST_WORK, max(LEAST_WORK, WORK * self._source.duration)) * PIXELS

    def _cost(self, stretch: Segment) -> int:
        stream = self._source.stream
        return int(stretch.duration / frame_seconds(stream)) * stream.width * stream.height

    def _promised(self) -> list[Segment]:
        """All of a short window, else what comes behind the key frames that promise most."""
        longer = self._length + SLACK
        count = min(STRETCHES, max(2, int(SHARE * self._window.duration / longer)))
        if self._window.duration <= count * longer and self._cost(self._window) <= WHOLE * self._budget:
            return [self._window]
        if self._window.duration <= longer:
            return [self._window]
        keys = self._keys()
        if len(keys) < FEWEST_KEYS:
            return self._evenly(count, longer)
        promising = self._promising(keys)
        if count < FEWEST_PARTS:
            return self._apart(promising, longer, count)
        # The best of each part of the video first, so that not all are of one scene.
        parts: dict[int, Look] = {}
        for look in promising:
            parts.setdefault(self._part(look, count), look)
        first = list(parts.values())
        return self._apart([*first, *(look for look in promising if look not in first)], longer, count)

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
        behind = [
            moment - max((key for key in self._key_moments if key <= moment), default=moment) for moment in moments
        ]
        self._usual_gap = max(behind)
        return looks

    def _promising(self, keys: Sequence[Look]) -> list[Look]:
        """Those that show something, the best first; all of them where none does."""
        for look in keys:
            if wrong := self._wrong(look):
                self._avoid(look.moment, look.moment, wrong)
        showing = [look for look in keys if not self._wrong(look)] or list(keys)
        sharpest = max(max(look.detail for look in showing), 1e-6)

        def shows(look: Look) -> float:
            return (look.detail / sharpest + look.exposure) * standing(look.moment, self._source.duration)

        found = sorted(showing, key=lambda look: (-round(shows(look), 4), look.moment))
        if self._source.is_read_through:
            return found
        return [*self._stirring(found[:READ], shows), *found[READ:]]

    def _stirring(self, looks: Sequence[Look], shows: Callable[[Look], float]) -> list[Look]:
        """The same in another order: what moves, as far as the packets tell, and keeps its scene, comes first."""
        stirs = []
        for look in looks:
            start = as_fraction(look.moment)
            behind = Segment(start=start, end=start + self._length + SLACK)
            stirs.append(
                stir_of(self._source, behind, wanted=self._length, usual_gap=self._usual_gap, on_work=self._on_work)
            )
        most = max(max(stir.bytes_a_second for stir in stirs), 1e-6)
        promises = {
            look.moment: (shows(look) + stir.bytes_a_second / most) * (1.0 if stir.is_even else UNEVEN)
            for look, stir in zip(looks, stirs, strict=True)
        }
        return sorted(looks, key=lambda look: (-round(promises[look.moment], 4), look.moment))

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
