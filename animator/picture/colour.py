"""What a picture's numbers mean as colours, told to the scaler on purpose instead of left to its guesses.

Untagged sources count as BT.601, limited range, whatever their size, as in ffmpeg and every tool built on it: the
picture then has the colours of all other pictures made from that file. (Chromium's video element takes BT.709 for
untagged sources of 720 lines and more; tagged sources come out the same everywhere.)
"""

from av import VideoFrame

from animator.picture.chain import APART, SPREAD, TOGETHER, Filters, guessed_matrix, is_wild

FLAGS = "flags=lanczos+accurate_rnd+full_chroma_int"
# How much of a pixel is covered, exactly: beside a hard edge lanczos would make what is opaque thin, and a rim of what
# is transparent faintly seen.
COVERAGE = "flags=area+accurate_rnd"
# ITU-T H.273 matrix coefficients to the scale filter's names.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}
UNTAGGED = "bt601"
LIMITED, FULL = 1, 2
UNSPECIFIED = 2
RESERVED_MATRICES = frozenset({3, *range(18, 256)})
RESERVED_PRIMARIES = frozenset({0, 3, *range(13, 22), *range(23, 256)})
# From YUV, swscale makes planar RGB, and then packs it, in half the time that it takes to make packed RGB at once.
PLANAR = {"rgb24": "gbrp", "rgba": "gbrap"}


def tidied(frame: VideoFrame) -> VideoFrame:
    """The same picture; tags that H.273 keeps for the future, with which FFmpeg takes no picture at all, are gone."""
    if int(frame.colorspace) in RESERVED_MATRICES:
        frame.colorspace = UNSPECIFIED
    if int(frame.color_primaries) in RESERVED_PRIMARIES:
        frame.color_primaries = UNSPECIFIED
    return frame


def converted(frame: VideoFrame, *, width: int, height: int, pixel_format: str) -> Filters:
    """Filters that scale pictures like `frame` and make them full-range RGB, or YUV as WebP defines it (BT.601)."""
    size = f"{width}:{height}:{FLAGS}"
    if pixel_format.startswith("yuv"):
        return [*_to_bt601(frame, size, pixel_format), ("format", pixel_format)]
    if _is_rgb(frame) or pixel_format not in PLANAR:
        return [("scale", f"{size}:{_source(frame)}:out_range=pc"), ("format", pixel_format)]
    planar = [("scale", f"{size}:{_source(frame)}:out_range=pc"), ("format", PLANAR[pixel_format])]
    return [*planar, ("scale", "in_range=pc:out_range=pc"), ("format", pixel_format)]


def faded(frame: VideoFrame, *, width: int, height: int, pixel_format: str) -> Filters:
    """As `converted`, for pictures with alpha: what can't be seen has no colour to mix into what can.

    Each colour is weighed by its alpha while it is scaled. Deep, so that faint colours keep their hue. The alpha itself
    is scaled apart, and overshoots nowhere.
    """
    target = "out_color_matrix=bt601:out_range=tv" if pixel_format.startswith("yuv") else "out_range=pc"
    return [
        (APART, f"{width}:{height}:{COVERAGE}:in_range=pc:out_range=pc"),
        ("scale", f"{FLAGS}:{_source(frame)}:out_range=pc"),
        ("format", "gbrap16le"),
        ("premultiply", "inplace=1"),
        ("scale", f"{width}:{height}:{FLAGS}:in_range=pc:out_range=pc"),
        ("format", "gbrap16le"),
        (SPREAD, ""),
        ("unpremultiply", "inplace=1"),
        ("scale", f"{FLAGS}:in_range=pc:{target}"),
        ("format", pixel_format),
        (TOGETHER, ""),
    ]


def deep_rgb(frame: VideoFrame, *, width: int, height: int, pixel_format: str) -> Filters:
    """Filters that scale pictures like `frame` to RGB of more than 8 bits, with primaries and transfer as they are."""
    return [("scale", f"{width}:{height}:{FLAGS}:{_source(frame)}:out_range=pc"), ("format", pixel_format)]


def from_deep_rgb(pixel_format: str) -> Filters:
    target = "out_color_matrix=bt601:out_range=tv" if pixel_format.startswith("yuv") else "out_range=pc"
    return [("scale", f"{FLAGS}:in_range=pc:{target}"), ("format", pixel_format)]


def from_rgb(pixel_format: str) -> Filters:
    """Filters that make YUV as WebP defines it of full-range RGB."""
    return [
        ("scale", f"{FLAGS}+full_chroma_inp:in_range=pc:out_color_matrix=bt601:out_range=tv"),
        ("format", pixel_format),
    ]


def _to_bt601(frame: VideoFrame, size: str, pixel_format: str) -> Filters:
    """BT.709 is turned by a filter of its own, after scaling: swscale goes by RGB and takes three times as long."""
    if _is_rgb(frame):
        return [("scale", f"{size}:in_range=pc:out_color_matrix=bt601:out_range=tv")]
    if _matrix(frame) != "bt709" or pixel_format not in ("yuv420p", "yuv444p"):
        return [("scale", f"{size}:{_source(frame)}:out_color_matrix=bt601:out_range=tv")]
    unchanged = "primaries=bt709:iprimaries=bt709:trc=bt709:itrc=bt709:fast=1"
    return [
        ("scale", f"{size}:{_source(frame)}:out_color_matrix=bt709:out_range=tv"),
        ("format", pixel_format),
        ("colorspace", f"ispace=bt709:space=smpte170m:irange=tv:range=tv:{unchanged}"),
    ]


def _source(frame: VideoFrame) -> str:
    if _is_rgb(frame):
        return "in_range=pc"
    return f"in_color_matrix={_matrix(frame)}:in_range={'pc' if _is_full_range(frame) else 'tv'}"


def _matrix(frame: VideoFrame) -> str:
    if is_wild(frame):
        return guessed_matrix(frame)
    return MATRICES.get(int(frame.colorspace), UNTAGGED)


def _is_rgb(frame: VideoFrame) -> bool:
    return frame.format.is_rgb or frame.format.has_palette


def _is_full_range(frame: VideoFrame) -> bool:
    """JPEG-like formats and grey without a tag are full range by their nature."""
    tagged = int(frame.color_range)
    if tagged in (LIMITED, FULL):
        return tagged == FULL
    return frame.format.name.startswith(("yuvj", "gray", "ya"))
