"""Codes one rectangle of an animation as a still WebP picture."""

from collections.abc import Iterator
from fractions import Fraction

from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.webp_blocks import ALPHA, BLOCK, LUMA, block_means, edges, planes_of
from animator.webp_hidden import flatten_hidden
from animator.webp_mask import alpha_of_blocks
from animator.webp_mux import Still, chunk
from animator.webp_screen import Patch

# libwebp's method 4 takes 2.4 times the time of method 2, for 8 % fewer bytes (15 % where there are few edges). Spared
# are the busy pictures of which a part is coded: with little skipped the bytes are needed, and with nearly all of it
# skipped the time is not.
_QUICK_FROM, _QUICK_TO = 0.05, 0.75
_BUSY = 0.2
# A little better than asked, the more so the more is skipped: that pays for it, and makes up for what lags behind.
_EXTRA_QUALITY, _EXTRA_WHERE_SKIPPED = 0.9, 1.6
_PICTURE_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")


def still_of(patch: Patch, *, quality: float) -> Still:
    """Code a patch at a quality of 1–100. Lets go of the GIL while it does, so that threads help."""
    thorough = not (_QUICK_FROM < patch.share < _QUICK_TO and _edge_share(patch) > _BUSY)
    file = _coded(_image(patch), quality=_coder_quality(quality, share=patch.share), thorough=thorough)
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


def _edge_share(patch: Patch) -> float:
    """Of the pixels that show, the part that lies on an edge."""
    shares = block_means(edges(patch.planes[LUMA]), block=BLOCK)
    return float(shares.mean() if patch.shown is None else shares[patch.shown].mean())


def _coder_quality(quality: float, *, share: float) -> float:
    """libwebp's quality; 100 stays 100."""
    extra = _EXTRA_QUALITY + _EXTRA_WHERE_SKIPPED * (1 - share)
    return quality + extra * min(1.0, (100 - quality) / 25)


def _image(patch: Patch) -> VideoFrame:
    image = VideoFrame(patch.width, patch.height, "yuv420p" if len(patch.planes) == ALPHA else "yuva420p")
    planes = planes_of(image)
    for target, source in zip(planes, patch.planes, strict=True):
        target[:] = source
    if patch.shown is not None:
        flatten_hidden(planes[:ALPHA], shown=patch.shown)
    return image


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
