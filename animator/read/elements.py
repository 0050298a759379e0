"""The few elements of Matroska and WebM (RFC 9559) that say what FFmpeg's binding doesn't pass on."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from animator.picture.geometry import Window
from animator.read.marks import PLAIN, Dolby, Marks

SEGMENT, TRACKS, TRACK, CLUSTER = 0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675
TYPE, VIDEO, IS_VIDEO = 0x83, 0xE0, 1
WIDTH, HEIGHT = 0xB0, 0xBA
# Whose blocks have the times that an AVI would have had.
CODEC, AS_IN_AVI = 0x86, b"V_MS/VFW/FOURCC"
CROP_BOTTOM, CROP_TOP, CROP_LEFT, CROP_RIGHT = 0x54AA, 0x54BB, 0x54CC, 0x54DD
ENCODINGS, ENCODING, ENCODING_TYPE, ENCRYPTION, IS_ENCRYPTION = 0x6D80, 0x6240, 0x5033, 0x5035, 1
MAPPING, MAPPING_TYPE, MAPPING_DATA = 0x41E4, 0x41E7, 0x41ED
DOLBY_TYPES = frozenset(int.from_bytes(name) for name in (b"dvcC", b"dvvC", b"dvwC"))
# More elements in a row than stand before the tracks of any sane file, and more bytes than one that is read has.
MOST_ELEMENTS, MOST_BYTES = 10_000, 4096


class Element(NamedTuple):
    kind: int
    begin: int
    end: int


def marks_of_video(file: BinaryIO, number: int) -> Marks:
    """What is said of the video track that is the `number`-th of its kind."""
    file.seek(0, 2)
    segments = list(_some(file, 0, file.tell(), SEGMENT))
    videos = [
        track
        for segment in segments[:1]
        for tracks in _some(file, segment.begin, segment.end, TRACKS)
        for track in _some(file, tracks.begin, tracks.end, TRACK)
        if any(_number(file, kind) == IS_VIDEO for kind in _some(file, track.begin, track.end, TYPE))
    ]
    marks = _marks(file, videos[number]) if number < len(videos) else PLAIN
    return marks._replace(joined=len(segments) > 1)


def _marks(file: BinaryIO, track: Element) -> Marks:
    encrypted, dolby, window, by_decoding = False, None, None, False
    for element in _within(file, track.begin, track.end):
        if element.kind == CODEC:
            by_decoding = _bytes(file, element).rstrip(b"\0") == AS_IN_AVI
        if element.kind == ENCODINGS:
            encrypted |= any(_encrypts(file, e) for e in _some(file, element.begin, element.end, ENCODING))
        if element.kind == MAPPING:
            dolby = dolby or _dolby(file, element)
        if element.kind == VIDEO:
            window = _window(file, element)
    return Marks(encrypted=encrypted, dolby=dolby, window=window, by_decoding=by_decoding)


def _encrypts(file: BinaryIO, encoding: Element) -> bool:
    return any(
        e.kind == ENCRYPTION or (e.kind == ENCODING_TYPE and _number(file, e) == IS_ENCRYPTION)
        for e in _within(file, encoding.begin, encoding.end)
    )


def _dolby(file: BinaryIO, mapping: Element) -> Dolby | None:
    said = {element.kind: element for element in _within(file, mapping.begin, mapping.end)}
    if MAPPING_TYPE not in said or MAPPING_DATA not in said or _number(file, said[MAPPING_TYPE]) not in DOLBY_TYPES:
        return None
    return Dolby.of(_bytes(file, said[MAPPING_DATA]))


def _window(file: BinaryIO, video: Element) -> Window | None:
    said = {e.kind: _number(file, e) for e in _within(file, video.begin, video.end)}
    left, top = said.get(CROP_LEFT, 0), said.get(CROP_TOP, 0)
    width, height = said.get(WIDTH, 0), said.get(HEIGHT, 0)
    window = Window(left, top, width - left - said.get(CROP_RIGHT, 0), height - top - said.get(CROP_BOTTOM, 0))
    return window if window.fits(width, height) else None


def _some(file: BinaryIO, begin: int, end: int, kind: int) -> Iterator[Element]:
    return (element for element in _within(file, begin, end) if element.kind == kind)


def _bytes(file: BinaryIO, element: Element) -> bytes:
    file.seek(element.begin)
    return file.read(min(MOST_BYTES, element.end - element.begin))


def _number(file: BinaryIO, element: Element) -> int:
    return int.from_bytes(_bytes(file, element)[:8])


def _within(file: BinaryIO, begin: int, end: int) -> Iterator[Element]:
    """Until the pictures begin: what follows them is no longer about the tracks."""
    for _ in range(MOST_ELEMENTS):
        file.seek(begin)
        header = file.read(12)
        if begin >= end or len(header) < 2:
            return
        kind, after = _vint(header, 0, marker=True)
        size, after = _vint(header, after, marker=False)
        if kind == CLUSTER or after > len(header):
            return
        inside = begin + after
        last = end if size is None else min(end, inside + size)
        yield Element(kind or 0, inside, last)
        begin = last


def _vint(data: bytes, at: int, *, marker: bool) -> tuple[int | None, int]:
    """A number of variable length (RFC 8794 4) and where it ends; None for a size that isn't known."""
    if at >= len(data) or data[at] == 0:
        return 0, len(data) + 1
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length])
    plain = value & ((1 << 7 * length) - 1)
    if marker:
        return value, at + length
    return (None if plain == (1 << 7 * length) - 1 else plain), at + length
