"""What a picture's numbers mean as colours, told to the scaler on purpose instead of left to its guesses.

Untagged sources count as BT.601, limited range, whatever their size, as in ffmpeg and every tool built on it: the
picture then has the colours of all other pictures made from that file. (Chromium's video element takes BT.709 for
untagged sources of 720 lines and more; tagged sources come out the same everywhere.)
"""

from av import VideoFrame

# ITU-T H.273 matrix coefficients to the scale filter's names.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
UNTAGGED = "bt601"
LIMITED, FULL = 1, 2


def source_options(frame: VideoFrame) -> str:
    """Options of FFmpeg's scale filter that say what comes in."""
    if frame.format.is_rgb or frame.format.has_palette:
        return "in_range=pc"
    matrix = MATRICES.get(int(frame.colorspace), UNTAGGED)
    return f"in_color_matrix={matrix}:in_range={'pc' if _is_full_range(frame) else 'tv'}"


def target_options(pixel_format: str) -> str:
    """Options of FFmpeg's scale filter that say what goes out: full-range RGB, or YUV as WebP defines it (BT.601)."""
    if pixel_format.startswith("yuv"):
        return "out_color_matrix=bt601:out_range=tv"
    return "out_range=pc"


def _is_full_range(frame: VideoFrame) -> bool:
    """JPEG-like formats and grey without a tag are full range by their nature."""
    tagged = int(frame.color_range)
    if tagged in (LIMITED, FULL):
        return tagged == FULL
    return frame.format.name.startswith(("yuvj", "gray", "ya"))
