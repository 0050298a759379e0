"""What the packets of a few seconds tell of them, without decoding: how much happens, and whether all the time."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from animator.core.timeline import Segment
from animator.read.decode import no_one_cares
from animator.read.feed import packets_from
from animator.read.packets import LOOK_AHEAD, VideoPacket
from animator.read.source import Source
from animator.read.survey import frame_seconds

# A picture that has nothing of the ones before takes so many times the bytes of the largest of so many on either
# side, and so much of a key frame's.
BESIDE, SUDDEN, LIKE_A_KEY = 8, 2.5, 0.6
# Key frames that come sooner than this share of their usual distance are there because the scene changed.
EARLY = 0.8


# Where so many seconds have less than this share of the mean, nothing is shown, or it stands.
LULL, HARDLY = Fraction(1, 4), 0.05


class Stir(NamedTuple):
    """`bytes_a_second` don't count key frames; `is_even`: nowhere in what is wanted a change of the scene or a lull."""

    bytes_a_second: float
    is_even: bool


def stir_of(
    source: Source,
    segment: Segment,
    *,
    wanted: Fraction,
    usual_gap: Fraction,
    on_work: Callable[[], None] = no_one_cares,
) -> Stir:
    """Of a segment that begins with a key frame, of which `wanted` seconds are to be taken somewhere.

    Packets come in the order of decoding, which is near enough. `usual_gap` is how many seconds key frames usually are
    apart.
    """
    keys: list[tuple[Fraction, int]] = []
    others: list[tuple[Fraction, int]] = []
    late = 0
    for packet in packets_from(source, segment.start) or ():
        on_work()
        moment = _moment(source, packet)
        late = late + 1 if moment >= segment.end else 0
        if late > LOOK_AHEAD:
            break
        if not late:
            (keys if packet.is_keyframe else others).append((moment, packet.size))
    early = [after[0] for before, after in pairwise(keys) if after[0] - before[0] < EARLY * usual_gap]
    sizes = [size for _, size in others]
    like_a_key = LIKE_A_KEY * median(size for _, size in keys) if keys else 0
    pictures = max(1, round(LULL / frame_seconds(source.stream)))
    uneven = [
        moment
        for number, (moment, size) in enumerate(others)
        if (size > like_a_key and _is_sudden(sizes, number)) or _is_lull(sizes, number, pictures)
    ]
    return Stir(
        bytes_a_second=sum(sizes) / float(segment.duration),
        is_even=_is_free(sorted([*early, *uneven]), segment, wanted),
    )


def _is_free(uneven: list[Fraction], segment: Segment, wanted: Fraction) -> bool:
    """Whether there are so many seconds between two such moments, or before or after all."""
    return any(after - before >= wanted for before, after in pairwise([segment.start, *uneven, segment.end]))


def _is_lull(sizes: list[int], number: int, pictures: int) -> bool:
    here = sizes[number : number + pictures]
    return sum(here) < HARDLY * len(here) * sum(sizes) / len(sizes)


def _is_sudden(sizes: list[int], number: int) -> bool:
    beside = [*sizes[max(0, number - BESIDE) : number], *sizes[number + 1 : number + 1 + BESIDE]]
    return sizes[number] > SUDDEN * max(beside, default=0)


def _moment(source: Source, packet: VideoPacket) -> Fraction:
    return source.seconds(source.stamp(packet) or 0)
