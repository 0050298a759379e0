"""Codes one rectangle of an animation as a still WebP picture."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.webp_blocks import ALPHA, Blocks, Plane, block_means, block_size, paste, planes_of, spread
from animator.webp_mask import alpha_of_blocks
from animator.webp_mux import Still, chunk
from animator.webp_screen import Patch

# libwebp's method 4 takes 2.4 times the time of method 2, for 8 % fewer bytes. Spared are the pictures of which a part
# is coded: with little skipped the bytes are needed, and with nearly all of it skipped the time is not.
_QUICK_FROM, _QUICK_TO = 0.05, 0.6
_QUICK_EXTRA_QUALITY = 0.5
_PICTURE_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")


def still_of(patch: Patch, *, quality: float) -> Still:
    """Code a patch at a libwebp quality (0–100). Lets go of the GIL while it does, so that threads help."""
    thorough = not _QUICK_FROM < patch.share < _QUICK_TO
    if not thorough:
        quality = min(100.0, quality + _QUICK_EXTRA_QUALITY)
    file = _coded(_image(patch), quality=quality, thorough=thorough)
    chunks = b"".join(_picture_chunks(file))
    if patch.shown is not None and len(patch.planes) == ALPHA:
        chunks = chunk(b"ALPH", alpha_of_blocks(patch.shown, width=patch.width, height=patch.height)) + chunks
    return Still(
        x=patch.x,
        y=patch.y,
        width=patch.width,
        height=patch.height,
        chunks=chunks,
        blend=patch.blend,
        alpha=not chunks.startswith(b"VP8 "),
    )


def _image(patch: Patch) -> VideoFrame:
    image = VideoFrame(patch.width, patch.height, "yuv420p" if len(patch.planes) == ALPHA else "yuva420p")
    for place, (target, source) in enumerate(zip(planes_of(image), patch.planes, strict=True)):
        target[:] = source
        if patch.shown is not None and place != ALPHA:
            _flatten(target, patch.shown, block=block_size(place))
    return image


def _flatten(plane: Plane, shown: Blocks, *, block: int) -> None:
    """Give each block that doesn't show one flat value, which a coder predicts at next to no cost.

    Beside a shown block it is the block's own mean, so that what shows is predicted and filtered well; elsewhere it is
    carried along the row.
    """
    columns = np.arange(shown.shape[1])
    own = shown | _beside(shown)
    own[:, 1:] |= shown[:, :-1]
    own[:, 0] = True
    source = np.maximum.accumulate(np.where(own, columns, 0), axis=1)
    means = np.rint(block_means(plane, block=block)).astype(np.uint8)
    flat = np.take_along_axis(means, source, axis=1)
    paste(spread(flat, plane, block=block), plane, shown=~shown, block=block)


def _beside(shown: Blocks) -> Blocks:
    """Blocks with a shown one to the right, above or below."""
    beside = np.zeros_like(shown)
    beside[:, :-1] |= shown[:, 1:]
    beside[:-1] |= shown[1:]
    beside[1:] |= shown[:-1]
    return beside


def _coded(image: VideoFrame, *, quality: float, thorough: bool) -> bytes:
    context = CodecContext.create("libwebp", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = image.width, image.height
    context.pix_fmt = image.format.name
    context.time_base = Fraction(1, 1000)
    context.options = {"quality": f"{quality:g}", "compression_level": "4" if thorough else "2"}
    (packet,) = context.encode(image)
    return bytes(packet)


def _picture_chunks(file: bytes) -> Iterator[bytes]:
    """The chunks of a WebP file that hold the picture."""
    place = 12
    while place < len(file):
        size = int.from_bytes(file[place + 4 : place + 8], "little")
        if file[place : place + 4] in _PICTURE_CHUNKS:
            yield chunk(file[place : place + 4], file[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
