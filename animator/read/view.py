"""How a source's pictures are to be seen: what the file says of them, with what each says of itself."""

from animator.picture.geometry import Geometry
from animator.picture.orientation import Orientation
from animator.read.decode import Picked
from animator.read.source import Source, open_container


def geometry_of(picture: Picked, source: Source) -> Geometry:
    """Of a source's first picture: what the whole film's size is chosen by."""
    return Geometry.of(
        picture.frame,
        aspect=picture.aspect,
        orientation=_orientation(picture, source),
        window=source.marks.window,
    )


def _orientation(picture: Picked, source: Source) -> Orientation:
    """FFmpeg hangs the container's matrix on every picture, and the codec's on key frames alone.

    Unless the decoder is one of ours: then another tells.
    """
    if not source.alpha_beside:
        return Orientation.of(picture.frame) if picture.orientation is None else picture.orientation
    with open_container(source.path) as container:
        plain = next(container.decode(container.streams.video[source.number]), None)
        return Orientation() if plain is None else Orientation.of(plain)
