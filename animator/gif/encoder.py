"""The GIF encoder: plans with the compiled kernel, compresses in threads, writes as it goes.

Alpha: a pixel at least half covered is drawn opaque, in the colour that it has over white; any other is transparent.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from ctypes import CDLL
from typing import BinaryIO, NamedTuple

from animator import kernel
from animator.gif import fallback as gif_fallback
from animator.gif.file import GifFile, Picture
from animator.gif.pacing import end, paced
from animator.gif.parts import Parts
from animator.gif.tuning import look_ahead, tuning_for
from animator.kernel.gif import Planner
from animator.picture.frames import Canvas, Encoded, Shown


class Planned(NamedTuple):
    """A picture on its way: its start in hundredths, the tick it comes up at, and a call that waits for the rest."""

    start: int
    tick: int
    picture: Callable[[], Picture]


def pixel_format(*, alpha: bool) -> str:
    return "rgba" if alpha else "rgb24"


def encode(shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    """A GIF (frames.Encoder). Same input and canvas: same bytes, for any `canvas.threads`."""
    library = kernel.library()
    if library is None:
        return gif_fallback.encode(shown, target, canvas, on_tick=on_tick)
    with ExitStack() as stack:
        parts = stack.enter_context(Parts(library, canvas))
        planner = stack.enter_context(planner_for(library, canvas))
        pictures = planned(paced(shown, canvas), planner, parts)
        return write(pictures, GifFile(target, canvas.width, canvas.height, canvas.loop_count), canvas, on_tick=on_tick)


def planner_for(library: CDLL, canvas: Canvas) -> Planner:
    size = {"width": canvas.width, "height": canvas.height}
    picture_bytes = canvas.width * canvas.height * (4 if canvas.alpha else 3)
    ahead = look_ahead(picture_bytes, quality=canvas.quality, effort=canvas.effort)
    tuning = tuning_for(canvas.quality, effort=canvas.effort, ahead=ahead)
    return Planner(library, **size, alpha=canvas.alpha, once=canvas.loop_count == 1, tuning=tuning)


def planned(pictures: Iterable[tuple[int, Shown]], planner: Planner, parts: Parts) -> Iterator[Planned]:
    """Those pictures that show something new, in order, while later ones are still being compressed."""
    waiting: deque[tuple[int, int]] = deque()
    for start, shown in pictures:
        planner.push(shown.image)
        waiting.append((start, shown.first))
        del shown  # the planner has its own copy, and the next picture may take its time
        if len(waiting) > planner.ahead:
            yield from next_planned(waiting, planner, parts)
    while waiting:
        yield from next_planned(waiting, planner, parts)


def next_planned(waiting: deque[tuple[int, int]], planner: Planner, parts: Parts) -> Iterator[Planned]:
    start, tick = waiting.popleft()
    if picture := parts.plan(planner):
        yield Planned(start=start, tick=tick, picture=picture)


def write(pictures: Iterable[Planned], file: GifFile, canvas: Canvas, *, on_tick: Callable[[int], None]) -> Encoded:
    """Write each picture once its successor's start, and so its own delay, is known, `threads` pictures late."""
    late: deque[Planned] = deque()
    for picture in pictures:
        late.append(picture)
        if len(late) > canvas.threads + 1:
            write_oldest(late, file, until=late[1].start)
            on_tick(late[0].tick)
    last = end(late[-1].start, canvas)
    while late:
        write_oldest(late, file, until=late[1].start if len(late) > 1 else last)
    file.close()
    on_tick(canvas.ticks)
    return Encoded(frames=file.pictures, duration_ms=10 * last)


def write_oldest(late: deque[Planned], file: GifFile, *, until: int) -> None:
    oldest = late.popleft()
    file.add(oldest.picture(), delay=until - oldest.start)
