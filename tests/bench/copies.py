"""Many copies of what one piece of real work left behind: the rows as the database has them, by the thousand.

A copy has primary keys, identifiers and moments of its own; all else is what the machine wrote. In SQLite alone.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, models, transaction
from django.db.models.functions import Now

from media_jobs import holdings
from media_jobs.models import (
    OUTPUTS,
    AnimatedImage,
    Batch,
    Delivery,
    Event,
    Holding,
    Job,
    Media,
    ProcedureTask,
    PullTask,
    SnapshotSet,
    Upload,
)

Kind = type[models.Model]
# Each after what it refers to, with what finds those of a media.
KINDS: dict[Kind, str] = {
    Media: "pk",
    Upload: "media",
    PullTask: "upload__media",
    Batch: "tasks__media",
    ProcedureTask: "media",
    Job: "media",
    AnimatedImage: "media",
    SnapshotSet: "media",
    Event: "",
    Delivery: "",
}
_OF_MEDIA = {"up_to", "place"}  # of a batch: primary keys of media, though no foreign keys
_HEX = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class _Copy:
    """What is a copy's own: its words by the original's, its whole-number keys by (kind, key), when it began."""

    words: dict[str, str]
    keys: dict[tuple[Kind, int], int]
    began: datetime
    moments: dict[timedelta, str] = field(default_factory=dict)

    def moment(self, later: timedelta) -> str:
        if later not in self.moments:
            self.moments[later] = str((self.began + later).replace(tzinfo=None))
        return self.moments[later]


Column = Callable[[_Copy], Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the original: its values, and how a copy comes by those that it has otherwise, by their place."""

    values: list[Any]
    own: list[tuple[int, Column]]

    def of(self, copy: _Copy) -> list[Any]:
        values = self.values.copy()
        for place, column in self.own:
            values[place] = column(copy)
        return values


class Original:
    """The rows of one media, and of all that was done with it."""

    def __init__(self, media: Media, *, chance: random.Random) -> None:
        self._chance, self._began = chance, media.created_at
        found = {kind: list(_rows_of(media, kind)) for kind in KINDS}
        self._words = _words(media, found)
        self._split = re.compile("|".join(self._words))
        self._keys = [(kind, row["id"]) for kind, rows in found.items() for row in rows if isinstance(row["id"], int)]
        self._holds = [(name, found[kind]) for kind, name in holdings.KINDS.items() if found.get(kind)]
        self._application = media.application_id
        self._rows = {kind: [self._row(kind, row) for row in rows] for kind, rows in found.items()}

    def copy(self, moments: Iterable[datetime], *, keys: "Keys") -> list[int]:
        """A copy for each moment, which is when its media came; the primary keys of the media."""
        copies = [self._fresh(moment, keys) for moment in moments]
        with transaction.atomic(), connection.cursor() as cursor:
            for kind, rows in self._rows.items():
                values = [row.of(copy) for copy in copies for row in rows]
                if values:
                    cursor.executemany(_insert(kind), values)
            Holding.objects.bulk_create(self._holding(name, rows, times=len(copies)) for name, rows in self._holds)
        return [key for copy in copies for (kind, _), key in copy.keys.items() if kind is Media]

    def _holding(self, name: str, rows: list[dict[str, Any]], *, times: int) -> Holding:
        number, size = times * len(rows), times * sum(row["size"] for row in rows)
        return Holding(application_id=self._application, kind=name, number=number, bytes=size)

    def _fresh(self, moment: datetime, keys: "Keys") -> _Copy:
        words = {word: f"{self._chance.getrandbits(4 * len(word)):0{len(word)}x}" for word in self._words[1:]}
        words[self._words[0]] = str(self._chance.randrange(10**18, 10**19))
        return _Copy(words, {(kind, key): keys.next(kind) for kind, key in self._keys}, moment.astimezone(UTC))

    def _row(self, kind: Kind, row: dict[str, Any]) -> _Row:
        columns = {field.column: field for field in kind._meta.concrete_fields}
        own = [(place, self._column(kind, columns[name], row[name])) for place, name in enumerate(row)]
        return _Row(list(row.values()), [(place, column) for place, column in own if column])

    def _column(self, kind: Kind, column: Any, value: Any) -> Column | None:
        """How a copy comes by its value; None where it is the original's."""
        to = Media if column.name in _OF_MEDIA else kind if column.primary_key else column.related_model
        if (key := (to, value)) in self._keys:
            return lambda copy: copy.keys[key]
        if isinstance(column, models.DateTimeField) and value:
            later = value.replace(tzinfo=UTC) - self._began
            return lambda copy: copy.moment(later)
        if isinstance(value, str) and self._split.search(value):
            return self._text(value)
        return None

    def _text(self, value: str) -> Column:
        if value in self._words:
            return lambda copy: copy.words[value]
        between, words = self._split.split(value), self._split.findall(value)
        form = "{}".join(part.replace("{", "{{").replace("}", "}}") for part in between)
        return lambda copy: form.format(*(copy.words[word] for word in words))


