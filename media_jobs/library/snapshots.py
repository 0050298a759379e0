"""Reads about sets of snapshots; each starts from the application it belongs to, or from an unguessable key."""

import re

from django.db.models import QuerySet

from animator.core.still_set import StillSet
from animator.core.webvtt import thumbnails
from applications.errors import NotFound
from applications.models import Application
from media_jobs.models import Media, SnapshotSet, still_there
from media_jobs.models.snapshots import STORED

_KEY = re.compile(r"(.+/v\.f[0-9]{1,10}\.)(?:[0-9]{1,5}\.(?:jpg|png|webp)|vtt)")


def snapshots_for(application: Application) -> QuerySet[SnapshotSet]:
    """Of media that are still there, newest first; as with images (selectors.py)."""
    sets = SnapshotSet.objects.filter(application=application).exclude(media__in=Media.objects.expired())
    return sets.select_related("media", "job__task")


def one_snapshot_set(application: Application, pk: int) -> SnapshotSet:
    """Raises NotFound."""
    found = snapshots_for(application).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no set of snapshots {pk}.")
    return found


def snapshot_set_named(key: str) -> SnapshotSet | None:
    """The set of which `key` names a picture or the WebVTT file, whoever's it is."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    stored = SnapshotSet.objects.filter(still_there("media__"), storage_key=f"{match[1]}{STORED}")
    found = stored.select_related("media__application").first()
    return found if found and key in (*found.picture_keys, found.webvtt_key) else None


def webvtt_of(snapshots: SnapshotSet) -> str:
    """Of a set of sheets. They are named as they lie beside it, so that it is right behind any host name."""
    stills = StillSet(
        width=snapshots.width,
        height=snapshots.height,
        duration=snapshots.duration,
        moments=tuple(snapshots.moments),
        spans=(),
    )
    names = [key.rpartition("/")[2] for key in snapshots.picture_keys]
    return thumbnails(stills, names=names, columns=snapshots.columns, rows=snapshots.rows)
