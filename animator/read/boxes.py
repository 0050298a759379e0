"""The few boxes of MP4 and QuickTime (ISO 14496-12) that say what FFmpeg's binding doesn't pass on."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from animator.picture.geometry import Window
from animator.read.marks import PLAIN, Dolby, Marks

# More boxes in a row than any sane file has before its moov.
MOST_BOXES = 100_000
# A visual sample entry's own fields before the boxes in it, its header included.
ENTRY = 86
ENCRYPTED_ENTRIES = frozenset({b"encv", b"drmi"})
DOLBY_BOXES = (b"dvcC", b"dvvC", b"dvwC")


class Box(NamedTuple):
    """`begin` and `end` are places in the file; the content starts at `inside`."""

    kind: bytes
    begin: int
    inside: int
    end: int


def marks_of_track(file: BinaryIO, track: int) -> Marks:
    """What the sample entries of the track with this id say; nothing for files that aren't built as they should be."""
    try:
        for found in _tracks(file):
            if _track_id(file, found) == track:
                return _marks(file, list(_entries(file, found)))
    except struct.error:
        pass
    return PLAIN


def _marks(file: BinaryIO, entries: list[Box]) -> Marks:
    encrypted, dolby, window = False, None, None
    for entry in entries:
        encrypted |= entry.kind in ENCRYPTED_ENTRIES
        for box in _within(file, entry.begin + ENTRY, entry.end):
            encrypted |= box.kind == b"sinf"
            if box.kind in DOLBY_BOXES:
                dolby = dolby or Dolby.of(_content(file, box, 24))
            if box.kind == b"clap":
                window = _window(_content(file, box, 32), _size(file, entry))
    return Marks(encrypted=encrypted, dolby=dolby, window=window)


def _window(clap: bytes, size: tuple[int, int]) -> Window | None:
    """Clean aperture (12.1.4): width, height and the centre's offsets, each as a fraction."""
    numbers = struct.unpack(">IIIIiIiI", clap)
    if 0 in numbers[1::2]:
        return None
    width, height, right, down = (numbers[n] / numbers[n + 1] for n in range(0, 8, 2))
    left, top = (size[0] - width) / 2 + right, (size[1] - height) / 2 + down
    window = Window(round(left), round(top), round(width), round(height))
    return window if window.fits(*size) else None


def _size(file: BinaryIO, entry: Box) -> tuple[int, int]:
    file.seek(entry.begin + 32)
    width, height = struct.unpack(">HH", file.read(4))
    return width, height


def _tracks(file: BinaryIO) -> Iterator[Box]:
    file.seek(0, 2)
    for moov in _within(file, 0, file.tell()):
        if moov.kind == b"moov":
            yield from (box for box in _within(file, moov.inside, moov.end) if box.kind == b"trak")
            return


def _track_id(file: BinaryIO, track: Box) -> int:
    for box in _within(file, track.inside, track.end):
        if box.kind == b"tkhd":
            content = _content(file, box, 24)
            return int(struct.unpack_from(">I", content, 20 if content[0] == 1 else 12)[0])
    return -1


def _entries(file: BinaryIO, track: Box) -> Iterator[Box]:
    place = track
    for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
        found = next((box for box in _within(file, place.inside, place.end) if box.kind == kind), None)
        if found is None:
            return
        place = found
    yield from _within(file, place.inside + 8, place.end)


def _content(file: BinaryIO, box: Box, most: int) -> bytes:
    file.seek(box.inside)
    return file.read(min(most, box.end - box.inside))


def _within(file: BinaryIO, begin: int, end: int) -> Iterator[Box]:
    for _ in range(MOST_BOXES):
        file.seek(begin)
        header = file.read(16)
        if begin + 8 > end or len(header) < 8:
            return
        size, kind = struct.unpack_from(">I4s", header)
        inside = begin + 8
        if size == 1:
            size, inside = struct.unpack_from(">Q", header, 8)[0], begin + 16
        last = end if size == 0 else begin + size
        if last <= begin + 7 or last > end:
            last = end
        yield Box(kind, begin, inside, last)
        begin = last
