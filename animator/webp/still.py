"""Codes one rectangle of an animation as a still WebP picture."""

from collections.abc import Iterator
from fractions import Fraction

from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.kernel.webp import Patch
from animator.webp.mux import Still, chunk
from animator.webp.tuning import coder_quality, is_worth_time

_PICTURE_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")


def still_of(patch: Patch, *, quality: float) -> Still:
    """Code a patch at a quality of 1–100. Lets go of the GIL while it does, so that threads help."""
    image, edges = patch.cut()
    thorough = is_worth_time(share=patch.share, edges=edges)
    chunks = _coded(image, quality=coder_quality(quality, share=patch.share), thorough=thorough)
    if patch.hides and not patch.place.alpha:
        chunks = chunk(b"ALPH", patch.mask()) + chunks
    return _still(chunks, patch.place.x, patch.place.y, image, blend=bool(patch.place.blend))


def whole_still_of(picture: VideoFrame, *, quality: float) -> Still:
    """Code a whole picture, which replaces all that was shown before."""
    return _still(_coded(picture, quality=quality, thorough=True), 0, 0, picture, blend=False)


def _still(chunks: bytes, x: int, y: int, image: VideoFrame, *, blend: bool) -> Still:
    alpha = not chunks.startswith(b"VP8 ")
    return Still(x=x, y=y, width=image.width, height=image.height, chunks=chunks, blend=blend, alpha=alpha)


def _coded(image: VideoFrame, *, quality: float, thorough: bool) -> bytes:
    context = CodecContext.create("libwebp", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = image.width, image.height
    context.pix_fmt = image.format.name
    context.time_base = Fraction(1, 1000)
    context.options = {"quality": f"{quality:g}", "compression_level": "4" if thorough else "2"}
    (packet,) = context.encode(image)
    return b"".join(_picture_chunks(bytes(packet)))


def _picture_chunks(file: bytes) -> Iterator[bytes]:
    """The chunks of a WebP file that hold the picture."""
    place = 12
    while place < len(file):
        size = int.from_bytes(file[place + 4 : place + 8], "little")
        if file[place : place + 4] in _PICTURE_CHUNKS:
            yield chunk(file[place : place + 4], file[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