class Keys:
    """Primary keys that nobody has yet, of one simulation."""

    def __init__(self) -> None:
        self._next: dict[Kind, Iterator[int]] = {}

    def next(self, kind: Kind) -> int:
        if kind not in self._next:
            last = kind._base_manager.order_by("-pk").values_list("pk", flat=True).first()
            self._next[kind] = count((last or 0) + 1)
        return next(self._next[kind])


def expire(media: Sequence[int]) -> None:
    """Leave of these media, by their primary keys, what `expire_media` leaves when all jobs have ended."""
    among, chunk = list(media), 500
    for first in range(0, len(among), chunk):
        some = among[first : first + chunk]
        with transaction.atomic():
            for made in OUTPUTS:
                outputs = made.objects.filter(media__in=some)
                _let_go(outputs)
                outputs._raw_delete("default")
            gone = Media.objects.filter(pk__in=some)
            _let_go(gone)
            gone.update(deleted_at=Now())


def _let_go(rows: models.QuerySet[Any]) -> None:
    sizes: dict[int, list[int]] = defaultdict(list)
    for application, size in rows.order_by().values_list("application", "size"):
        sizes[application].append(size)
    for application, gone in sizes.items():
        holdings.let_go(application, rows.model, gone)


def _rows_of(media: Media, kind: Kind) -> Iterator[dict[str, Any]]:
    rows: Any = kind._base_manager.all()
    if kind in (Event, Delivery):
        subjects = [media.file_id, *media.tasks.values_list("task_id", flat=True)]
        subjects += PullTask.objects.filter(upload__media=media).values_list("task_id", flat=True)
        rows = rows.filter(**{"subject__in" if kind is Event else "event__subject__in": subjects})
    else:
        rows = rows.filter(**{KINDS[kind]: media.pk})
    sql, parameters = rows.order_by("pk").distinct().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _words(media: Media, found: dict[Kind, list[dict[str, Any]]]) -> list[str]:
    """The FileId, then what else no two media share: keys, digests, and what task ids are made of."""
    words = [row["id"] for rows in found.values() for row in rows if isinstance(row["id"], str)]
    words += [row["uid"] for row in found[Event]] + [media.sha256]
    words += [row["recipe_key"] for row in found[AnimatedImage]]
    words += [
        word for kind in (ProcedureTask, PullTask) for row in found[kind] for word in _HEX.findall(row["task_id"])
    ]
    return [media.file_id, *sorted(set(words), key=lambda word: (-len(word), word))]


def _insert(kind: Kind) -> str:
    columns = [field.column for field in kind._meta.concrete_fields]
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{kind._meta.db_table}" ({names}) VALUES ({", ".join(["%s"] * len(columns))})'
