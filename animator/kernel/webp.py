"""The WebP kernel as Python objects: a screen takes pictures in and says what of each has to be coded."""

from collections.abc import Sequence
from ctypes import CDLL, Array, Structure, byref, c_double, c_int32, c_size_t, c_uint8, c_void_p, create_string_buffer
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from av import VideoFrame

from animator.kernel.calls import declared, obtained

PLANES = 4  # WEBP_PLANES of webp.h
BLOCK = 16  # WEBP_BLOCK
SHOWN = 1  # WEBP_SHOWN
TOLERANCE = (
    "lost",
    "lost_mean",
    "luma_square",
    "contrast",
    "flat",
    "luma_peak",
    "chroma_square",
    "chroma_peak",
    "drift",
    "alpha_peak",
    "fine",
    "seam",
    "spared",
)
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
    life: float
    _fields_ = [*((name, c_int32) for name in PLACE), ("life", c_double)]


class Nearness(Structure):
    """webp_nearness of webp_near.h, where each field is explained."""

    bits: int
    alike: int
    _fields_ = [("bits", c_int32), ("alike", c_int32)]


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

    `share` is the part of the screen's blocks that is coded, from 0 to 1. `whole` is the picture with its chroma not
    halved (YUV 4:4:4), where that is known.
    """

    picture: VideoFrame
    place: Place
    share: float
    _blocks: Array[c_uint8]
    _library: CDLL
    whole: VideoFrame | None = None

    @property
    def hides(self) -> bool:
        """Whether some of its blocks don't show."""
        return self.place.shown < self.place.columns * self.place.rows

    def uncovered(self) -> "Patch":
        """The same rectangle with every block showing.

        A block that would have been hidden is then nearer to the source than its screen believes.
        """
        place = Place.from_buffer_copy(self.place)
        place.shown = place.columns * place.rows
        blocks = (c_uint8 * place.shown)(*[SHOWN] * place.shown)
        return Patch(
            self.picture, place, self.share * place.shown / self.place.shown, blocks, self._library, self.whole
        )

    def cut(self, *, masked: bool = False) -> VideoFrame:
        """The picture that a coder gets.

        `masked` is with an alpha plane that is transparent where nothing shows. Other threads run meanwhile.
        """
        alpha = masked or self.place.alpha
        target = VideoFrame(self.place.width, self.place.height, "yuva420p" if alpha else "yuv420p")
        call = declared(self._library, "webp_cut", None, c_void_p, c_void_p, c_void_p, c_void_p)
        images = (_Image.of(self.picture), _Image.of(target))
        call(byref(images[0]), byref(self.place), self._blocks, byref(images[1]))
        return target

    def lossless_guess(self, cut: VideoFrame) -> float:
        """About how many bytes the patch needs when nothing is lost; half of that where it repeats itself."""
        guess: float = declared(self._library, "webp_lossless_guess", c_double, c_void_p)(byref(_Image.of(cut)))
        return guess

    def is_drawn(self, cut: VideoFrame) -> bool:
        return is_drawn(cut, self._library)

    def differing(self, cut: VideoFrame, nearness: Nearness) -> float:
        """The part of its pixels that are like neither the one to the left nor the one above."""
        call = declared(self._library, "webp_differing", c_double, c_void_p, c_void_p)
        part: float = call(byref(_Image.of(cut)), byref(nearness))
        return part

    def near(self, nearness: Nearness) -> VideoFrame:
        """The patch in RGB for a lossless coder, so near to what it should be; what doesn't show is transparent."""
        target = VideoFrame(self.place.width, self.place.height, "bgra")
        image = self.picture if self.whole is None else self.whole
        call = declared(self._library, "webp_draw_near", c_int32, c_void_p, c_int32, *[c_void_p] * 4, c_int32)
        plane = target.planes[0]
        ways = (byref(_Image.of(image)), int(self.whole is not None), byref(self.place), self._blocks)
        obtained(call(*ways, byref(nearness), plane.buffer_ptr, plane.line_size))
        return target

    def mask(self) -> bytes:
        """The payload of an ALPH chunk: opaque where a block shows, transparent elsewhere."""
        room = declared(self._library, "webp_mask_room", c_size_t, c_void_p)(byref(self.place))
        out = create_string_buffer(room)
        call = declared(self._library, "webp_mask", c_size_t, c_void_p, c_void_p, c_void_p)
        used: int = obtained(call(byref(self.place), self._blocks, out))
        return out.raw[:used]


def is_drawn(picture: VideoFrame, library: CDLL) -> bool:
    """Whether a picture is lettering or a drawing: much is even, and what isn't is mostly edges."""
    return bool(declared(library, "webp_is_drawn", c_int32, c_void_p)(byref(_Image.of(picture))))


def hard_edges(picture: VideoFrame, library: CDLL) -> int:
    """How many in a thousand of a YUV 4:2:0 picture's chroma samples lie at a hard edge between colours."""
    found: int = declared(library, "webp_hard_edges", c_int32, c_void_p)(byref(_Image.of(picture)))
    return found


def far_chroma(picture: VideoFrame, other: VideoFrame, library: CDLL) -> int:
    """How many in a thousand of two YUV 4:2:0 pictures' chroma samples are more than four steps apart."""
    call = declared(library, "webp_far_chroma", c_int32, c_void_p, c_void_p)
    found: int = call(byref(_Image.of(picture)), byref(_Image.of(other)))
    return found


def halved(whole: VideoFrame, library: CDLL) -> VideoFrame:
    """A YUV 4:4:4 picture as YUV 4:2:0."""
    target = VideoFrame(whole.width, whole.height, "yuv420p")
    call = declared(library, "webp_halve", None, c_void_p, c_void_p)
    call(byref(_Image.of(whole)), byref(_Image.of(target)))
    return target


class Screen:
    """What a player shows, and so what of the next picture has to be coded. Used as a context."""

    def __init__(self, library: CDLL, *, width: int, height: int, alpha: bool, tolerance: Tolerance) -> None:
        self._library = library
        self._update = declared(library, "webp_update", c_int32, *[c_void_p, c_void_p, c_int32], *[c_void_p] * 3)
        self._free = declared(library, "webp_screen_free", None, c_void_p)
        new = declared(library, "webp_screen_new", c_void_p, c_int32, c_int32, c_int32, c_void_p)
        self._wanted = (width, height, "yuva420p" if alpha else "yuv420p")
        self._count = -(-width // BLOCK) * -(-height // BLOCK)
        self._address = obtained(new(width, height, int(alpha), byref(tolerance)))

    def update(self, pictures: Sequence[VideoFrame], *, whole: VideoFrame | None = None) -> Patch | None:
        """What has to be coded to show the first of the pictures, which the others follow; None if nothing.

        `whole` is the first one in YUV 4:4:4.

        ValueError when one is none of this screen's.
        """
        for picture in pictures:
            if (picture.width, picture.height, picture.format.name) != self._wanted:
                raise ValueError(f"not {self._wanted}: {picture!r}")
        place, blocks = Place(), (c_uint8 * self._count)()
        images = (_Image * len(pictures))(*map(_Image.of, pictures))
        drawn = VideoFrame(*self._wanted)
        if not self._update(self._address, images, len(pictures), byref(place), blocks, byref(_Image.of(drawn))):
            return None
        return Patch(drawn, place, place.shown / self._count, blocks, self._library, whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._free(self._address)
