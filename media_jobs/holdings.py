"""How much an application holds: kept as sums of changes, so that asking costs the same however much there is.

Each change is written in the transaction of what it tells of, so the sum is exact. Media count until they are deleted,
which with one whose time is over is a minute later at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from applications.models import Application
from media_jobs.models import FILES, AnimatedImage, Holding, Media, Sibling, SnapshotSet

Held = Media | AnimatedImage | Sibling | SnapshotSet
KINDS: dict[type[models.Model], str] = {kind: kind._meta.model_name or "" for kind in (Media, *FILES)}
_AT_ONCE = 500  # rows that are folded in one short transaction


@dataclass(frozen=True, slots=True)
class Sums:
    """How many there are, and the bytes of them all."""

    number: int
    bytes: int


def took_in(rows: Iterable[Held]) -> None:
    """These rows, of one application and one kind, are written in this transaction."""
    kept = list(rows)
    if kept:
        _note(kept[0].application_id, type(kept[0]), len(kept), sum(row.size for row in kept))


def let_go(application_id: int, kind: type[models.Model], sizes: Iterable[int]) -> None:
    """Rows of these sizes are deleted in this transaction."""
    gone = list(sizes)
    if gone:
        _note(application_id, kind, -len(gone), -sum(gone))


def held(application: Application, *kinds: type[models.Model]) -> Sums:
    """Of these kinds together."""
    rows = Holding.objects.filter(application=application, kind__in=[KINDS[kind] for kind in kinds])
    sums = rows.aggregate(number=Sum("number"), size=Sum("bytes"))
    return Sums(sums["number"] or 0, sums["size"] or 0)


def fold() -> None:
    """Changes become one row of each kind; what another process holds is left to it."""
    several = Holding.objects.order_by().values_list("application", "kind").annotate(n=Count("pk")).filter(n__gt=1)
    for application_id, kind, number in list(several):
        for _ in range(0, number, _AT_ONCE):
            _fold_some(application_id, kind)


def mend() -> int:
    """What the sums missed or have too much is written down: how often that was needed.

    An application's rows and its sums are read by one statement, which sees no half of a change.
    """
    needed = 0
    for kind, name in KINDS.items():
        drift = Application.objects.annotate(
            lacking=_sum(_there(kind), Count("*")) - _sum(_kept(name), Sum("number")),
            lacking_bytes=_sum(_there(kind), Sum("size")) - _sum(_kept(name), Sum("bytes")),
        ).filter(~Q(lacking=0) | ~Q(lacking_bytes=0))
        for application_id, number, size in drift.order_by().values_list("pk", "lacking", "lacking_bytes"):
            _note(application_id, kind, number, size)
            needed += 1
    return needed


def _note(application_id: int, kind: type[models.Model], number: int, size: int) -> None:
    Holding.objects.create(application_id=application_id, kind=KINDS[kind], number=number, bytes=size)


@transaction.atomic
def _fold_some(application_id: int, kind: str) -> None:
    rows = Holding.objects.filter(application=application_id, kind=kind).order_by("pk")
    mine = list(rows.select_for_update(skip_locked=True)[:_AT_ONCE])
    if len(mine) > 1:
        Holding.objects.filter(pk__in=[row.pk for row in mine]).delete()
        number, size = sum(row.number for row in mine), sum(row.bytes for row in mine)
        Holding.objects.create(application_id=application_id, kind=kind, number=number, bytes=size)


def _there(kind: type[models.Model]) -> QuerySet[Any]:
    rows = kind._default_manager.filter(application=OuterRef("pk"))
    return rows.filter(deleted_at=None) if kind is Media else rows


def _kept(name: str) -> QuerySet[Any]:
    return Holding.objects.filter(application=OuterRef("pk"), kind=name)


def _sum(rows: QuerySet[Any], what: Any) -> Coalesce:
    summed = rows.order_by().values("application").annotate(summed=what).values_list(F("summed"))
    return Coalesce(Subquery(summed), 0, output_field=models.BigIntegerField())
