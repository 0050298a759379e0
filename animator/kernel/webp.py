"""The WebP kernel as Python objects: a screen takes pictures in and says what of each has to be coded."""

from ctypes import CDLL, Array, Structure, byref, c_double, c_int32, c_size_t, c_uint8, c_void_p, create_string_buffer
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from av import VideoFrame

from animator.kernel.calls import declared, obtained

PLANES = 4  # WEBP_PLANES of webp.h
BLOCK = 16  # WEBP_BLOCK
TOLERANCE = ("luma_square", "contrast", "flat", "luma_peak", "chroma_square", "chroma_peak", "drift", "alpha_peak")
PLACE = ("x", "y", "width", "height", "columns", "rows", "shown", "blend", "alpha")


class Tolerance(Structure):
    """webp_tolerance of webp.h, where each field is explained."""

    _fields_ = [(name, c_double) for name in TOLERANCE]


class Place(Structure):
    """webp_patch of webp.h."""

    x: int
    y: int
    width: int
    height: int
    columns: int
    rows: int
    shown: int
    blend: int
    alpha: int
    _fields_ = [(name, c_int32) for name in PLACE]


class _Image(Structure):
    """webp_image of webp.h; lives no longer than the picture whose pixels it points at."""

    _fields_ = [
        ("plane", c_void_p * PLANES),
        ("stride", c_int32 * PLANES),
        ("width", c_int32),
        ("height", c_int32),
    ]

    @classmethod
    def of(cls, picture: VideoFrame) -> "_Image":
        planes = picture.planes
        pointers = (c_void_p * PLANES)(*(plane.buffer_ptr for plane in planes))
        strides = (c_int32 * PLANES)(*(plane.line_size for plane in planes))
        return cls(pointers, strides, picture.width, picture.height)


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of a picture that has to be coded.

    `share` is the part of the screen's blocks that is coded, from 0 to 1.
    """

    picture: VideoFrame
    place: Place
    share: float
    _blocks: Array[c_uint8]
    _library: CDLL

    @property
    def hides(self) -> bool:
        """Whether some of its blocks don't show."""
        return self.place.shown < self.place.columns * self.place.rows

    def cut(self) -> tuple[VideoFrame, float]:
        """The picture that a coder gets, and the part of its visible pixels that lies on an edge, from 0 to 1.

        Other threads run meanwhile.
        """
        target = VideoFrame(self.place.width, self.place.height, "yuva420p" if self.place.alpha else "yuv420p")
        call = declared(self._library, "webp_cut", c_double, c_void_p, c_void_p, c_void_p, c_void_p)
        images = (_Image.of(self.picture), _Image.of(target))
        edges: float = call(byref(images[0]), byref(self.place), self._blocks, byref(images[1]))
        return target, edges

    def mask(self) -> bytes:
        """The payload of an ALPH chunk: opaque where a block shows, transparent elsewhere."""
        room = declared(self._library, "webp_mask_room", c_size_t, c_void_p)(byref(self.place))
        out = create_string_buffer(room)
        call = declared(self._library, "webp_mask", c_size_t, c_void_p, c_void_p, c_void_p)
        used: int = obtained(call(byref(self.place), self._blocks, out))
        return out.raw[:used]


class Screen:
    """What a player shows, and so what of the next picture has to be coded. Used as a context."""

    def __init__(self, library: CDLL, *, width: int, height: int, alpha: bool, tolerance: Tolerance) -> None:
        self._library = library
        self._update = declared(library, "webp_update", c_int32, c_void_p, c_void_p, c_void_p, c_void_p)
        self._free = declared(library, "webp_screen_free", None, c_void_p)
        new = declared(library, "webp_screen_new", c_void_p, c_int32, c_int32, c_int32, c_void_p)
        self._wanted = (width, height, "yuva420p" if alpha else "yuv420p")
        self._count = -(-width // BLOCK) * -(-height // BLOCK)
        self._address = obtained(new(width, height, int(alpha), byref(tolerance)))

    def update(self, picture: VideoFrame) -> Patch | None:
        """What has to be coded to show a picture, None if nothing. ValueError when it is none of this screen's."""
        if (picture.width, picture.height, picture.format.name) != self._wanted:
            raise ValueError(f"not {self._wanted}: {picture!r}")
        place, blocks = Place(), (c_uint8 * self._count)()
        if not self._update(self._address, byref(_Image.of(picture)), byref(place), blocks):
            return None
        return Patch(picture, place, place.shown / self._count, blocks, self._library)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._free(self._address)
