"""How long rows are kept, by kind, and forgetting them: the only code that deletes what has ended.

What is still reachable or needed stays, however old: whatever made a picture or cover that exists, an upload whose pull
or objects are left, a media that something tells of. docs/operations.md, "What is kept, and for how long".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value

from applications.models import Application, AuditEntry
from media_jobs.clock import after
from media_jobs.models import (
    OUTPUTS,
    Batch,
    Event,
    Job,
    Media,
    ObjectPart,
    ProcedureTask,
    PullTask,
    StoredObject,
    Upload,
    UploadCredential,
)
from media_jobs.states import UploadState

log = logging.getLogger(__name__)

_AT_ONCE = 500  # rows in a transaction: some milliseconds, so that nobody waits for them
_A_TURN = 100_000  # rows of a kind that one turn looks at; the next goes on where it ended


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one kind that have ended.

    Fields:
        name: as the dry run shows it
        setting: how long they are kept; "" for what names the moment of its own end
        rows: all that have ended, of whatever age
        age: the field that says since when
        needed: those that stay, whatever their age
        in_order: an index goes by `age`; else older rows have the lower primary keys
    """

    name: str
    setting: str
    rows: Callable[[], QuerySet[Any]]
    age: str
    needed: Callable[[], Any] = lambda: Value(False)
    in_order: bool = True

    def kept(self) -> timedelta:
        kept: timedelta = getattr(settings, self.setting) if self.setting else timedelta(0)
        return kept


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows of a kind are to go, and since when the oldest is over; None when there are none."""

    kind: str
    days: float
    number: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk through the rows of a kind has come to."""

    age: datetime
    pk: Any


def _tasks_with_results() -> Exists:
    """What was made, and is still there, is told of by its task; covers as long as the media is there."""
    cover = ~Q(cover_key="") & Q(media__deleted_at=None)
    image, stills = (Exists(output.objects.filter(job=OuterRef("pk"))) for output in OUTPUTS)
    return Exists(Job.objects.filter(image | stills | cover, task=OuterRef("pk")))


def uploads_in_use() -> Q:
    """A pull tells of them, or objects or parts of theirs are still there."""
    pull, stored = (Exists(kind.objects.filter(upload=OuterRef("pk"))) for kind in (PullTask, StoredObject))
    return Q(pull | stored | Exists(ObjectPart.objects.filter(multipart__upload=OuterRef("pk"))))


def media_told_of() -> Q:
    """Something that is kept leads to them."""
    tellers = (ProcedureTask, Job, *OUTPUTS, Upload)
    task, job, image, stills, upload = (Exists(teller.objects.filter(media=OuterRef("pk"))) for teller in tellers)
    return Q(task | job | image | stills | upload)


# In this order: what is told of goes after what tells of it.
KINDS = (
    Kind("events", "ZOETROPE_EVENT_LIFETIME", Event.objects.all, "created_at"),
    Kind(
        "tasks",
        "ZOETROPE_KEEP_TASKS",
        lambda: ProcedureTask.objects.filter(finished_at__isnull=False),
        "finished_at",
        needed=_tasks_with_results,
    ),
    Kind(
        "batches",
        "ZOETROPE_KEEP_TASKS",
        lambda: Batch.objects.filter(finished_at__isnull=False),
        "finished_at",
        needed=lambda: Exists(ProcedureTask.objects.filter(batch=OuterRef("pk"))),
    ),
    Kind(
        "analyses",
        "ZOETROPE_KEEP_TASKS",
        lambda: Job.objects.filter(task=None, finished_at__isnull=False),
        "finished_at",
    ),
    Kind("pulls", "ZOETROPE_KEEP_TASKS", lambda: PullTask.objects.filter(finished_at__isnull=False), "finished_at"),
    Kind(
        "committed uploads",
        "ZOETROPE_KEEP_UPLOADS",
        lambda: Upload.objects.filter(state=UploadState.COMMITTED),
        "updated_at",
        needed=uploads_in_use,
    ),
    Kind(
        "cancelled uploads",
        "ZOETROPE_KEEP_UPLOADS",
        lambda: Upload.objects.filter(state=UploadState.ABORTED),
        "updated_at",
        needed=uploads_in_use,
    ),
    Kind(
        "deleted media",
        "ZOETROPE_KEEP_MEDIA",
        lambda: Media.objects.exclude(deleted_at=None),
        "deleted_at",
        needed=media_told_of,
    ),
    Kind("upload credentials", "", UploadCredential.objects.all, "expires_at"),
    Kind("sessions", "", Session.objects.all, "expire_date"),
    Kind("audit entries", "ZOETROPE_KEEP_AUDIT", AuditEntry.objects.all, "at"),
    Kind(
        "destroyed applications",
        "ZOETROPE_KEEP_AUDIT",
        lambda: Application.objects.filter(status=Application.Status.DESTROYED),
        "updated_at",
        needed=lambda: Exists(AuditEntry.objects.filter(application=OuterRef("pk"))),
    ),
    Kind("sign-ins", "ZOETROPE_KEEP_SIGN_INS", AccessLog.objects.all, "attempt_time", in_order=False),
    Kind("failed sign-ins", "ZOETROPE_KEEP_FAILED_SIGN_INS", AccessAttempt.objects.all, "attempt_time", in_order=False),
    Kind(
        "failures noted", "ZOETROPE_KEEP_FAILED_SIGN_INS", AccessFailureLog.objects.all, "attempt_time", in_order=False
    ),
)
_places: dict[str, _Place] = {}


