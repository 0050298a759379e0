"""When each picture of a GIF comes up: hundredths of a second, whose sum is right, and none too short for browsers."""

from collections.abc import Iterable, Iterator

from animator.picture.frames import Canvas, Shown

SHORTEST = 2  # hundredths; browsers play anything less at a tenth of a second


def hundredths(tick: int, canvas: Canvas) -> int:
    """The start of a tick. Rounded from the clip's beginning, so that errors don't add up."""
    return round(tick * 100 / canvas.fps)


def paced(shown: Iterable[Shown], canvas: Canvas) -> Iterator[tuple[int, Shown]]:
    """Each picture with its start. One that would be gone too soon is left out; the one before stays."""
    waiting: tuple[int, Shown] | None = None
    for picture in shown:
        start = hundredths(picture.first, canvas)
        if waiting is None:
            waiting = start, picture
        elif start - waiting[0] >= SHORTEST:
            yield waiting
            waiting = start, picture
        elif waiting[0] == 0:
            waiting = 0, picture
        else:
            waiting = start, picture
    if waiting is not None:
        yield waiting


def end(last_start: int, canvas: Canvas) -> int:
    return max(hundredths(canvas.ticks, canvas), last_start + SHORTEST)
