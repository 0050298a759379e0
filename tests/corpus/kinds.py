"""Proper files of unusual kinds: they must end in a picture or in a refusal that says why."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from tests.corpus.broken import exact
from tests.unit.animator.clips import Clip

KINDS = {
    "one-picture.mp4": Clip(pictures=1),
    "1000-a-second.mkv": Clip(codec="ffv1", rate=1000, pictures=50),
    "a-picture-in-ten-seconds.mkv": Clip(codec="ffv1", pictures=3, stamps=[0, 10, 20], time_base=Fraction(1)),
    "a-day.mkv": Clip(codec="ffv1", pictures=3, stamps=[0, 43_200, 86_400], time_base=Fraction(1)),
    "ten-bits.mkv": Clip(codec="ffv1", pixel_format="yuv420p10le", pictures=4),
    "sixteen-bits.mkv": Clip(codec="ffv1", pixel_format="gray16le", pictures=4),
    "with-alpha.mkv": Clip(codec="ffv1", pixel_format="yuva420p", pictures=4),
    "444.mp4": Clip(pixel_format="yuv444p"),
    "grey.mkv": Clip(codec="ffv1", pixel_format="gray", pictures=4),
    "aspect.mp4": Clip(aspect=Fraction(2)),
    "turned.mp4": Clip(rotation=90),
    "uneven.mkv": Clip(codec="ffv1", pictures=4, stamps=[0, 1, 7, 50], time_base=Fraction(1, 100)),
    "odd-size.mkv": Clip(codec="ffv1", width=85, height=47, pictures=4, pixel_format="yuv444p"),
    "tiny.mkv": Clip(codec="ffv1", width=2, height=2, pictures=4, pixel_format="yuv444p"),
    "pq.mp4": Clip(colour={"color_trc": 16, "color_primaries": 9, "colorspace": 9}),
    "hlg.mp4": Clip(colour={"color_trc": 18, "color_primaries": 9, "colorspace": 9}),
    "full-range.mp4": Clip(colour={"color_range": 2}),
    "fragmented.mp4": Clip(muxer={"movflags": "frag_keyframe+empty_moov"}),
    "faststart.mp4": Clip(muxer={"movflags": "faststart"}),
    "animation.mov": Clip(codec="qtrle", pixel_format="argb", pictures=4),
    "mjpeg.avi": Clip(codec="mjpeg", pixel_format="yuvj420p"),
    "camera.mjpg": Clip(codec="mjpeg", pixel_format="yuvj420p", rate=25, container="mjpeg"),
    "sticker.apng": Clip(codec="apng", pixel_format="rgba", pictures=4),
    "edit.nut": Clip(container="nut"),
    "large.mkv": Clip(codec="ffv1", width=4096, height=2160, pictures=2),
}


def unusual(folder: Path) -> Iterator[tuple[str, bytes]]:
    for name, clip in KINDS.items():
        try:
            yield f"g-{name}", exact(folder / name, clip)
        except Exception as error:  # an encoder that this build lacks
            print(f"g-{name} can't be made here: {error}")
