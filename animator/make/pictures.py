"""Where each picture of a finished GIF or WebP ends, and when the next one comes up."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

_GIF_BEGINS, _WEBP_BEGINS = 13, 12
_IMAGE, _EXTENSION, _CONTROL, _ANMF = 0x2C, 0x21, 0xF9, b"ANMF"


Part = Callable[[float], float]
"""Of all that happens, how much does so in a share of the ticks from the beginning; above 0."""


class Written(NamedTuple):
    """One picture in a file: the offset where it ends, and how long it is shown."""

    end: int
    ms: int


def written_pictures(file: bytes) -> list[Written]:
    """Of a file that our encoders wrote, which holds one at least."""
    return list(_webp(file) if file.startswith(b"RIFF") else _gif(file))


def part_of(pictures: Sequence[Written]) -> Part:
    """By the bytes behind the first picture of a whole file."""
    begins, ends = pictures[0].end, pictures[-1].end
    clock = [0, *accumulate(picture.ms for picture in pictures)]

    def part(share: float) -> float:
        if ends == begins:
            return share
        shown = bisect_left(clock, share * clock[-1] - 0.5)
        return max(share / len(pictures), (pictures[max(0, shown - 1)].end - begins) / (ends - begins))

    return part


def _webp(file: bytes) -> Iterator[Written]:
    place = _WEBP_BEGINS
    while place + 8 <= len(file):
        size = int.from_bytes(file[place + 4 : place + 8], "little")
        end = place + 8 + size + size % 2
        if file[place : place + 4] == _ANMF:
            yield Written(end, int.from_bytes(file[place + 20 : place + 23], "little"))
        place = end


def _gif(file: bytes) -> Iterator[Written]:
    place, delay = _GIF_BEGINS + _table(file[10]), 0
    while place < len(file) and file[place] in (_IMAGE, _EXTENSION):
        if file[place] == _IMAGE:
            place = _past_blocks(file, place + 10 + _table(file[place + 9]) + 1)
            yield Written(place, 10 * delay)
            continue
        if file[place + 1] == _CONTROL:
            delay = int.from_bytes(file[place + 4 : place + 6], "little")
        place = _past_blocks(file, place + 2)


def _table(packed: int) -> int:
    """Bytes of the colour table that a block's flags tell of."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _past_blocks(file: bytes, place: int) -> int:
    while place < len(file) and file[place]:
        place += 1 + file[place]
    return place + 1
