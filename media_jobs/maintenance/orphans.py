"""Stored files that no row names: left by a crash between file and row, or newer than a database that was restored.

Such a file is a suspect first: a row says since when. It is deleted once it has been one for ZOETROPE_QUARANTINE_DAYS
by the database's clock and still no row names it; one that is named again is none any more. So nothing is moved, and a
newer database that is put back finds all its files. Only keys of the store's own shape are ever looked at.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from django.conf import settings
from django.db.models import QuerySet

from media_jobs.clock import after
from media_jobs.jobs.previews import named_by_previews
from media_jobs.models import FILES, Job, Media, StudioFile, Suspect, Upload
from media_jobs.states import UploadState
from media_jobs.store.storage import is_own_key, owner_of, storage

log = logging.getLogger(__name__)

_BATCH = 500
_MANY, _SHARE = 100, 0.05  # more than so many, and more than this part of all, is no crash's work


@dataclass(slots=True)
class Found:
    """Numbers of stored files: of the store's own shape, of them suspects, of them due; and foreign ones."""

    own: int = 0
    suspects: int = 0
    due: int = 0
    foreign: int = 0

    @property
    def implausible(self) -> bool:
        """So many of all at once: rather a wrong database than what crashes leave behind."""
        return self.due > _MANY and self.due > _SHARE * self.own


def collect_orphans(*, confirmed: bool = False) -> Found:
    """Look at every stored file; delete what is due. An implausible share is only deleted when somebody confirms it."""
    found = suspect()
    if found.implausible and not confirmed:
        log.error(
            "%d of %d stored files are named by no row, and would be deleted now. Nothing is. Is this the right "
            "database, and is it whole? `manage.py orphans` lists them, `manage.py orphans --confirm` deletes them.",
            found.due,
            found.own,
        )
    else:
        _delete_due()
    return found


def suspect() -> Found:
    """Look at every stored file, and keep the rows of suspects right. Deletes no file."""
    found = Found()
    keys = _own_keys(found)
    while batch := list(islice(keys, _BATCH)):
        unnamed = unnamed_of(batch)
        known = set(Suspect.objects.filter(key__in=batch).values_list("key", flat=True))
        if cleared := known - unnamed:
            Suspect.objects.filter(key__in=cleared).delete()
        Suspect.objects.bulk_create([Suspect(key=key) for key in unnamed - known], ignore_conflicts=True)
        found.own += len(batch)
        found.suspects += len(unnamed)
        found.due += due_suspects().filter(key__in=known & unnamed).count() if known & unnamed else 0
    return found


def due_suspects() -> QuerySet[Suspect]:
    return Suspect.objects.filter(seen_at__lt=after(-settings.ZOETROPE_QUARANTINE))


def unnamed_of(keys: list[str]) -> set[str]:
    """Those that no row names. Uploads are read before the media that they become, so none falls between."""
    rest = set(keys) - _named_by_media(keys)
    if rest:
        rest -= _named_by_uploads(rest)
    if rest:
        rest -= _named_by_media(sorted(rest))
    return rest


def _own_keys(found: Found) -> Iterator[str]:
    for key in storage().all_keys():
        if is_own_key(key):
            yield key
        else:
            found.foreign += 1


def _delete_due() -> None:
    """A suspect's row goes first, by one alone: whoever adopts the file takes it in the same way."""
    while batch := list(due_suspects().order_by("seen_at").values_list("key", flat=True)[:_BATCH]):
        unnamed = unnamed_of(batch)
        for key in batch:
            if Suspect.objects.filter(key=key).delete()[0] and key in unnamed:
                log.warning("no row names %s: deleted", key)
                storage().delete(key)


def _named_by_media(keys: list[str]) -> set[str]:
    """By the places that lie on an index, as a key says of which media it is; in no order, which would need another."""
    named: set[str] = set()
    for kind in (*FILES, StudioFile):
        named |= set(kind.objects.filter(storage_key__in=keys).order_by().values_list("storage_key", flat=True))
    named |= named_by_previews(keys)
    for app_id, ids in groupby(sorted({owner_of(key) for key in keys}), key=lambda owner: owner[0]):
        file_ids = [file_id for _, file_id in ids]
        media = Media.objects.present().filter(application__app_id=app_id, file_id__in=file_ids)
        rows = list(media.order_by().values_list("pk", "storage_key", "poster_key"))
        named |= {key for _, *pair in rows for key in pair}
        covers = Job.objects.filter(media__in=[pk for pk, *_ in rows], kind=Job.Kind.COVER)
        named |= set(covers.order_by().values_list("cover_key", flat=True))
    return named


def _named_by_uploads(keys: set[str]) -> set[str]:
    """A cover lies beside the media that it came with."""
    owners = {owner_of(key) for key in keys}
    apps, file_ids = {app_id for app_id, _ in owners}, {file_id for _, file_id in owners}
    under_way = Upload.objects.filter(application__app_id__in=apps, state=UploadState.OPEN, file_id__in=file_ids)
    return {key for pair in under_way.order_by().values_list("storage_key", "poster_key") for key in pair}
