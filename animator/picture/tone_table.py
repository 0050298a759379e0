"""From HDR and wide-gamut colours to those of a GIF or WebP (sRGB), as one colour table that FFmpeg's haldclut applies.

PQ and HLG: ITU-R BT.2100; tone curve: BT.2390-10 5.4.1 (EETF), with BT.2408's reference white of 203 nits as the
display's white, so that mid-tones keep their brightness and only highlights are pressed together. The table is used
at the output's size, and building it takes milliseconds where FFmpeg's own conversion takes seconds.
"""

from typing import cast

import numpy as np
import numpy.typing as npt
from av import VideoFrame

from animator.picture.tone import BT2020, DISPLAY_P3, HLG, PQ, WHITE_NITS, Tone

Colours = npt.NDArray[np.float64]

# Linear RGB of these primaries to that of BT.709 (ITU-T H.273 table 2, white D65).
TO_BT709: dict[int, tuple[tuple[float, float, float], ...]] = {
    BT2020: ((1.660491, -0.587641, -0.072850), (-0.124550, 1.132900, -0.008349), (-0.018151, -0.100579, 1.118730)),
    DISPLAY_P3: ((1.224940, -0.224940, 0.0), (-0.042057, 1.042057, 0.0), (-0.019638, -0.078636, 1.098274)),
}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
HLG_GAMMA = 1.2
LEVEL = 7


def tone_table(tone: Tone) -> VideoFrame:
    """A Hald CLUT: LEVEL**2 steps a channel, red fastest, 16 bits."""
    light = _display_light(_grid(LEVEL), tone)
    colours = _encode_srgb(_into_gamut(light @ np.array(TO_BT709[tone.primaries]).T))
    edge = LEVEL**3
    pixels = np.rint(colours * 65535).astype(np.uint16).reshape(edge, edge, 3)
    return VideoFrame.from_ndarray(pixels, format="rgb48le")


def _display_light(signal: Colours, tone: Tone) -> Colours:
    """Linear light, 1 being the display's white."""
    if tone.transfer == PQ:
        return _pressed(_decode_pq(signal), peak=tone.peak)
    if tone.transfer == HLG:
        return _pressed(_decode_hlg(signal, peak=tone.peak), peak=tone.peak)
    return _decode_srgb(signal)


def _pressed(nits: Colours, *, peak: float) -> Colours:
    """Scale each colour so that its largest part follows the tone curve: hue and saturation stay."""
    brightest = np.maximum(nits.max(axis=-1, keepdims=True), 1e-6)
    return cast(Colours, nits * (_tone_curve(brightest, peak=peak) / brightest) / WHITE_NITS)


def _grid(level: int) -> Colours:
    steps = np.linspace(0.0, 1.0, level * level)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.stack([red, green, blue], axis=-1).reshape(-1, 3)


def _decode_pq(signal: Colours) -> Colours:
    """BT.2100 table 4: code value to nits."""
    powered = signal ** (1 / 78.84375)
    return 10_000 * (np.maximum(powered - 0.8359375, 0) / (18.8515625 - 18.6875 * powered)) ** (1 / 0.1593017578125)


def _encode_pq(nits: Colours) -> Colours:
    powered = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * powered) / (1 + 18.6875 * powered)) ** 78.84375


def _decode_hlg(signal: Colours, *, peak: float) -> Colours:
    """BT.2100 table 5: code value to the light of the scene, then to nits on a display of `peak`."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    light: Colours = peak * scene * np.maximum(luminance, 1e-9)[..., None] ** (HLG_GAMMA - 1)
    return light


def _tone_curve(nits: Colours, *, peak: float) -> Colours:
    """BT.2390-10 5.4.1 without black lift: PQ-coded light up to a knee as it is, above it a Hermite spline."""
    top = _encode_pq(np.array(peak))
    level = np.minimum(_encode_pq(nits) / top, 1.0)
    target = float(_encode_pq(np.array(WHITE_NITS)) / top)
    knee = 1.5 * target - 0.5
    t = np.maximum(level - knee, 0) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * target
    pressed: Colours = np.where(level < knee, level, spline) * top
    return _decode_pq(pressed)


def _into_gamut(light: Colours) -> Colours:
    """Colours that BT.709 can't show move towards the grey of their own luminance, just far enough."""
    grey = np.clip(light @ LUMINANCE, 0, 1)[..., None]
    low, high = light.min(axis=-1, keepdims=True), light.max(axis=-1, keepdims=True)
    down = np.where(low < 0, grey / np.maximum(grey - low, 1e-9), 1.0)
    up = np.where(high > 1, (1 - grey) / np.maximum(high - grey, 1e-9), 1.0)
    shown: Colours = np.clip(grey + (light - grey) * np.minimum(down, up), 0, 1)
    return shown


def _decode_srgb(signal: Colours) -> Colours:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _encode_srgb(light: Colours) -> Colours:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