def prune(*, limit: int | None = _A_TURN) -> dict[str, int]:
    """Forget what is old enough, looking at `limit` rows of each kind at most; how many of each are gone.

    A turn goes on where the one before ended, and begins anew once it has come to the end. Without a limit it begins at
    the oldest and looks at all.
    """
    gone = {}
    for kind in KINDS:
        number = sum(_forget(kind, pks) for pks, _ in _walk(kind, limit=limit))
        if number:
            gone[kind.name] = number
            log.info("%d %s forgotten: older than %s", number, kind.name, kind.kept())
    return gone


def to_prune() -> Iterator[Found]:
    """What `prune` would forget now, kind by kind; a kind whose rows stand in another's way counts as if they stood."""
    for kind in KINDS:
        number, oldest = 0, None
        for pks, since in _walk(kind, limit=None):
            number, oldest = number + len(pks), oldest or since
        yield Found(kind.name, kind.kept() / timedelta(days=1), number, oldest)


def _walk(kind: Kind, *, limit: int | None) -> Iterator[tuple[list[Any], datetime | None]]:
    """The primary keys of what may go, a page at a time, with the age of its oldest; without a limit from the start."""
    place = _places.pop(kind.name, None) if limit else None
    seen = 0
    while limit is None or seen < limit:
        page = _page(kind, place=place)
        if not page:
            return
        seen += len(page)
        ages = [age for _, age, needed, old in page if old and not needed]
        yield [pk for pk, _, needed, old in page if old and not needed], min(ages, default=None)
        place = _Place(age=page[-1][1], pk=page[-1][0])
        if len(page) < _AT_ONCE:
            return
    if place:
        _places[kind.name] = place


def _page(kind: Kind, *, place: _Place | None) -> list[tuple[Any, datetime, bool, bool]]:
    """(primary key, age, whether it is needed, whether it is old); empty when nothing old is left."""
    is_old = Q(**{f"{kind.age}__lt": after(-kind.kept())})
    rows = kind.rows().order_by(kind.age, "pk") if kind.in_order else kind.rows().order_by("pk")
    if kind.in_order:
        rows = rows.filter(is_old)
        if place:
            later = Q(**{f"{kind.age}__gt": place.age}) | Q(**{kind.age: place.age}, pk__gt=place.pk)
            rows = rows.filter(later, **{f"{kind.age}__gte": place.age})
    else:
        rows = rows.filter(pk__gt=place.pk if place else 0)
    facts = rows.annotate(needed=_truth(kind.needed()), old=_truth(is_old))
    page = list(facts.values_list("pk", kind.age, "needed", "old")[:_AT_ONCE])
    return page if any(old for *_, old in page) else []


def _truth(condition: Any) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _forget(kind: Kind, pks: list[Any]) -> int:
    """In one short transaction; what another process holds is left to it."""
    if not pks:
        return 0
    with transaction.atomic():
        rows = kind.rows().filter(pk__in=pks).select_for_update(skip_locked=True, of=("self",))
        mine = list(rows.order_by().values_list("pk", flat=True))
        kind.rows().filter(pk__in=mine).delete()
    return len(mine)
