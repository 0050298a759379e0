"""Small grey pictures of a source, to be compared: exact in every number, so that the same order finds the same."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from animator.picture.geometry import Geometry
from animator.picture.scaling import Scaler
from animator.read.decode import Picked

Grey = npt.NDArray[np.uint8]
# Of the long edge: noise and fine grain are gone, and whatever a person sees move is not.
EDGE = 96


def greys(picked: Iterable[Picked], film: Geometry, *, edge: int = EDGE) -> Iterator[tuple[int, Grey]]:
    """Each picture of the film, `edge` pixels long at most, with its first tick."""
    scale = min(Fraction(1), Fraction(edge, max(film.width, film.height)))
    width, height = (max(1, round(side * scale)) for side in (film.width, film.height))
    scaler = Scaler(width=width, height=height, pixel_format="gray", film=film)
    for picture in picked:
        plane = scaler.scaled(picture.frame, aspect=picture.aspect).planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)
        yield picture.first, rows[:, :width].copy()
