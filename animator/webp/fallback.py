"""WebP where the kernel was not compiled: every picture coded whole, and only equal neighbours merged."""

from collections.abc import Callable
from functools import partial

from av import VideoFrame

from animator.webp.mux import Still
from animator.webp.still import whole_still_of

NOTE = "Every picture was coded whole, as the engine's kernel is not built here: the file could be smaller."


class WholePictures:
    """Takes the place of the kernel's Screen (kernel/webp.py), which would know what of a picture has changed."""

    def __init__(self, *, quality: float, effort: int) -> None:
        self._quality = quality
        self._effort = effort
        self._shown: tuple[bytes, ...] = ()

    def update(self, picture: VideoFrame) -> Callable[[], Still] | None:
        """A call that codes the picture; None when it is the one on screen."""
        planes = tuple(bytes(plane) for plane in picture.planes)
        if planes == self._shown:
            return None
        self._shown = planes
        return partial(whole_still_of, picture, quality=self._quality, effort=self._effort)
