"""What the engine tells of a media while somebody waits for it: by a child of this host, one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from animator.core.errors import EngineError, SandboxKilled, SandboxLost
from animator.core.estimated import Estimate
from animator.core.highlights import Highlights
from animator.core.order import Order
from applications.errors import Refused
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.sources import SourceMissing, missing, source_of
from media_jobs.models import Media

T = TypeVar("T")

# Seconds: one answer after the other in a process, none for longer than this, and nobody waits longer for his turn.
ESTIMATE, LOOK, TURN = 10.0, 20.0, 2.0
TICK = 0.1


class EngineBusy(Refused):
    """There is no room for it now; nothing is wrong with it."""

    status = 503
    title = "The server is busy"
    wait = 1.0


class NotMakeable(Refused):
    """The engine refuses the picture, or the file."""

    title = "This picture can't be made"


_turn = threading.BoundedSemaphore(1)


def estimated(media: Media, order: Order) -> Estimate:
    """What a picture will be, before it is made. Raises EngineBusy, NotMakeable."""
    return _answer(media, lambda source, watch: sandbox().estimate(source, order, **watch), seconds=ESTIMATE)


def highlights(media: Media, order: Order) -> Highlights:
    """The pieces that `order.choice` would choose among. Raises EngineBusy, NotMakeable."""
    return _answer(media, lambda source, watch: sandbox().highlights(source, order, **watch), seconds=LOOK)


def _answer(media: Media, ask: Callable[[Path, dict[str, Any]], T], *, seconds: float) -> T:
    if not _turn.acquire(timeout=TURN):
        raise EngineBusy("Others are being answered. Try again in a moment.")
    try:
        return _answered(media, ask, seconds=seconds)
    finally:
        _turn.release()


def _answered(media: Media, ask: Callable[[Path, dict[str, Any]], T], *, seconds: float) -> T:
    until = time.monotonic() + seconds

    def in_time() -> None:
        if time.monotonic() > until:
            raise EngineBusy(f"The answer took longer than {seconds:g} s. Try again, or choose a shorter segment.")

    with refusing(media), source_of(media, alive=in_time) as source:
        return ask(source, {"on_tick": lambda _: in_time(), "tick_seconds": TICK})


@contextmanager
def refusing(media: Media) -> Iterator[None]:
    """What store and engine raise, as EngineBusy or NotMakeable."""
    try:
        yield
    except FileNotFoundError as error:
        why = missing(media.pk)
        if isinstance(why, SourceMissing):
            raise NotMakeable(str(why)) from error
        raise EngineBusy("The file is still on its way to the store. Try again in a moment.") from error
    except (SandboxLost, SandboxKilled, OSError) as error:
        raise EngineBusy("The machine has no room for this just now. Try again in a moment.") from error
    except EngineError as error:
        raise NotMakeable(str(error)) from error
