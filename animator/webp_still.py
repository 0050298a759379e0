"""Codes one rectangle of an animation as a still WebP picture."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.webp_blocks import BLOCK, Blocks, Patch, Plane, block_sums, planes_of, spread
from animator.webp_mask import alpha_of_blocks
from animator.webp_mux import Still, chunk

_EFFORT = "4"
_PICTURE_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")


def still_of(patch: Patch, *, quality: float) -> Still:
    """Code a patch. Lets go of the GIL while it does, so that threads help."""
    chunks = b"".join(chunk(kind, payload) for kind, payload in _chunks(_coded(_image(patch), quality=quality)))
    if patch.shown is not None and len(patch.planes) == 3:
        mask = alpha_of_blocks(patch.shown, width=patch.width, height=patch.height)
        chunks = chunk(b"ALPH", mask) + chunks
    return Still(
        x=patch.x,
        y=patch.y,
        width=patch.width,
        height=patch.height,
        chunks=chunks,
        blend=patch.blend,
        alpha=b"ALPH" in (chunks[:4], b""),
    )


def _image(patch: Patch) -> VideoFrame:
    image = VideoFrame(patch.width, patch.height, "yuv420p" if len(patch.planes) == 3 else "yuva420p")
    for place, (target, source) in enumerate(zip(planes_of(image), patch.planes, strict=True)):
        target[:] = source
        if patch.shown is not None:
            _flatten(target, patch.shown, block=BLOCK // 2 if place in (1, 2) else BLOCK)
    return image


def _flatten(plane: Plane, shown: Blocks, *, block: int) -> None:
    """Blocks that don't show take one flat value per run along a row: a coder predicts that at no cost."""
    means = (block_sums(plane, block=block) // (block * block)).astype(np.uint8)
    columns = np.arange(shown.shape[1])
    starts_run = ~shown
    starts_run[:, 1:] &= shown[:, :-1]
    run_start = np.maximum.accumulate(np.where(starts_run | shown, columns, 0), axis=1)
    flat = np.take_along_axis(means, run_start, axis=1)
    np.copyto(plane, spread(flat, plane.shape, block=block), where=spread(~shown, plane.shape, block=block))


def _coded(image: VideoFrame, *, quality: float) -> bytes:
    context = CodecContext.create("libwebp", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = image.width, image.height
    context.pix_fmt = image.format.name
    context.time_base = Fraction(1, 1000)
    context.options = {"quality": f"{quality:g}", "compression_level": _EFFORT}
    (packet,) = context.encode(image)
    return bytes(packet)


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a WebP file that hold the picture."""
    place = 12
    while place < len(file):
        size = int.from_bytes(file[place + 4 : place + 8], "little")
        if file[place : place + 4] in _PICTURE_CHUNKS:
            yield file[place : place + 4], file[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
