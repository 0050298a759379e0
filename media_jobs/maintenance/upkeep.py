"""Maintenance in a lane of its own: a thread that no backlog reaches, in every process that sees a data folder.

Of the processes that share a data folder one does it, by a lock that the kernel frees when its holder dies. So a host
with a web server alone is swept, too. What concerns rows and stored files is done by one of all hosts (chores.py).
"""

import fcntl
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from applications.measures import forget_dead_processes
from media_jobs import holdings
from media_jobs.clock import watch
from media_jobs.maintenance import cleaning, clearing, retention
from media_jobs.maintenance.chores import do_if_due, due
from media_jobs.maintenance.scrub import EVERY as SCRUB_EVERY
from media_jobs.maintenance.scrub import NAME as SCRUB
from media_jobs.maintenance.scrub import scrubber
from media_jobs.store import outgoing
from media_jobs.store.scratch import scratch
from media_jobs.uploads.push import pusher

log = logging.getLogger(__name__)

_OFTEN = timedelta(minutes=1)
_LONG_DEAD = 3600.0  # seconds: their counts have been read by then
_STEADY = timedelta(hours=1)  # for so long after the clock was set nothing expires


def start_upkeep(*, stopping: threading.Event) -> threading.Thread:
    """In a thread that ends with the process, or once `stopping` is set."""
    thread = threading.Thread(target=keep_up, kwargs={"stopping": stopping}, name="upkeep", daemon=True)
    thread.start()
    return thread


def keep_up(*, stopping: threading.Event) -> None:
    """Until told to stop: what is due, whenever this process is the one of its data folder that sees to it."""
    try:
        while not stopping.is_set():
            with suppress(OSError), _alone() as mine:
                while mine and not stopping.is_set():
                    upkeep()
                    stopping.wait(settings.ZOETROPE_UPKEEP_SECONDS)
            stopping.wait(settings.ZOETROPE_UPKEEP_SECONDS)
    finally:
        connection.close()


def upkeep() -> None:
    """One look at everything; never raises."""
    rarely = timedelta(seconds=settings.ZOETROPE_CLEANING_SECONDS)
    try:
        if any(outgoing.waiting()):
            pusher.wake()
        cleaning.finish_uploads()
        watch.look()
        if not watch.steady_for(_STEADY):  # what is ended on a wrong clock's word is gone for good
            return
        chores: dict[str, tuple[Callable[[], object], timedelta]] = {
            "expiry": (cleaning.end_what_expired, min(rarely, _OFTEN)),
            "termination": (clearing.clear_terminated, min(rarely, _OFTEN)),
            "garbage": (cleaning.collect_garbage, rarely),
            "retention": (retention.prune, rarely),
            "folding": (holdings.fold, min(rarely, _OFTEN)),
            "holdings": (holdings.mend, rarely),
            SCRUB: (scrubber.wake, SCRUB_EVERY),
        }
        for name in due({name: every for name, (_, every) in chores.items()}):
            do, every = chores[name]
            if name == SCRUB:  # which takes its turn itself, in a thread of its own
                do()
            else:
                do_if_due(name, do, every=every)
        cleaning.sweep_scratch()
        forget_dead_processes(older_than=_LONG_DEAD)
    except (DatabaseError, OSError) as error:
        log.warning("maintenance goes on later: %s", error)
        connection.close()  # else it is kept: opening one is most of what a look costs
    except Exception:
        log.exception("maintenance: a fault of ours")
        connection.close()


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process of this data folder holds the lock. Its file stays, empty as it is."""
    with (scratch().parent / "upkeep.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
