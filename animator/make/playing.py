"""The order in which sampled pictures are shown: faded over the seam, the last one first, there and back.

A picture comes once, however many ticks it stays (frames.Shown), and so it leaves here.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

from animator.core.playback import BOUNCE, Playback
from animator.picture.frames import Shown


def played(shown: Iterable[Shown], playback: Playback, *, ticks: int, fps: Fraction) -> Iterator[Shown]:
    """Of `ticks` sampled ones; what comes out has Playback.shown of them."""
    fade = playback.fade(fps)
    if fade:
        # numpy takes a tenth of a second to import, and few pictures fade.
        from animator.make.crossfade import crossfaded

        shown, ticks = crossfaded(shown, ticks=ticks, fade=fade), ticks - fade
    if playback.reverse:
        shown = _reversed(shown, ticks=ticks)
    return _bounced(shown, ticks=ticks) if playback.loop == BOUNCE else iter(shown)


def _reversed(shown: Iterable[Shown], *, ticks: int) -> Iterator[Shown]:
    end = ticks
    for picture in reversed(list(shown)):
        yield Shown(ticks - end, picture.image)
        end = picture.first


def _bounced(shown: Iterable[Shown], *, ticks: int) -> Iterator[Shown]:
    """There, and back without the pictures at both turns, which are on screen already."""
    way: deque[Shown] = deque()
    for picture in shown:
        way.append(picture)
        yield picture
    end = way.pop().first
    while way:
        picture = way.pop()
        if end > 1:
            yield Shown(2 * ticks - 1 - end, picture.image)
        end = picture.first
