"""What it costs to keep a largest size, in pictures as they were asked for."""

from typing import NamedTuple

# So much of a picture's work is decoding, at least and at most; the rest is encoding. Nobody knows how much of which.
DECODING = 0.3, 0.5


class Cost(NamedTuple):
    """How often the picture's source was decoded, and all of its pixels encoded."""

    decoded: float
    encoded: float

    @property
    def pictures(self) -> float:
        """At most, whichever of both is dear."""
        return max(share * self.decoded + (1 - share) * self.encoded for share in DECODING)

    def and_(self, *others: "Cost") -> "Cost":
        every = (self, *others)
        return Cost(sum(one.decoded for one in every), sum(one.encoded for one in every))


class Price(NamedTuple):
    """Of a whole picture, which has so many pixels to be encoded. Those of the same `shape`, if it isn't 0, are decoded
    once for all of them; `at_once` before any is encoded.
    """

    encoded: float
    shape: int = 0
    at_once: bool = False

    def of(self, share: float, *, ready: float = 0.0) -> Cost:
        """If only a share of it is made, and a share is decoded already."""
        return Cost(max(0.0, (1.0 if self.at_once else share) - ready), share * self.encoded)

    @property
    def again(self) -> Cost:
        """Of another one of this shape."""
        return self.of(1.0, ready=1.0 if self.shape else 0.0)
