"""What a picture's numbers mean as colours, told to the scaler on purpose instead of left to its guesses."""

from av import VideoFrame

RGB_FORMATS = frozenset(
    {"rgb24", "bgr24", "rgba", "bgra", "rgb0", "bgr0", "0rgb", "0bgr", "argb", "abgr", "gbrp", "gbrap"}
)
# ITU-T H.273 matrix coefficients to the scale filter's names. Untagged (2): BT.601, as every peer reads it.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
FULL_RANGE = 2


def scale_options(frame: VideoFrame, pixel_format: str) -> str:
    """Options of FFmpeg's scale filter: the source's matrix and range in, RGB or WebP's BT.601 limited out."""
    options = {"in_color_matrix": MATRICES.get(int(frame.colorspace), "bt601")}
    options["in_range"] = "pc" if int(frame.color_range) == FULL_RANGE else "tv"
    if pixel_format in RGB_FORMATS:
        options["out_range"] = "pc"
    else:
        options |= {"out_color_matrix": "bt601", "out_range": "tv"}
    return ":".join(f"{name}={value}" for name, value in options.items())
