"""Proper clips in eleven containers, and what is left of them when they are cut, holed and scrambled."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.unit.animator.clips import Clip, render

CONTAINERS = {
    "mp4": Clip(),
    "mov": Clip(codec="prores_ks", pixel_format="yuv422p10le", pictures=6),
    "mkv": Clip(codec="ffv1", pictures=6),
    "webm": Clip(codec="libvpx-vp9"),
    "avi": Clip(codec="mpeg4"),
    "ts": Clip(codec="mpeg2video", rate=25, container="mpegts"),
    "flv": Clip(codec="flv"),
    "gif": Clip(codec="gif", pixel_format="rgb8"),
    "mpg": Clip(codec="mpeg1video", rate=25),
    "wmv": Clip(codec="wmv2", container="asf"),
    "webp": Clip(codec="libwebp_anim", pixel_format="yuv420p", container="webp"),
}
CUTS = (1, 5, 10, 25, 50, 75, 90, 99)  # percent that is left
SEEDS = 10


def proper(folder: Path) -> dict[str, bytes]:
    """By extension."""
    return {kind: exact(folder / f"proper.{kind}", clip) for kind, clip in CONTAINERS.items()}


def exact(path: Path, clip: Clip) -> bytes:
    """Without what muxers draw at random or read from the clock."""
    return render(path, replace(clip, muxer={**clip.muxer, "fflags": "+bitexact"})).read_bytes()


def truncated(clips: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for kind, data in clips.items():
        for percent in CUTS:
            yield f"c-{percent}-percent.{kind}", data[: max(1, len(data) * percent // 100)]
        middle = len(data) // 2
        yield f"c-no-head.{kind}", data[256:]
        yield f"c-tail-of-junk.{kind}", data + random.Random(kind).randbytes(4096)
        yield f"c-hole.{kind}", data[:middle] + bytes(min(4096, middle)) + data[middle + 4096 :]


def mutated(clips: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for kind, data in clips.items():
        for seed in range(SEEDS):
            yield (
                f"d-bits-{seed}.{kind}",
                _flipped(data, random.Random(f"{kind} {seed}"), share=0.0005, within=len(data)),
            )
        for seed in range(4):
            yield f"d-head-{seed}.{kind}", _flipped(data, random.Random(f"head {seed}"), share=0.02, within=1024)


def _flipped(data: bytes, chance: random.Random, *, share: float, within: int) -> bytes:
    changed = bytearray(data)
    within = min(within, len(changed))
    for _ in range(max(1, int(within * share))):
        changed[chance.randrange(within)] ^= 1 << chance.randrange(8)
    return bytes(changed)
