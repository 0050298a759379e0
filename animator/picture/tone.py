"""Whether a source's colours go beyond those of a GIF or WebP (sRGB): HDR and wide gamut."""

import struct
from typing import NamedTuple, cast

from av import VideoFrame

from animator.picture.chain import is_wild

# ITU-T H.273: transfer characteristics and colour primaries.
PQ, HLG = 16, 18
BT2020, DCI_P3, DISPLAY_P3 = 9, 11, 12
WHITE_NITS = 203.0
USUAL_PEAK_NITS = 1000.0


class Tone(NamedTuple):
    """How a source's colours differ from sRGB: H.273 transfer and primaries, brightest light in nits."""

    transfer: int
    primaries: int
    peak: float = USUAL_PEAK_NITS

    @classmethod
    def of(cls, frame: VideoFrame) -> "Tone | None":
        """None when a picture's colours can be shown as they are."""
        if is_wild(frame):
            return None
        transfer, primaries = int(frame.color_trc), int(frame.color_primaries)
        if transfer in (PQ, HLG):
            return cls(transfer, primaries if primaries == DISPLAY_P3 else BT2020, _peak(frame))
        if primaries in (BT2020, DCI_P3, DISPLAY_P3):
            return cls(transfer, DISPLAY_P3 if primaries == DCI_P3 else primaries)
        return None


def _peak(frame: VideoFrame) -> float:
    """The brightest light that the source says it holds: MaxCLL, else its mastering display, else 1,000 nits."""
    if int(frame.color_trc) == HLG:
        return USUAL_PEAK_NITS
    light = cast("bytes | None", frame.side_data.get("CONTENT_LIGHT_LEVEL"))
    display = cast("bytes | None", frame.side_data.get("MASTERING_DISPLAY_METADATA"))
    told = 0.0
    if display is not None:
        told = _mastering_peak(bytes(display))
    if light is not None:
        told = float(struct.unpack_from("=I", bytes(light))[0]) or told
    return told if WHITE_NITS < told <= 10_000 else USUAL_PEAK_NITS


def _mastering_peak(data: bytes) -> float:
    """AVMasteringDisplayMetadata: ten rationals, the last of them the largest luminance, then two flags."""
    numbers = struct.unpack_from("=20i2i", data)
    numerator, denominator, has_luminance = numbers[18], numbers[19], numbers[21]
    return numerator / denominator if has_luminance and denominator else 0.0
