"""Reading what is stored through, a part each hour, so that bit rot is found without being asked for.

Sources by their rows' order, then pictures, snapshots, and from the beginning again. Where the last turn ended, and
what it found damaged, is noted in the chore's row; a file stays named there until it is well again or nobody's.
"""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection

from media_jobs.maintenance.chores import do_if_due
from media_jobs.maintenance.stored_files import Named, fault_of
from media_jobs.models import FILES, AnimatedImage, Chore, Media, Sibling, SnapshotSet

log = logging.getLogger(__name__)

NAME = "scrub"
EVERY = timedelta(hours=1)
_TURNS_A_DAY = 24
_BATCH, _MOST_DAMAGED = 200, 50
_FILES: dict[str, type[AnimatedImage | SnapshotSet | Sibling]] = {
    "image": AnimatedImage,
    "stills": SnapshotSet,
    "sibling": Sibling,
}
_KINDS = ("media", *_FILES)


class Damaged(OSError):
    """Stored files are not what their rows tell of."""


@dataclass(slots=True)
class Note:
    """Everything up to the row `after` of `kind` was read; `damaged` are keys, at most _MOST_DAMAGED."""

    kind: str = _KINDS[0]
    after: int = 0
    damaged: list[str] = field(default_factory=list)


def scrub() -> None:
    """Read on, until this turn's part of the day's bytes is used up; one file at least. Raises Damaged, OSError.

    What was damaged is read again first.
    """
    row = Chore.objects.get(name=NAME)
    note = Note(**json.loads(row.note)) if row.note else Note()
    left = settings.ZOETROPE_SCRUB_BYTES_A_DAY // _TURNS_A_DAY
    damaged = [named for key in note.damaged for named in _named(key)]
    found = [named.key for named in damaged if fault_of(named, deep=True)]
    left -= sum(named.size or 0 for named in damaged)
    for kind, pk, named in _onwards(note):
        if (fault := fault_of(named, deep=True)) and any(_named(named.key)):  # not deleted meanwhile
            log.error("the bytes of %s %s", named.key, fault)
            found.append(named.key)
        note.kind, note.after = kind, pk
        left -= named.size or 0
        if left <= 0:
            break
    else:
        note.kind, note.after = _KINDS[0], 0
    note.damaged = list(dict.fromkeys(found))[:_MOST_DAMAGED]
    Chore.objects.filter(name=NAME).update(note=json.dumps(asdict(note)))
    if note.damaged:
        raise Damaged(f"{len(note.damaged)} stored files are damaged or missing: {', '.join(note.damaged)}")


def _onwards(note: Note) -> Iterator[tuple[str, int, Named]]:
    """From where the last turn ended to the end of all."""
    for kind in _KINDS[_KINDS.index(note.kind) :]:
        after = note.after if kind == note.kind else 0
        while batch := (_files(kind, after) if kind in _FILES else _sources(after)):
            for after, named in batch:
                yield kind, after, named


def _sources(after: int) -> list[tuple[int, Named]]:
    stored = Media.objects.present().filter(waits_on="", pk__gt=after).order_by("pk")
    rows = stored.values_list("pk", "storage_key", "size", "sha256")[:_BATCH]
    return [(pk, Named(key, size, sha256)) for pk, key, size, sha256 in rows]


def _files(kind: str, after: int) -> list[tuple[int, Named]]:
    stored = _FILES[kind].objects.filter(media__deleted_at=None, pk__gt=after).order_by("pk")
    rows = stored.values_list("pk", "storage_key", "size", "md5")[:_BATCH]
    return [(pk, Named(key, size, md5, "md5")) for pk, key, size, md5 in rows]


def _named(key: str) -> Iterator[Named]:
    """What a row has of it still."""
    for size, sha256 in Media.objects.present().filter(storage_key=key).values_list("size", "sha256"):
        yield Named(key, size, sha256)
    for kind in FILES:
        made = kind.objects.filter(media__deleted_at=None, storage_key=key)
        for size, md5 in made.values_list("size", "md5"):
            yield Named(key, size, md5, "md5")


class Scrubber:
    """A thread of its own, as a file may be long and other maintenance mustn't wait for it."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Begin, unless it is at it or is not wanted."""
        if settings.ZOETROPE_SCRUB_BYTES_A_DAY and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name="scrubber", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            do_if_due(NAME, scrub, every=EVERY)
        except DatabaseError as error:
            log.warning("stored files are read later: %s", error)
        finally:
            connection.close()


scrubber = Scrubber()
