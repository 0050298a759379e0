"""Long polls: hold a request until there is something to say, without letting them take every web thread."""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from django.conf import settings

T = TypeVar("T")

_PAUSE = 0.2  # seconds between two looks


def wait_for(look: Callable[[], T | None], *, seconds: float) -> T | None:
    """What `look` finds, as soon as that is true in Python's sense; else its last answer after `seconds`.

    At most half of the web threads wait at a time: whoever comes on top is answered at once, as if time were up.
    """
    found = look()
    if found or seconds <= 0 or not _places().acquire(blocking=False):
        return found
    try:
        deadline = time.monotonic() + seconds
        while not found and time.monotonic() < deadline:
            time.sleep(min(_PAUSE, max(0.0, deadline - time.monotonic())))
            found = look()
        return found
    finally:
        _places().release()


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, settings.ZOETROPE_WEB_THREADS // 2))
