"""The GIF kernel as Python objects: a planner takes pictures in, parts come out and are compressed to image data."""

from ctypes import CDLL, Array, Structure, byref, c_char, c_int32, c_size_t, c_ssize_t, c_uint8, c_void_p, string_at
from types import TracebackType
from typing import Self

from av import VideoFrame

from animator.kernel.calls import declared, obtained

LOOK_AHEAD = 7  # GIF_LOOK_AHEAD of gif.h
WHILE = 3  # GIF_WHILE
LEVELS = 24  # GIF_LEVELS
DEAREST = 1 << 17  # GIF_DEAREST
ACTIVITIES = 8  # GIF_STAYING: the levels below it

TUNING = (
    "exact",
    "ahead",
    "denoise",
    "drift",
    "keep",
    "refine",
    "margin",
    "sample",
    "bins",
    "passes",
    "renew",
    "patience",
    "search",
    "enough",
    "byte",
)
HEAD = ("x", "y", "width", "height", "colours", "lossless", "clear")


Levels = c_int32 * LEVELS


class Tuning(Structure):
    """gif_tuning of gif.h, where each field is explained."""

    _fields_ = [
        *((name, c_int32) for name in TUNING),
        ("lossy", Levels),
        ("price", Levels),
    ]


class Head(Structure):
    """gif_head of gif.h."""

    x: int
    y: int
    width: int
    height: int
    colours: int
    clear: int
    palette: Array[c_uint8]
    _fields_ = [*((name, c_int32) for name in HEAD), ("palette", c_uint8 * 768)]


class Part:
    """What one picture changes: planned by a Planner, then compressed, perhaps in another thread."""

    def __init__(self, library: CDLL, *, width: int, height: int) -> None:
        self._compress = declared(library, "gif_compress", c_size_t, c_void_p, c_void_p, c_size_t)
        self._free = declared(library, "gif_part_free", None, c_void_p)
        self._room = declared(library, "gif_room", c_size_t, c_int32, c_int32)(width, height)
        self._out: Array[c_char] = (c_char * self._room)()
        self.address = obtained(declared(library, "gif_part_new", c_void_p, c_int32, c_int32)(width, height))
        self.head = Head.from_address(self.address)

    def palette(self) -> bytes:
        """3 bytes a colour, `head.colours` of them."""
        return bytes(self.head.palette[: 3 * self.head.colours])

    def compress(self) -> bytes:
        """LZW minimum code size, data sub-blocks and terminator. Other threads run meanwhile."""
        return string_at(self._out, self._compress(self.address, self._out, self._room))

    def close(self) -> None:
        self._free(self.address)


class Planner:
    """Decides what each picture changes, `ahead` pictures behind those that it was given. Used as a context.

    `once` says that nothing follows the last picture, which then stays.
    """

    def __init__(self, library: CDLL, *, width: int, height: int, alpha: bool, once: bool, tuning: Tuning) -> None:
        self._push = declared(library, "gif_push", c_int32, c_void_p, c_void_p, c_ssize_t)
        self._prepare = declared(library, "gif_prepare", None, c_void_p, c_void_p)
        self._plan = declared(library, "gif_plan", c_int32, c_void_p, c_void_p)
        self._settle = declared(library, "gif_settle", None, c_void_p, c_void_p)
        self._free = declared(library, "gif_planner_free", None, c_void_p)
        new = declared(library, "gif_planner_new", c_void_p, c_int32, c_int32, c_int32, c_int32, c_void_p)
        self.ahead = tuning.ahead
        self._wanted = (width, height, "rgba" if alpha else "rgb24")
        self._address = obtained(new(width, height, int(alpha), int(once), byref(tuning)))

    def push(self, image: VideoFrame) -> None:
        """Take in a picture; at most `ahead` + 1 may wait. ValueError when it is none of this planner's."""
        if (image.width, image.height, image.format.name) != self._wanted:
            raise ValueError(f"not {self._wanted}: {image!r}")
        plane = image.planes[0]
        if not self._push(self._address, plane.buffer_ptr, plane.line_size):
            raise ValueError("plan a picture before pushing another")

    def prepare(self, part: Part) -> None:
        """Look at the oldest waiting picture; `plan` then goes on with the same part."""
        self._prepare(self._address, part.address)

    def plan(self, part: Part) -> bool:
        """Plan the picture that was prepared; False when it shows nothing new. ValueError when none waits."""
        drawn: int = self._plan(self._address, part.address)
        if drawn < 0:
            raise ValueError("no picture waits to be planned")
        return bool(drawn)

    def settle(self, part: Part) -> None:
        """Take in how a compressed part looks, before the next is planned."""
        self._settle(self._address, part.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._free(self._address)
