"""Claim, renew, end: the only code that moves a pull's status. A lease works as a job's does (jobs/leases.py)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from applications.transactions import atomic
from media_jobs.clock import after
from media_jobs.doorbell import PULL, issue_permits
from media_jobs.events import outbox
from media_jobs.jobs.leases import LeaseLost
from media_jobs.models import PullTask, worker_name
from media_jobs.states import TaskStatus
from media_jobs.uploads.services import discard

BAD_REQUEST, BAD_SOURCE = 40000, 60000  # docs/protocol 2.8
MAX_ATTEMPTS = 5
_CLAIM_TRIES = 5
BACK_OFF = timedelta(seconds=10)  # doubled at each further attempt
# Seconds in which a source has to be connected to, and to send its headers: nobody renews a lease meanwhile.
CONNECT, OPENING = 10.0, 20.0
_LEAST = timedelta(seconds=CONNECT + OPENING + 5)


@dataclass(frozen=True, slots=True)
class PullLease:
    pull: PullTask
    token: UUID


def claim_pull(*, but_of: Collection[int] = (), but_from: Collection[str] = ()) -> PullLease | None:
    """The next one to fetch, of the application with the fewest under way; None when there is none.

    None of the applications `but_of`, and none whose URL names one of the hosts `but_from`.
    """
    for _ in range(_CLAIM_TRIES):
        pk = _next_pull(but_of, but_from)
        if pk is None:
            return None
        lease = _take(pk)
        if lease and lease.pull.attempts > settings.ZOETROPE_MAX_ATTEMPTS:
            end_pull(
                lease, err_code=BAD_SOURCE, message="Workers stopped again and again while they fetched this file."
            )
        elif lease:
            return lease
    return None


def _next_pull(but_of: Collection[int], but_from: Collection[str]) -> int | None:
    running = PullTask.objects.filter(application=OuterRef("application"), status=TaskStatus.PROCESSING)
    count = running.order_by().values("application").annotate(number=Count("pk")).values("number")
    room = claimable_pulls().exclude(application__in=but_of).exclude(_of_hosts(but_from))
    waiting = room.annotate(running=Coalesce(Subquery(count), 0)).order_by("running", "created_at", "pk")
    return waiting.values_list("pk", flat=True).first()


def _of_hosts(hosts: Collection[str]) -> Q:
    """URLs of these hosts, with any scheme and port."""
    found = Q(pk=None)
    for host in hosts:
        for begin in (f"{scheme}://{host}" for scheme in ("http", "https")):
            found |= Q(url__iexact=begin)
            found |= Q(url__istartswith=f"{begin}/") | Q(url__istartswith=f"{begin}:") | Q(url__istartswith=f"{begin}?")
    return found


def _take(pk: int) -> PullLease | None:
    token = uuid4()
    taken = (
        claimable_pulls()
        .filter(pk=pk)
        .update(
            status=TaskStatus.PROCESSING,
            token=token,
            lease_until=after(lease_of_pulls()),
            worker=worker_name(),
            attempts=F("attempts") + 1,
            began_at=Coalesce("began_at", Now()),
        )
    )
    if not taken:
        return None
    return PullLease(pull=PullTask.objects.select_related("application", "upload").get(pk=pk), token=token)


def lease_of_pulls() -> timedelta:
    """How long one holds that nobody renews: until the source's headers come, at least."""
    return max(settings.ZOETROPE_LEASE, _LEAST)


def renew_pull(lease: PullLease) -> None:
    """Raises LeaseLost."""
    if _held(lease).update(lease_until=after(lease_of_pulls())) != 1:
        raise LeaseLost(lease.pull.task_id)


def keep_etag(lease: PullLease, etag: str) -> None:
    _held(lease).update(etag=etag[:300])


@atomic
def end_pull(lease: PullLease, *, err_code: int = 0, message: str = "") -> bool:
    """FINISH, with its event; an err_code (docs/protocol 2.8) means: no media. False when the lease was lost."""
    ended = {"status": TaskStatus.FINISH, "token": None, "lease_until": None, "finished_at": Now()}
    if _held(lease).update(err_code=err_code, message=message[:500], **ended) != 1:
        return False
    pull = PullTask.objects.select_related("application", "upload__media").get(pk=lease.pull.pk)
    if err_code:
        discard(upload=pull.upload)
    outbox.pull_ended(pull)
    return True


def try_again(lease: PullLease, *, message: str) -> bool:
    """Later, from where it broke off; after MAX_ATTEMPTS it is a failure of the source."""
    if lease.pull.attempts >= MAX_ATTEMPTS:
        return end_pull(lease, err_code=BAD_SOURCE, message=message)
    return _requeue(lease, delay=BACK_OFF * 2 ** (lease.pull.attempts - 1), message=message[:500])


def hand_pull_back(lease: PullLease, *, delay: timedelta = timedelta(0)) -> bool:
    """Not the source's fault: the worker stops, or the disk is full. The attempt doesn't count."""
    return _requeue(lease, delay=delay, attempts=F("attempts") - 1)


def claimable_pulls() -> QuerySet[PullTask]:
    """What waits, and what somebody fell silent over."""
    lost = Q(status=TaskStatus.PROCESSING, lease_until__lt=Now())
    return PullTask.objects.filter(Q(status=TaskStatus.WAITING, not_before__lte=Now()) | lost)


def worker_ended(worker: str) -> int:
    """Its process is known to be gone: its pulls can be claimed at once; how many."""
    held = PullTask.objects.filter(status=TaskStatus.PROCESSING, worker=worker)
    ids = list(held.values_list("task_id", flat=True))
    changed = held.update(lease_until=Now(), token=None)
    issue_permits(PULL, ids)
    return changed


def _held(lease: PullLease) -> QuerySet[PullTask]:
    return PullTask.objects.filter(pk=lease.pull.pk, token=lease.token, status=TaskStatus.PROCESSING)


def _requeue(lease: PullLease, *, delay: timedelta, **fields: object) -> bool:
    """Back to the queue, with a permit that is good when it may begin."""
    waiting = {"status": TaskStatus.WAITING, "token": None, "lease_until": None, "not_before": after(delay)}
    if _held(lease).update(**waiting, **fields) != 1:
        return False
    transaction.on_commit(partial(issue_permits, PULL, [lease.pull.task_id], delay=delay), robust=True)
    return True
