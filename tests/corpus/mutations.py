"""Thousands of damaged files: every way of damaging done to every proper clip, by seed, no two of them alike.

A kind is a way and a clip. Rounds go through all kinds in turn, so that any first part of the list has them all evenly.
"""

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.corpus.broken import exact, proper
from tests.unit.animator.clips import Clip

Way = Callable[[bytearray, random.Random, list[bytes]], bytes | bytearray]

MORE = {
    "h264.mkv": Clip(),
    "mjpeg.avi": Clip(codec="mjpeg", pixel_format="yuvj420p"),
    "fragments.mp4": Clip(muxer={"movflags": "frag_keyframe+empty_moov"}),
    "qtrle.mov": Clip(codec="qtrle", pixel_format="argb", pictures=4),
}
_NUMBERS = (
    0,
    1,
    2,
    7,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**63,
    2**64 - 1,
)
_TAG = re.compile(rb"[A-Za-z][A-Za-z0-9 ]{3}")


def many(folder: Path, *, count: int) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of `count` files, the same at each run."""
    clips = {f"proper.{kind}": data for kind, data in proper(folder).items()}
    clips |= {name: exact(folder / name, clip) for name, clip in MORE.items()}
    others, seen, made, seed = list(clips.values()), set[bytes](), 0, 0
    while made < count:
        for kind, (way, name) in kinds(list(clips)).items():
            data = bytes(way(bytearray(clips[name]), random.Random(f"{kind} {seed}"), others))
            digest = hashlib.sha256(data).digest()
            if data and digest not in seen and made < count:
                seen.add(digest)
                made += 1
                yield f"m-{kind.replace(' ', '-')}-{seed}.{name.rpartition('.')[2]}", data
        seed += 1


def kinds(clips: list[str]) -> dict[str, tuple[Way, str]]:
    return {f"{title} {name.replace('.', '-')}": (way, name) for title, way in WAYS.items() for name in clips}


def _at(data: bytearray, chance: random.Random, *, within: int = 0, room: int = 1) -> int:
    return chance.randrange(max(1, min(len(data), within or len(data)) - room + 1))


def _span(data: bytearray, chance: random.Random, *, most: int = 4096) -> slice:
    first = _at(data, chance)
    return slice(first, first + chance.randint(1, most))


def _bits(share: float, *, first: int = 0, last: int = 0) -> Way:
    """`first` or `last`: bytes at that end alone."""

    def way(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
        size = min(len(data), first or last or len(data))
        for _ in range(max(1, int(size * share))):
            at = _at(data, chance, within=size)
            data[len(data) - 1 - at if last else at] ^= 1 << chance.randrange(8)
        return data

    return way


def _bytes_of(value: int | None) -> Way:
    def way(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
        for _ in range(chance.randint(1, 64)):
            data[_at(data, chance)] = chance.randrange(256) if value is None else value
        return data

    return way


def _number(size: int, order: str, *, within: int = 0) -> Way:
    def way(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
        for _ in range(chance.randint(1, 4)):
            at = _at(data, chance, within=within, room=size)
            value = chance.choice(_NUMBERS) % 2 ** (8 * size)
            data[at : at + size] = value.to_bytes(size, "big" if order == "big" else "little")
        return data

    return way


def _off_by(size: int) -> Way:
    def way(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
        at = _at(data, chance, within=2048, room=size)
        value = int.from_bytes(data[at : at + size], "big") + chance.choice((-8, -1, 1, 8))
        data[at : at + size] = (value % 2 ** (8 * size)).to_bytes(size, "big")
        return data

    return way


def _filled(what: Callable[[random.Random, int], bytes], *, replaces: bool) -> Way:
    def way(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
        span = _span(data, chance)
        filling = what(chance, span.stop - span.start)
        data[span if replaces else slice(span.start, span.start)] = filling
        return data

    return way


def _tags(data: bytearray, chance: random.Random) -> list[int]:
    """Where four letters stand that may be the name of a box or chunk."""
    return [found.start() for found in _TAG.finditer(data)] or [_at(data, chance)]


def _near_tag(before: bool) -> Way:
    """The four bytes before or behind a name: sizes of boxes, and of chunks."""

    def way(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
        at = chance.choice(_tags(data, chance)) + (-4 if before else 4)
        at = max(0, at)
        data[at : at + 4] = (chance.choice(_NUMBERS) % 2**32).to_bytes(4, chance.choice(("big", "little")))
        return data

    return way


def _tag_swapped(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    one, other = chance.choice(_tags(data, chance)), chance.choice(_tags(data, chance))
    data[one : one + 4] = bytes(data[other : other + 4])
    return data


def _doubled(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    span = _span(data, chance)
    data[span.start : span.start] = data[span] * chance.randint(1, 20)
    return data


def _swapped(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    size = chance.randint(1, 2048)
    one, other = _at(data, chance, room=size), _at(data, chance, room=size)
    first = bytes(data[one : one + size])
    data[one : one + size] = data[other : other + size]
    data[other : other + size] = first
    return data


def _reversed(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    span = _span(data, chance)
    data[span] = data[span][::-1]
    return data


def _masked(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    span, mask = _span(data, chance, most=1024), chance.randint(1, 255)
    data[span] = bytes(byte ^ mask for byte in data[span])
    return data


def _shuffled(data: bytearray, chance: random.Random, _: list[bytes]) -> bytes:
    size = chance.choice((16, 188, 512, 4096))
    blocks = [bytes(data[at : at + size]) for at in range(0, len(data), size)]
    chance.shuffle(blocks)
    return b"".join(blocks)


def _thinned(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    del data[_at(data, chance) :: chance.randint(2, 5000)]
    return data


def _deleted(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    del data[_span(data, chance)]
    return data


def _head_lost(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    return data[_at(data, chance, within=8192) :]


def _tail_lost(data: bytearray, chance: random.Random, _: list[bytes]) -> bytearray:
    return data[: _at(data, chance)]


def _pushed(data: bytearray, chance: random.Random, _: list[bytes]) -> bytes:
    return chance.randbytes(chance.randint(1, 64)) + data


def _repeated(data: bytearray, chance: random.Random, _: list[bytes]) -> bytes:
    return bytes(data) * chance.randint(2, 5) + bytes(data[: _at(data, chance)])


def _other_behind(data: bytearray, chance: random.Random, others: list[bytes]) -> bytes:
    return bytes(data[: _at(data, chance)]) + chance.choice(others)


def _other_before(data: bytearray, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    return other[: chance.randrange(1, len(other))] + data


def _other_within(data: bytearray, chance: random.Random, others: list[bytes]) -> bytearray:
    other, span = chance.choice(others), _span(data, chance)
    first = chance.randrange(len(other))
    data[span] = other[first : first + span.stop - span.start]
    return data


def _other_head(data: bytearray, chance: random.Random, others: list[bytes]) -> bytearray:
    size = chance.randint(4, 256)
    data[:size] = chance.choice(others)[:size]
    return data


def _several(data: bytearray, chance: random.Random, others: list[bytes]) -> bytearray:
    for way in chance.sample(list(WAYS.values())[:-1], 3):
        data = bytearray(way(data, chance, others)) or bytearray(1)
    return data


WAYS: dict[str, Way] = {
    "few bits": _bits(0.0002),
    "many bits": _bits(0.01),
    "bits of the head": _bits(0.01, first=1024),
    "bits of the tail": _bits(0.01, last=1024),
    "bytes zero": _bytes_of(0),
    "bytes full": _bytes_of(255),
    "bytes any": _bytes_of(None),
    "number of 2": _number(2, "big"),
    "number of 4": _number(4, "big"),
    "number of 4 little": _number(4, "little"),
    "number of 8": _number(8, "big"),
    "number of 4 in the head": _number(4, "big", within=512),
    "number of 4 little in the head": _number(4, "little", within=512),
    "off by little": _off_by(4),
    "off by little of 2": _off_by(2),
    "size before a name": _near_tag(True),
    "size behind a name": _near_tag(False),
    "name of another": _tag_swapped,
    "random over": _filled(lambda chance, size: chance.randbytes(size), replaces=True),
    "random between": _filled(lambda chance, size: chance.randbytes(size), replaces=False),
    "zeros over": _filled(lambda _, size: bytes(size), replaces=True),
    "zeros between": _filled(lambda _, size: bytes(size), replaces=False),
    "full over": _filled(lambda _, size: b"\xff" * size, replaces=True),
    "deleted": _deleted,
    "doubled": _doubled,
    "swapped": _swapped,
    "reversed": _reversed,
    "masked": _masked,
    "shuffled": _shuffled,
    "thinned": _thinned,
    "head lost": _head_lost,
    "tail lost": _tail_lost,
    "pushed": _pushed,
    "repeated": _repeated,
    "another behind": _other_behind,
    "another before": _other_before,
    "another within": _other_within,
    "another's head": _other_head,
    "several": _several,
}
