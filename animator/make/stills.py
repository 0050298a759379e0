"""A set of stills of a video, or sheets of them, one after the other in one file.

In one file, since the child that makes them may write none but those that are there already, and nobody knows how many
there will be before the source is open.
"""

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

from PIL import Image

from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.core.progress import Meter, Progress, ignore_progress
from animator.core.still_set import StillSet
from animator.core.stills_order import StillsOrder
from animator.make.still_image import Stills, save
from animator.read.decode import Picked
from animator.read.moments import pictures_at
from animator.read.source import open_source, source_errors
from animator.read.view import geometry_of

KINDS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}

Size = tuple[int, int]


def stills(
    source: Path,
    bundle: Path,
    order: StillsOrder,
    *,
    limits: Limits = DEFAULT_LIMITS,
    on_progress: Progress = ignore_progress,
) -> StillSet:
    """Fill `bundle`, a file that is there; `on_progress` is told 0 to 1. Raises EngineError's children."""
    with open_source(source, limits=limits) as opened, source_errors():
        moments = order.moments_of(opened.duration)
        places = sorted(range(len(moments)), key=moments.__getitem__)
        meter = Meter(on_progress, len(moments))
        pictures = pictures_at(opened, [moments[place] for place in places], on_work=meter.on_work)
        first = next(pictures)
        geometry = geometry_of(first, opened)
        size = order.size(geometry.width, geometry.height, shape=geometry.shape)
        limits.check_stills(len(moments), width=size[0], height=size[1])
        making = Stills(geometry, size, opaque=order.format == "jpg", fill=order.fill)
        images = (making.image(picture) for picture in _counted(chain([first], pictures), meter, limits))
        if order.is_sheet:
            spans = list(_written(_sheets(images, order, size), bundle, order))
        else:
            found = dict(zip(places, _written(images, bundle, order), strict=True))
            spans = [found[place] for place in range(len(moments))]
        return _still_set(moments, spans, size=size, duration=opened.duration, notes=opened.notes)


def _counted(pictures: Iterable[Picked], meter: Meter, limits: Limits) -> Iterator[Picked]:
    for number, picture in enumerate(pictures):
        limits.check_source(picture.frame.width, picture.frame.height)
        yield picture
        meter.on_tick(number + 1)


def _sheets(images: Iterable[Image.Image], order: StillsOrder, size: Size) -> Iterator[Image.Image]:
    """Each filled row by row; what stays empty of the last is black, or transparent where the stills are."""
    (width, height), most = size, order.rows * order.columns
    sheet: Image.Image | None = None
    for number, image in enumerate(images):
        row, column = divmod(number % most, order.columns)
        if row == column == 0:
            if sheet is not None:
                yield sheet
            sheet = Image.new(image.mode, (width * order.columns, height * order.rows))
        assert sheet is not None
        sheet.paste(image, (column * width, row * height))
    if sheet is not None:
        yield sheet


def _written(images: Iterable[Image.Image], bundle: Path, order: StillsOrder) -> Iterator[tuple[int, int]]:
    """Where each came to lie, and how long it is."""
    with bundle.open("w+b") as file:
        for image in images:
            begin = file.tell()
            save(image, file, KINDS[order.format])
            file.seek(0, os.SEEK_END)
            yield begin, file.tell() - begin


def _still_set(
    moments: list[Fraction], spans: list[tuple[int, int]], *, size: Size, duration: Fraction, notes: tuple[str, ...]
) -> StillSet:
    return StillSet(
        width=size[0],
        height=size[1],
        duration=float(duration),
        moments=tuple(float(moment) for moment in moments),
        spans=tuple(spans),
        notes=notes,
    )
