"""Finished uploads, and covers, from the host that took them in to the bucket, behind the answer to whoever sent them.

The files in the outgoing folder are the list of what there is to do, so nothing is forgotten when a process dies:
whoever looks next goes on, from the file's beginning. Until then the host's own jobs read the file where it is, and
those of other hosts are put off.
"""

import logging
import threading
import time

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from media_jobs.models import Job, Media, Upload
from media_jobs.states import JobState, UploadState
from media_jobs.store import outgoing
from media_jobs.store.exclusive import exclusive_now
from media_jobs.store.storage import storage

log = logging.getLogger(__name__)

_AWAY = 3  # files in a row
_THREADS = 4  # so that a large file holds up no small one


def push_waiting() -> None:
    """Each file that waits on this host, unless another thread or process is at it.

    One that can't be pushed keeps no other from it; after some the bucket is away. Raises the last OSError.
    """
    failed: list[OSError] = []
    for key in outgoing.waiting():
        try:
            with exclusive_now(f"{outgoing.path_of(key).name}.push") as mine:
                if mine and outgoing.path_of(key).exists() and _is_wanted(key):
                    _push(key)
        except OSError as error:
            log.warning("%s waits to be pushed: %s", key, error)
            failed.append(error)
        if len(failed) >= _AWAY:
            break
    if failed:
        raise failed[-1]


def _is_wanted(key: str) -> bool:
    """Whether it is to be pushed now; what was deleted is dropped.

    Uploads are read before the media that they become. A file that no row tells of, or an upload that ended without it,
    is pushed: a newer database may know it, and in the bucket it is a suspect for days (maintenance/orphans.py).
    """
    under_way = Upload.objects.filter(storage_key=key, state=UploadState.OPEN).exists()
    media = Media.objects.filter(storage_key=key).only("deleted_at").first()
    if media is None:
        return not under_way
    if media.deleted_at is not None:
        outgoing.drop(key)
        return False
    return True


def _push(key: str) -> None:
    """A cover that another one replaces at this moment may be left in the bucket, as a suspect."""
    began, size = time.monotonic(), outgoing.path_of(key).stat().st_size
    storage().push(key)
    log.info("%s: %d bytes pushed in %.1f s", key, size, time.monotonic() - began)
    pushed = Media.objects.filter(storage_key=key)
    pushed.update(waits_on="")
    if pushed.filter(deleted_at__isnull=False).exists():
        storage().delete(key)
    outgoing.drop(key)
    late = Job.objects.filter(media__storage_key=key, state=JobState.WAITING, postponed=True, not_before__gt=Now())
    late.update(not_before=Now())


class Pusher:
    """A few threads of this process, for as long as there is something to push."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._again = False
        self._threads: set[threading.Thread] = set()

    def wake(self) -> None:
        with self._lock:
            self._again = True
            if len(self._threads) < _THREADS:
                thread = threading.Thread(target=self._run, name="pusher", daemon=True)
                thread.start()
                self._threads.add(thread)

    def join(self, *, seconds: float) -> None:
        """Wait until nothing is left to do, so long at most for each thread."""
        for thread in list(self._threads):
            thread.join(seconds)

    def _run(self) -> None:
        while self._goes_on():
            try:
                push_waiting()
            except (OSError, DatabaseError) as error:  # maintenance wakes it again
                log.warning("finished uploads wait to be pushed: %s", error)
            except Exception:
                log.exception("finished uploads wait to be pushed: a fault of ours")
            finally:
                connection.close()

    def _goes_on(self) -> bool:
        with self._lock:
            again, self._again = self._again, False
            if not again:
                self._threads.discard(threading.current_thread())
            return again


pusher = Pusher()
outgoing.announced.append(lambda: pusher.wake())
