"""Which way up a picture is to be shown: the display matrix of phones and editors, in quarter turns and mirrors."""

import struct
from fractions import Fraction
from typing import NamedTuple, TypeVar, cast

from av import VideoFrame

Side = TypeVar("Side", int, Fraction)

UPRIGHT = (1, 0, 0, 1)
# (a, b, c, d) of the matrix that maps stored to shown pixels, as signs, to the filters that do the same.
FILTERS: dict[tuple[int, int, int, int], tuple[tuple[str, str], ...]] = {
    (1, 0, 0, 1): (),
    (0, 1, -1, 0): (("transpose", "clock"),),
    (-1, 0, 0, -1): (("hflip", ""), ("vflip", "")),
    (0, -1, 1, 0): (("transpose", "cclock"),),
    (-1, 0, 0, 1): (("hflip", ""),),
    (1, 0, 0, -1): (("vflip", ""),),
    (0, 1, 1, 0): (("transpose", "cclock_flip"),),
    (0, -1, -1, 0): (("transpose", "clock_flip"),),
}
DEGREES = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}


class Orientation(NamedTuple):
    signs: tuple[int, int, int, int] = UPRIGHT

    @classmethod
    def of(cls, frame: VideoFrame) -> "Orientation":
        """From the frame's display matrix (ISO 14496-12 8.2.2): nine 32-bit numbers, of which four turn the picture."""
        data = cast("bytes | None", frame.side_data.get("DISPLAYMATRIX"))
        if data is None:
            return cls()
        a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data)[:36])
        return cls(_nearest_quarter_turn(a, b, c, d))

    @staticmethod
    def is_told(frame: VideoFrame) -> bool:
        return frame.side_data.get("DISPLAYMATRIX") is not None

    @property
    def degrees(self) -> int:
        """Clockwise; a mirrored picture has those of its unmirrored self."""
        a, b, c, d = self.signs
        return DEGREES.get(self.signs, DEGREES.get((-a, -b, c, d), 0))

    @property
    def is_quarter_turn(self) -> bool:
        return self.signs[0] == 0

    def turned(self, width: Side, height: Side) -> tuple[Side, Side]:
        return (height, width) if self.is_quarter_turn else (width, height)

    def filters(self) -> tuple[tuple[str, str], ...]:
        return FILTERS[self.signs]


def _nearest_quarter_turn(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """The quarter turn that is nearest: the larger of the two directions wins, since a picture can't be shown askew."""
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return (_sign(a), 0, 0, _sign(d))
    return (0, _sign(b), _sign(c), 0)


def _sign(value: int) -> int:
    return -1 if value < 0 else 1
