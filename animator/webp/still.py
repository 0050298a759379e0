"""Codes one rectangle of an animation as a still WebP picture."""

from collections.abc import Iterator
from fractions import Fraction

from av import VideoFrame
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext

from animator.core.order import BEST
from animator.kernel.webp import Nearness, Patch
from animator.webp.mux import Still, chunk
from animator.webp.tuning import (
    LOSSLESS_METHODS,
    METHODS,
    coder_quality,
    is_maybe_smaller,
    lossless_worth,
    near_guess,
    nearnesses,
)

_PICTURE_CHUNKS = (b"ALPH", b"VP8 ", b"VP8L")
_USES_ALPHA_AT, _USES_ALPHA = 12, 0x10  # in a VP8L chunk: after its head, its signature and the sides
_LOSSLESS_EFFORT = 30  # libwebp's "quality" of a lossless picture: how long it looks for repetitions


def still_of(patch: Patch, *, quality: float, effort: int) -> Still:
    """Code a patch at a quality of 1–100 with an effort of 1–3. Lets go of the GIL, so that threads help."""
    if effort == BEST and patch.hides and not patch.place.alpha:
        return min((_still_of(one, quality=quality, effort=effort) for one in (patch, patch.uncovered())), key=_size)
    return _still_of(patch, quality=quality, effort=effort)


def _size(still: Still) -> int:
    return len(still.chunks)


def _still_of(patch: Patch, *, quality: float, effort: int) -> Still:
    image = patch.cut()
    worth = coder_quality(quality, share=patch.share, life=patch.place.life)
    chunks = _coded(image, quality=worth, method=METHODS[effort])
    if patch.hides and not patch.place.alpha:
        chunks = chunk(b"ALPH", patch.mask()) + chunks
    exact = _exact(patch, image, len(chunks), quality=quality, effort=effort)
    chunks = exact or _nearly_lossless(patch, image, len(chunks), quality=worth, effort=effort) or chunks
    return _still(chunks, patch.place.x, patch.place.y, image, blend=bool(patch.place.blend))


def _exact(patch: Patch, image: VideoFrame, lossy: int, *, quality: float, effort: int) -> bytes:
    """The lossless coding, if that is worth its bytes beside so many of the lossy one; nothing if it isn't."""
    guess, pixels = patch.lossless_guess(image), image.width * image.height
    if not is_maybe_smaller(guess, lossy, pixels=pixels, quality=quality, effort=effort):
        return b""
    drawn = patch.cut(masked=patch.hides) if patch.place.alpha else patch.near(Nearness(0, 0))
    exact = _lossless(drawn, method=LOSSLESS_METHODS[effort])
    return exact if len(exact) <= lossless_worth(quality) * lossy else b""


def _nearly_lossless(patch: Patch, image: VideoFrame, most: int, *, quality: float, effort: int) -> bytes:
    """The finest of nearly lossless codings that has no more bytes than the lossy one, `most`; nothing if none has."""
    if patch.place.alpha or not patch.is_drawn(image):
        return b""
    for nearness in nearnesses(quality):
        differing = patch.differing(image, nearness) * image.width * image.height
        if near_guess(differing, nearness, effort=effort) > most:
            continue
        chunks = _lossless(patch.near(nearness), method=LOSSLESS_METHODS[effort])
        if len(chunks) <= most:
            return chunks
    return b""


def whole_still_of(picture: VideoFrame, *, quality: float, effort: int) -> Still:
    """Code a whole picture, which replaces all that was shown before."""
    return _still(_coded(picture, quality=quality, method=METHODS[effort]), 0, 0, picture, blend=False)


def _still(chunks: bytes, x: int, y: int, image: VideoFrame, *, blend: bool) -> Still:
    alpha = not chunks.startswith(b"VP8 ") and not _is_opaque_lossless(chunks)
    return Still(x=x, y=y, width=image.width, height=image.height, chunks=chunks, blend=blend, alpha=alpha)


def _is_opaque_lossless(chunks: bytes) -> bool:
    return chunks.startswith(b"VP8L") and not chunks[_USES_ALPHA_AT] & _USES_ALPHA


def _coded(image: VideoFrame, *, quality: float, method: int) -> bytes:
    return _chunks(image, {"quality": f"{quality:g}", "compression_level": str(method)})


def _lossless(image: VideoFrame, *, method: int) -> bytes:
    """Of YUV exactly what a lossy picture without any error would show: chroma stays halved, but smoothly so."""
    return _chunks(image, {"lossless": "1", "quality": f"{_LOSSLESS_EFFORT}", "compression_level": str(method)})


def _chunks(image: VideoFrame, options: dict[str, str]) -> bytes:
    context = CodecContext.create("libwebp", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = image.width, image.height
    context.pix_fmt = image.format.name
    context.time_base = Fraction(1, 1000)
    context.options = options
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
