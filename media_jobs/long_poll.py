"""Long polls: hold a request until there is something to say, without letting them take every web thread."""

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from django.conf import settings

from media_jobs.models import ProcedureTask
from media_jobs.states import TaskStatus

T = TypeVar("T")

# Seconds between two looks: a part of the time waited so far. The longer it was, the less a moment more matters.
_SHORTEST_PAUSE, _LONGEST_PAUSE, _PART = 0.03, 0.25, 0.1


def wait_for(look: Callable[[], T | None], *, seconds: float) -> T | None:
    """What `look` finds, as soon as it is truthy; else its last answer after `seconds`.

    At most half of the web threads wait at a time: a call beyond that is answered at once, as if time were up.
    """
    found = look()
    if found or seconds <= 0 or not _places().acquire(blocking=False):
        return found
    try:
        began = time.monotonic()
        while not found and (waited := time.monotonic() - began) < seconds:
            pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, _PART * waited))
            time.sleep(min(pause, seconds - waited))
            found = look()
        return found
    finally:
        _places().release()


def wait_for_change(task: ProcedureTask, *, seconds: float) -> None:
    """Wait until a job of the task changes its state or progress, the task has ended, or `seconds` are over."""
    if not seconds:
        return
    before = _standing(task)
    wait_for(lambda: _has_ended(task) or _standing(task) != before, seconds=seconds)


def _standing(task: ProcedureTask) -> list[tuple[str, int]]:
    return list(task.jobs.order_by("position").values_list("state", "progress"))


def _has_ended(task: ProcedureTask) -> bool:
    ended = (TaskStatus.FINISH, TaskStatus.ABORTED)
    return ProcedureTask.objects.filter(pk=task.pk, status__in=ended).exists()


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, settings.ZOETROPE_WEB_THREADS // 2))
