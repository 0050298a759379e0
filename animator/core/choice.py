"""Seconds that the engine chooses by itself, in place of those that somebody names."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from animator.core.errors import InvalidTimeOffset
from animator.core.languages import mark as _
from animator.core.options import option
from animator.core.timeline import Segment, as_fraction

SHORTEST, LONGEST = 0.5, 60.0
SHORTEST_PIECE = 0.1
FEWEST, MOST = 2, 100
# What is skipped counts for one of these.
CHOSEN = "auto", "pieces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Raises InvalidTimeOffset when built with nonsense.

    Fields:
        auto: the best piece of so many seconds (make/highlights.py) between start and end is shown; 0: all between them
        pieces: so many pieces, spread evenly between start and end, are shown one after the other; 0: all between them
        piece: how many seconds each of them lasts; 0: one picture each
        skip_first, skip_last: percent of the whole video that aren't looked at, at its beginning and at its end
    """

    auto: float = field(
        default=0.0,
        metadata=option(_("show the best S seconds between --start and --end"), type=float, metavar="S"),
    )
    pieces: int = field(
        default=0, metadata=option(_("show N pieces spread between --start and --end"), type=int, metavar="N")
    )
    piece: float = field(
        default=0.0,
        metadata=option(
            _("seconds of each of --pieces; 0 a picture of each"), needs=("pieces",), type=float, metavar="S"
        ),
    )
    skip_first: float = field(
        default=0.0,
        metadata=option(
            _("for these: leave out so much of the video's beginning"), needs=CHOSEN, type=float, metavar="PERCENT"
        ),
    )
    skip_last: float = field(
        default=0.0,
        metadata=option(
            _("for these: leave out so much of the video's end"), needs=CHOSEN, type=float, metavar="PERCENT"
        ),
    )

    def __post_init__(self) -> None:
        for _name, sentence in mistakes(asdict(self)):
            raise InvalidTimeOffset(sentence)

    def window(self, segment: Segment, *, duration: Fraction) -> Segment:
        """Of `segment`, where the choice is made in a video of so many seconds. Raises InvalidTimeOffset."""
        first = max(segment.start, duration * as_fraction(self.skip_first) / 100)
        last = min(segment.end, duration * (100 - as_fraction(self.skip_last)) / 100)
        if first >= last:
            raise InvalidTimeOffset("Nothing is left to choose from: what is skipped covers start to end.")
        return Segment(start=first, end=last)

    def segment(self, segment: Segment, *, duration: Fraction) -> Segment:
        """What of `segment` is shown, where it is known without a look: pieces, or all of it.

        All of the window where the pieces would lie over each other. Raises InvalidTimeOffset.
        """
        if not self.pieces:
            return segment
        window, length = self.window(segment, duration=duration), as_fraction(self.piece)
        if self.pieces * length >= window.duration:
            return window
        step = window.duration / self.pieces
        starts = [window.start + step * (2 * number + 1) / 2 - length / 2 for number in range(self.pieces)]
        pieces = tuple(Segment(start=start, end=start + length) for start in starts)
        return Segment(start=pieces[0].start, end=pieces[-1].end, pieces=pieces)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Choice":
        """Raises InvalidTimeOffset for what is no choice."""
        try:
            return cls(**values)
        except TypeError as error:
            raise InvalidTimeOffset(f"This isn't a choice of seconds: {error}.") from error


def mistakes(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field of a Choice that makes no sense, and why; what is left out is 0."""
    auto, pieces, piece = (values.get(name, 0) for name in ("auto", "pieces", "piece"))
    if auto and not SHORTEST <= _number(auto) <= LONGEST:
        yield "auto", f"What is chosen lasts {SHORTEST:g} to {LONGEST:g} s, not {auto!r}."
    whole = isinstance(pieces, int) and not isinstance(pieces, bool)
    if pieces and not (whole and FEWEST <= pieces <= MOST):
        yield "pieces", f"There are {FEWEST} to {MOST} pieces, not {pieces!r}."
    if piece and not SHORTEST_PIECE <= _number(piece) <= LONGEST:
        yield "piece", f"A piece lasts {SHORTEST_PIECE:g} to {LONGEST:g} s, or is one picture (0), not {piece!r}."
    if auto and pieces:
        yield "auto", "Either the best seconds are shown (auto) or pieces of all, not both."
    skipped = {name: _number(values.get(name, 0)) for name in ("skip_first", "skip_last")}
    words = "What is skipped at both ends is 0 to 100 % of the video each, and less together."
    wrong = [name for name, share in skipped.items() if not 0 <= share < 100]
    yield from ((name, words) for name in wrong or (["skip_last"] if sum(skipped.values()) >= 100 else []))


def _number(value: Any) -> float:
    """NaN, which is in no range, for what is no number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
