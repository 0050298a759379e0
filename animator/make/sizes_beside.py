"""How large what is made beside a picture will be, by the same pieces of it, which each one's own encoder makes."""

import io
from dataclasses import replace

from av.video.reformatter import VideoReformatter

from animator.core.order import FORMATS, AnimationSpec
from animator.core.siblings import POSTER, POSTER_WEBP, POSTERS, named
from animator.make.beside import converted
from animator.make.encoding import encoder_named, film_named
from animator.make.pieces import Cost, Piece
from animator.make.poster import MAX_EDGE, fitted_edges
from animator.make.windows import Windows
from animator.picture.frames import Shown

# What a container adds: bytes of a file, and of each of its pictures.
ADDED = {"mp4": (850, 14), "webm": (600, 7), "avif": (900, 8), "apng": (70, 38)}
# So many times the bytes of its pieces has the whole of films whose pictures are predicted from both sides, which those
# of a piece, having an end nearby, mostly are.
OF_PIECES = {"avif": 1.6, "webm": 1.15}
# To which power of its pixels a still's bytes follow.
BY_PIXELS = {POSTER: 0.75, POSTER_WEBP: 0.65}


def sizes_beside(windows: Windows, spec: AnimationSpec) -> dict[str, int]:
    """Bytes by kind, of all that `spec` has beside the picture, as it is without a largest size."""
    return {kind: round(_size(kind, windows, spec)) for kind in named(spec.siblings)}


def _size(kind: str, windows: Windows, spec: AnimationSpec) -> float:
    if kind in POSTERS:
        return _still(kind, windows)
    pieces = [_fed(piece, kind, spec) for piece in windows.pieces]
    if kind in FORMATS:
        return windows._replace(pieces=tuple(pieces), costs=()).size(replace(spec, format=kind, siblings=""))[0]
    packets = [list(film_named(kind).packets(piece.shown, piece.canvas)) for piece in pieces]
    file, each = ADDED[kind]
    added = file + each * windows.take.canvas.ticks
    if windows.is_whole:
        return added + sum(size for _, size in packets[0])
    costs = [_cost(made, piece, settled=windows.cut.settling) for made, piece in zip(packets, pieces, strict=True)]
    return added + windows.whole(costs)[0] * OF_PIECES.get(kind, 1.0)


def _fed(piece: Piece, kind: str, spec: AnimationSpec) -> Piece:
    """With pictures as this encoder takes them."""
    wanted, scale = encoder_named(kind).pixel_format(alpha=piece.canvas.alpha), VideoReformatter()
    shown = tuple(Shown(one.first, converted(one.image, wanted, scale)) for one in piece.shown)
    canvas = piece.canvas._replace(quality=spec.quality, effort=spec.effort)
    return piece._replace(shown=shown, canvas=canvas)


def _cost(packets: list[tuple[int, int]], piece: Piece, *, settled: int) -> Cost:
    settled = min(settled, piece.canvas.ticks - 1)
    begins = sum(size for tick, size in packets if tick < settled)
    return Cost(begins, sum(size for _, size in packets) - begins, settled)


def _still(kind: str, windows: Windows) -> float:
    """By the first picture, which is smaller than the still."""
    from animator.make.still_image import save

    image, file = windows.pieces[0].shown[0].image.to_image(), io.BytesIO()
    save(image, file, "JPEG" if kind == POSTER else "WEBP")
    width, height = fitted_edges(windows.take.film.width, windows.take.film.height, MAX_EDGE)
    return float(file.tell() * (width * height / (image.width * image.height)) ** BY_PIXELS[kind])
