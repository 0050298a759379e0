"""A picture that is no larger than it may be: guess by a few pieces, aim, make, aim better."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import BinaryIO

from animator.core.errors import ResultTooLarge
from animator.core.fitted import Fitted
from animator.core.order import AnimationSpec
from animator.core.progress import Progress, portion
from animator.core.result import Result
from animator.make.guesses import guesses
from animator.make.kept import MOST_BYTES
from animator.make.ladder import Rung, ladder, settled
from animator.make.overflow import Overflowing, TooLarge, any_size
from animator.make.pictures import part_of, written_pictures
from animator.make.price import Price
from animator.make.search import Search, Unfinished
from animator.make.take import Take
from animator.make.windows import windows_of
from animator.make.work import Work
from animator.picture.frames import Canvas
from animator.read.weights import Weights
from animator.webp.scaling import BEST_QUALITY

# A finished file is held in memory while another is tried, if it isn't larger.
HELD = 64 * 1024**2
# Of a picture's ticks, one of so many is tried for the guess, and so many at least if they aren't of too many pixels.
SAMPLED, LEAST, PIXELS = 6, 16, 27_000_000
# Pictures whose size is only known roughly are sure to be kept if they have so much of what can be.
SURELY_KEPT = 0.9
# The guess takes this share of the progress, and each try half of what is left.
GUESSED = 0.1

Made = Callable[[AnimationSpec, Progress, TooLarge], Result]
"""Makes the picture; raises Overflowing as soon as it is too large."""


def fitted(work: Work, *, made: Made) -> tuple[Result, AnimationSpec]:
    """Make the target by `made`, once or a few times, and leave the best that fits there; also the order it came to.

    The same order gives the same bytes. Raises ResultTooLarge, naming the smallest size, when nothing fits.
    """
    target, on_progress = work.target, work.on_progress
    windows = windows_of(
        work.source,
        work.order,
        limits=work.limits,
        ticks=_ticks,
        on_work=lambda: on_progress(0.0),
        seen=work.seen,
    )
    spec, canvas = work.order.spec, windows.take.canvas
    rungs = ladder(spec, fps=int(canvas.fps), width=canvas.width, height=canvas.height)
    rungs = [rung for rung in rungs if _is_shown(windows.take, Fraction(rung.fps))]
    guessed, spent = guesses(rungs, windows, spec)
    search = Search(spec.max_bytes, guessed, _prices(rungs, windows.take), spent, windows.part)
    on_progress(GUESSED)
    held, best = b"", None
    while (number := search.next()) is not None:
        plain = settled(spec, rungs[number], width=canvas.width, height=canvas.height)
        # At the floors the refusal has to name all of it.
        too_large = any_size if number == len(rungs) - 1 else _hopeless(search, number, canvas)
        try:
            result = made(plain, portion(on_progress, *_share(search.tries)), too_large)
        except Overflowing as overflowing:
            search.give_up(number, _unfinished(target.read_bytes(), canvas), share=overflowing.share)
            continue
        search.tell(number, result.size, part_of(written_pictures(target.read_bytes())))
        if result.size <= spec.max_bytes:
            best = result, plain, rungs[number]
            if result.size > HELD:
                break
            held = b"" if search.next() is None else target.read_bytes()
    if best is None:
        raise ResultTooLarge(_refusal(spec, search))
    result, plain, rung = best
    if held:
        target.write_bytes(held)
    told = Fitted(max_bytes=spec.max_bytes, moved=rung.moved_from(rungs[0]), tries=search.tries)
    on_progress(1.0)
    return result._replace(fitted=told, notes=(*result.notes, told.sentence)), plain


def _is_shown(take: Take, fps: Fraction) -> bool:
    """Whether its crossfade fits: rounded to ticks it may take more than half of them at one rate, not at the next."""
    playback = take.spec.playback
    return 2 * playback.fade(fps) <= take.segment.ticks(playback.rate(fps))


def _hopeless(search: Search, number: int, canvas: Canvas) -> TooLarge:
    """Too large already; or foreseen to be, when there is no more patience."""
    patience = search.patience(number)

    def too_large(share: float, file: BinaryIO) -> bool:
        nonlocal patience
        if file.tell() > search.limit:
            return True
        if share < patience:
            return False
        patience = math.inf
        return not search.is_foreseen_to_fit(_unfinished(_so_far(file), canvas))

    return too_large


def _so_far(file: BinaryIO) -> bytes:
    written = file.tell()
    file.seek(0)
    try:
        return file.read(written)
    finally:
        file.seek(written)


def _unfinished(file: bytes, canvas: Canvas) -> Unfinished:
    pictures = [picture for picture in written_pictures(file) if picture.end <= len(file)]
    share = min(1.0, sum(picture.ms for picture in pictures) * float(canvas.fps) / 1000 / canvas.ticks)
    if not 0 < share < 1:
        return Unfinished(0, len(file), 1.0)
    return Unfinished(pictures[0].end, pictures[-1].end - pictures[0].end, share)


def _prices(rungs: Sequence[Rung], take: Take) -> list[Price]:
    """What is played backwards is decoded before it is encoded."""
    top, shapes, prices = rungs[0], dict[tuple[int, int, bool], int](), list[Price]()
    for rung in rungs:
        alike = rung.fps, rung.edge, rung.quality >= BEST_QUALITY
        is_kept = take.scaled_bytes * rung.encoded(top) <= SURELY_KEPT * MOST_BYTES
        shape = shapes.setdefault(alike, len(shapes) + 1) if is_kept else 0
        prices.append(Price(rung.encoded(top), shape, take.spec.playback.holds_all))
    return prices


def _ticks(canvas: Canvas, _: Weights) -> int:
    return min(max(LEAST, canvas.ticks // SAMPLED), PIXELS // (canvas.width * canvas.height))


def _share(tries: int) -> tuple[float, float]:
    """From where to where the next try moves the progress."""
    left = (1 - GUESSED) / 2**tries
    return 1 - left, 1 - left / 2


def _refusal(spec: AnimationSpec, search: Search) -> str:
    smallest = search.sizes[search.over]
    return (
        f"The picture can't be made within {spec.max_bytes:,} bytes: the smallest that its least quality, frame rate "
        f"and size allow has {smallest:,} bytes. Allow more bytes or lower floors, or choose a shorter segment."
    )
