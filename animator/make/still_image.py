"""From a decoded picture to one that Pillow can save: scaled, upright, and mounted where its shape is another."""

from fractions import Fraction
from typing import BinaryIO

from PIL import Image, ImageFilter, ImageOps

from animator.picture.geometry import ALIKE, Geometry
from animator.picture.scaling import Scaler
from animator.read.decode import Picked

QUALITY = 85
COLOURS = {"black": (0, 0, 0, 255), "white": (255, 255, 255, 255)}
# The blurred background: how much smaller it is blurred than it is shown, and by how many pixels then.
SMALLER, BLUR = 8, 4


class Stills:
    """Makes images of `size` of a film's pictures, without alpha where `opaque`: what shows through is white.

    `fill` as core/stills_order.py has it.
    """

    def __init__(self, geometry: Geometry, size: tuple[int, int], *, opaque: bool, fill: str = "stretch") -> None:
        self._size, self._opaque, self._fill = size, opaque, fill
        self._inner = size if fill == "stretch" else fitted(geometry, size)
        width, height = self._inner
        pixel_format = "rgba" if geometry.alpha else "rgb24"
        self._scaler = Scaler(width=width, height=height, pixel_format=pixel_format, film=geometry)

    def image(self, picture: Picked) -> Image.Image:
        image = Image.fromarray(self._scaler.scaled(picture.frame, aspect=picture.aspect).to_ndarray())
        if image.mode == "RGBA" and self._opaque:
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
        return image if image.size == self._size else self._mounted(image)

    def _mounted(self, image: Image.Image) -> Image.Image:
        (width, height), (left, top) = self._size, ((self._size[side] - image.size[side]) // 2 for side in (0, 1))
        if self._fill == "gauss":
            small = (max(1, width // SMALLER), max(1, height // SMALLER))
            ground = ImageOps.fit(image, small).filter(ImageFilter.GaussianBlur(BLUR)).resize(self._size)
        else:
            ground = Image.new(image.mode, self._size, COLOURS[self._fill][: len(image.getbands())])
        ground.paste(image, (left, top))
        return ground


def fitted(geometry: Geometry, size: tuple[int, int]) -> tuple[int, int]:
    """The largest size within `size` that has the film's shape; all of it where nobody would see the difference."""
    width, height = size
    if abs(Fraction(geometry.width * height, geometry.height * width) - 1) < ALIKE:
        return size
    scale = min(Fraction(width, geometry.width), Fraction(height, geometry.height))
    return max(1, round(geometry.width * scale)), max(1, round(geometry.height * scale))


def save(image: Image.Image, target: BinaryIO, kind: str) -> None:
    """`kind` as Pillow calls it: JPEG, PNG or WEBP."""
    image.save(target, kind, quality=QUALITY)
