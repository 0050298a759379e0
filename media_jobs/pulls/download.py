"""Fetching one file through the guard, resumed where it broke off, into the same upload as any other door's bytes.

A source that is too slow, too big, that redirects in circles or answers nonsense ends the pull with a code; one that
breaks off is asked again, from the middle only when its strong ETag promises that the bytes are the same.
"""

import logging
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from httpx import URL, InvalidURL

from applications.errors import InvalidValue, NoSpace, NotFound
from applications.measures import transferred_bytes
from applications.quotas import QuotaExceeded
from applications.tracing import marked
from applications.whole_numbers import whole
from media_jobs.jobs.heartbeat import WorkerStopping
from media_jobs.jobs.leases import LeaseLost
from media_jobs.library.covers import MAX_COVER, set_cover
from media_jobs.models import Media, Upload
from media_jobs.outbound import AddressNotAllowed, Answer, Unreachable, request
from media_jobs.pulls import leases
from media_jobs.pulls.leases import BAD_REQUEST, BAD_SOURCE, CONNECT, OPENING, PullLease
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from media_jobs.uploads.part import part_path
from media_jobs.uploads.refusals import UploadClosed, UploadTooLarge

log = logging.getLogger(__name__)

MAX_REDIRECTS = 3
IDLE = 20.0  # seconds
DISK_PAUSE = timedelta(seconds=60)
_STRONG_ETAG = re.compile(r'"[^"]*"')
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})", re.ASCII)


class SourceRefused(Exception):
    """The source doesn't give the file, and asking again won't help."""


def fetch(lease: PullLease, *, stopping: threading.Event) -> None:
    """Run the pull to an end, or put it back; never raises."""
    task_id = lease.pull.task_id
    try:
        with marked(task=task_id):
            _bring_in(lease, stopping=stopping)
        leases.end_pull(lease)
    except (SourceRefused, AddressNotAllowed) as error:
        leases.end_pull(lease, err_code=BAD_SOURCE, message=str(error))
    except (UploadTooLarge, InvalidValue, NotFound, UploadClosed, QuotaExceeded) as error:
        leases.end_pull(lease, err_code=BAD_REQUEST, message=str(error))
    except Unreachable as error:
        leases.try_again(lease, message=str(error))
    except WorkerStopping:
        leases.hand_pull_back(lease)
    except LeaseLost:
        log.warning("pull %s: lease lost", task_id)
    except (OSError, DatabaseError, NoSpace) as error:
        log.warning("pull %s postponed: %s", task_id, error)
        with suppress(DatabaseError):
            leases.hand_pull_back(lease, delay=DISK_PAUSE)
    except Exception:
        log.exception("pull %s: a fault of ours", task_id)
        leases.try_again(lease, message="Something went wrong inside. The log has the details.")


def _bring_in(lease: PullLease, *, stopping: threading.Event) -> None:
    upload = _at_hand(lease.pull.upload)
    if not upload.is_complete:
        _download(lease, stopping=stopping)
    media = uploads.commit(upload_id=upload.id)
    _fetch_cover(lease, media)


def _at_hand(upload: Upload) -> Upload:
    """Begins anew when the bytes so far lie on another host, which may never come back."""
    part = part_path(upload.id)
    if upload.media is None and not part.exists() and not storage().exists(upload.storage_key):
        part.touch()
        upload.offset, upload.length = 0, None
        upload.save(update_fields=["offset", "length", "updated_at"])
    return upload


def _download(lease: PullLease, *, stopping: threading.Event) -> None:
    pull, upload = lease.pull, Upload.objects.get(pk=lease.pull.upload_id)
    wants_rest = bool(upload.offset and pull.etag)
    headers = {"Range": f"bytes={upload.offset}-", "If-Range": pull.etag} if wants_rest else {}
    with _followed(pull.url, headers=headers, lease=lease, total=settings.ZOETROPE_PULL_SECONDS) as answer:
        start, length = _extent(answer, offset=upload.offset, etag=pull.etag)
        if start != upload.offset:
            uploads.rewind(upload_id=upload.id, offset=0)
            Upload.objects.filter(pk=upload.pk).update(length=None)
        if length is not None:
            uploads.declare_length(upload=Upload.objects.get(pk=upload.pk), length=length)
        leases.keep_etag(lease, _strong(answer.headers.get("etag", "")))
        source = Source(answer, lease=lease, stopping=stopping)
        upload = uploads.append(upload_id=upload.id, offset=start, source=source)
    if upload.length is None:
        uploads.declare_length(upload=upload, length=upload.offset)
    if not upload.offset:
        raise SourceRefused("The source sent an empty file.")


