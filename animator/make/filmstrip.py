"""Small pictures over a whole video, and where its scenes change: what a person picks a segment by.

A short video is decoded whole. Of a longer one only key frames are, and the cuts are those that its encoder noticed: it
put a key frame there. Of a very large file a few key frames are sought, and no cuts are told.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from av import VideoFrame
from PIL import Image, ImageChops, ImageStat

from animator.core.errors import ContentMalformed
from animator.core.filmstrip import Filmstrip
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.progress import Progress, ignore_progress
from animator.core.timeline import Segment
from animator.make.poster import fitted_edges, image_format
from animator.make.still_image import Stills
from animator.read.aspect import Aspects
from animator.read.decode import Picked, Picker
from animator.read.keys import keys_along, keys_near
from animator.read.moments import pictures_at
from animator.read.source import Source, open_source
from animator.read.survey import frame_seconds
from animator.read.view import geometry_of

TILES, COLUMNS = 48, 8
TILE_EDGE = 160  # pixels, the longer one
QUALITY = 70
# Up to so many coded pixels a video is decoded whole: fifteen seconds of 1080p.
WHOLE_PIXELS = 450 * 1920 * 1080
FASTEST = Fraction(30)  # pictures a second that are looked at
# Fewer key frames than this show too little; so much longer a video is decoded all the same then.
FEW, WITHIN_REACH = 16, 5
# Up to so many bytes a file is read through for its key frames, of which so many are decoded at most.
THROUGH_BYTES = 512 * 1024**2
MOST_KEYS = 300
# Two pictures whose luma differs by so much on average (of 255) show different scenes, unless the pictures around them
# differ nearly as much.
ANOTHER_SCENE, LEAP = 22.0, 2.5
# A key frame that comes sooner than the longest distance, by this factor, was put there for a reason.
SOONER = 0.9


class _Seen(NamedTuple):
    """A picture's second and tile, and how long before it the last key frame was; 0 where every picture is seen."""

    moment: Fraction
    tile: Image.Image
    gap: Fraction = Fraction(0)


def filmstrip(
    source: Path, target: Path, *, limits: Limits = DEFAULT_LIMITS, on_progress: Progress = ignore_progress
) -> Filmstrip:
    """Write up to TILES tiles to `target`, a .jpg or .webp. Raises EngineError's children."""
    kind = image_format(target)
    with open_source(source, limits=limits) as opened:
        tiler = _Tiler(opened)
        seen = list(_pictures(opened, tiler, size=source.stat().st_size, on_work=lambda: on_progress(0.5)))
        if len(seen) < FEW and _pixels(opened) <= WITHIN_REACH * WHOLE_PIXELS:
            seen = list(_sought(opened, tiler, on_work=lambda: on_progress(0.5)))
        if not seen:
            raise ContentMalformed("Not one key frame of the video could be decoded.")
        chosen = _spread(seen, duration=opened.duration)
        _sheet([one.tile for one in chosen]).save(target, kind, quality=QUALITY)
        return Filmstrip(
            tile_width=chosen[0].tile.width,
            tile_height=chosen[0].tile.height,
            columns=COLUMNS,
            times=tuple(round(float(one.moment), 4) for one in chosen),
            cuts=tuple(round(float(cut), 4) for cut in _cuts(seen)),
            duration=round(float(opened.duration), 4),
            rate=round(float(1 / frame_seconds(opened.stream)), 4),
            width=tiler.width,
            height=tiler.height,
        )


class _Tiler:
    """Makes tiles of a source's pictures; `width` and `height` are those of the first as it is to be seen."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._aspects = Aspects(source)
        self._stills: Stills | None = None
        self.width = self.height = 0

    def tile(self, frame: VideoFrame) -> Image.Image:
        picked = Picked(0, frame, self._aspects.of(frame))
        if self._stills is None:
            geometry = geometry_of(picked, self._source)
            self.width, self.height = geometry.width, geometry.height
            self._stills = Stills(geometry, fitted_edges(self.width, self.height, TILE_EDGE), opaque=True)
        return self._stills.image(picked)


def _pictures(source: Source, tiler: _Tiler, *, size: int, on_work: Callable[[], None]) -> Iterator[_Seen]:
    if _pixels(source) <= WHOLE_PIXELS:
        yield from _decoded(source, tiler, rate=_rate(source), on_work=on_work)
    elif size <= THROUGH_BYTES or source.is_read_through:
        for frame, moment, gap in keys_along(source, least_gap=source.duration / MOST_KEYS, on_work=on_work):
            yield _Seen(moment, tiler.tile(frame), gap)
    else:
        moments = (source.duration * number / TILES for number in range(TILES))
        for frame, moment in keys_near(source, moments, on_work=on_work):
            yield _Seen(moment, tiler.tile(frame))


def _decoded(source: Source, tiler: _Tiler, *, rate: Fraction, on_work: Callable[[], None]) -> Iterator[_Seen]:
    for picked in Picker(source, Segment(Fraction(0), source.duration), fps=rate, on_work=on_work):
        yield _Seen(picked.first / rate, tiler.tile(picked.frame))


def _sought(source: Source, tiler: _Tiler, *, on_work: Callable[[], None]) -> Iterator[_Seen]:
    """Exact pictures, evenly spread; no cuts are found among so few."""
    moments = [source.duration * number / TILES for number in range(TILES)]
    for moment, picked in zip(moments, pictures_at(source, moments, on_work=on_work), strict=True):
        yield _Seen(moment, tiler.tile(picked.frame))


def _rate(source: Source) -> Fraction:
    return min(FASTEST, 1 / frame_seconds(source.stream))


def _pixels(source: Source) -> Fraction:
    """Of all pictures that are looked at when the video is decoded whole."""
    return source.duration * _rate(source) * source.stream.width * source.stream.height


def _spread(seen: list[_Seen], *, duration: Fraction) -> list[_Seen]:
    """TILES of them at most, as evenly as they come: for the middle of each part of the video the last before it."""
    chosen: dict[Fraction, _Seen] = {}
    place = 0
    for number in range(TILES):
        middle = duration * (2 * number + 1) / (2 * TILES)
        while place + 1 < len(seen) and seen[place + 1].moment <= middle:
            place += 1
        chosen[seen[place].moment] = seen[place]
    return list(chosen.values())


def _cuts(seen: list[_Seen]) -> Iterator[Fraction]:
    longest = max(one.gap for one in seen)
    is_sought = longest == 0 and len(seen) <= TILES
    if is_sought:
        return
    apart = [_difference(one.tile, other.tile) for one, other in pairwise(seen)]
    for number, (one, difference) in enumerate(zip(seen[1:], apart, strict=True)):
        around = max([*apart[max(0, number - 2) : number], *apart[number + 1 : number + 3]], default=0.0)
        leaps = one.gap > 0 or difference > LEAP * around
        if difference > ANOTHER_SCENE and leaps and one.gap <= SOONER * longest:
            yield one.moment


def _difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one.convert("L"), other.convert("L"))).mean[0])


def _sheet(tiles: list[Image.Image]) -> Image.Image:
    width, height = tiles[0].size
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (width * min(COLUMNS, len(tiles)), height * rows))
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % COLUMNS * width, number // COLUMNS * height))
    return sheet
