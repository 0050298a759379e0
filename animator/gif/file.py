"""The GIF89a container (W3C, "Graphics Interchange Format, version 89a"), written as a stream."""

from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

LONGEST_DELAY = 0xFFFF
LEAVE, WIPE = 1, 2  # disposal methods: do not dispose, restore to background
TRAILER = b"\x3b"


class Picture(NamedTuple):
    """One image block. `data` starts with the LZW minimum code size; the index after the last colour is transparent."""

    x: int
    y: int
    width: int
    height: int
    palette: bytes
    data: bytes
    wiped: bool = False


@dataclass(slots=True)
class GifFile:
    """Writes header, pictures and trailer; `pictures` counts the blocks. The first palette becomes the global one.

    `loop_count`: how often they play; 0 is for ever.
    """

    target: BinaryIO
    width: int
    height: int
    loop_count: int = 0
    pictures: int = 0
    _global: bytes = field(default=b"", init=False)

    def add(self, picture: Picture, *, delay: int) -> None:
        """Show `picture` for `delay` hundredths of a second. A longer delay than GIF knows repeats the picture."""
        if not self.pictures:
            self._begin(picture)
        while delay > LONGEST_DELAY:
            self._block(picture, delay=LONGEST_DELAY - 2, disposal=LEAVE)  # so that the rest is never below 2
            delay -= LONGEST_DELAY - 2
        self._block(picture, delay=delay, disposal=WIPE if picture.wiped else LEAVE)

    def close(self) -> None:
        self.target.write(TRAILER)

    def _begin(self, first: Picture) -> None:
        self._global = table(first)
        screen = u16(self.width) + u16(self.height) + bytes([0xF0 | table_bits(first) - 1, 0, 0])
        self.target.write(b"GIF89a" + screen + self._global + _loop(self.loop_count))

    def _block(self, picture: Picture, *, delay: int, disposal: int) -> None:
        colours = table(picture)
        local = b"" if colours == self._global else colours
        control = bytes([disposal << 2 | 1]) + u16(delay) + bytes([len(picture.palette) // 3])
        place = u16(picture.x) + u16(picture.y) + u16(picture.width) + u16(picture.height)
        packed = 0x80 | table_bits(picture) - 1 if local else 0
        self.target.write(b"\x21\xf9\x04" + control + b"\x00\x2c" + place + bytes([packed]) + local + picture.data)
        self.pictures += 1


def table_bits(picture: Picture) -> int:
    return picture.data[0]


def table(picture: Picture) -> bytes:
    """The palette, padded to the power of two that the code size stands for."""
    return picture.palette.ljust(3 << table_bits(picture), b"\x00")


def repeats(loop_count: int) -> int | None:
    """NETSCAPE2.0's number for so many plays: how often they come again. None: there is no such block, as for one."""
    return loop_count - 1 if loop_count > 1 else None if loop_count else 0


def _loop(loop_count: int) -> bytes:
    again = repeats(loop_count)
    return b"" if again is None else b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + u16(again) + b"\x00"


def u16(value: int) -> bytes:
    return value.to_bytes(2, "little")