class Source:
    """The answer's body for `uploads.append`: keeps the lease, watches the rate, hears the call to stop."""

    def __init__(self, answer: Answer, *, lease: PullLease, stopping: threading.Event) -> None:
        self._blocks = answer.blocks
        self._lease = lease
        self._stopping = stopping
        self._rest = b""
        self._total = 0
        self._renewed = time.monotonic()
        self._marks = deque([(self._renewed, 0)])

    def read(self, size: int) -> bytes:
        """Raises SourceRefused (too slow), Unreachable, LeaseLost or WorkerStopping."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
            self._total += len(self._rest)
            transferred_bytes.inc(len(self._rest))
            self._watch()
        block, self._rest = self._rest[:size], self._rest[size:]
        return block

    def _watch(self) -> None:
        if self._stopping.is_set():
            raise WorkerStopping
        now = time.monotonic()
        if now - self._renewed >= 1.0:
            leases.renew_pull(self._lease)
            self._renewed = now
            self._marks.append((now, self._total))
        span = settings.ZOETROPE_PULL_RATE_SECONDS
        while len(self._marks) > 1 and now - self._marks[1][0] >= span:
            self._marks.popleft()
        since, before = self._marks[0]
        if now - since >= span and self._total - before < span * settings.ZOETROPE_PULL_MIN_RATE:
            raise SourceRefused("The source is too slow.")


@contextmanager
def _followed(url: str, *, headers: dict[str, str], lease: PullLease, total: float) -> Iterator[Answer]:
    """The answer after at most MAX_REDIRECTS redirects, each dialled through the guard; never from https to http.

    Each request may take `total` seconds, body included; the lease is renewed before it, and lasts until the headers.
    """
    for _ in range(MAX_REDIRECTS + 1):
        leases.renew_pull(lease)
        with ExitStack() as stack:
            wanted = request("GET", url, headers=headers, connect=CONNECT, idle=IDLE, total=total, opening=OPENING)
            answer = stack.enter_context(wanted)
            if answer.status not in (301, 302, 303, 307, 308):
                yield answer
                return
            url = _target(url, answer.headers.get("location", ""))
    raise SourceRefused(f"The source redirects more than {MAX_REDIRECTS} times.")


def _target(url: str, location: str) -> str:
    if not location:
        raise SourceRefused("The source redirects to nowhere.")
    try:
        target = URL(url).join(location)
    except (InvalidURL, ValueError) as error:
        raise SourceRefused("The source redirects to something that is no URL.") from error
    if URL(url).scheme == "https" and target.scheme != "https":
        raise SourceRefused("The source redirects from https to an address that isn't.")
    return str(target)


def _extent(answer: Answer, *, offset: int, etag: str) -> tuple[int, int | None]:
    """(where the body begins in the file, length of the whole file or None). Raises SourceRefused or Unreachable."""
    if answer.status == 429 or answer.status >= 500:
        raise Unreachable(f"The source answered {answer.status}.")
    if answer.status not in (200, 206):
        raise SourceRefused(f"The source answered {answer.status}.")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise SourceRefused("The source sends the file compressed, unasked.")
    if answer.status == 200:
        return 0, whole(answer.headers.get("content-length", ""))
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if not match or int(match[1]) != offset or _strong(answer.headers.get("etag", etag)) != etag:
        raise SourceRefused("The source was asked for the rest of the file and sent something else.")
    return offset, int(match[2])


def _strong(etag: str) -> str:
    """The ETag if it promises byte equality, else ""."""
    return etag if _STRONG_ETAG.fullmatch(etag) and len(etag) <= 300 else ""


def _fetch_cover(lease: PullLease, media: Media) -> None:
    """Without it the media still is what was asked for: a failure is only noted. Done well within a lease."""
    pull = lease.pull
    if not pull.cover_url:
        return
    try:
        with _followed(pull.cover_url, headers={}, lease=lease, total=IDLE) as answer:
            picture = answer.head(MAX_COVER + 1)
        if answer.status != 200 or len(picture) > MAX_COVER:
            raise SourceRefused(f"It answered {answer.status} with {len(picture)} bytes.")
        set_cover(media=media, picture=picture)
    except (SourceRefused, AddressNotAllowed, Unreachable, InvalidValue, NotFound) as error:
        log.warning("pull %s: no cover: %s", pull.task_id, error)
