"""Files that the studio had made: finding, keeping and forgetting them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from media_jobs.models import Media, StudioFile
from media_jobs.store.storage import media_key, storage

_AT_ONCE = 500


def studio_file(media: Media, kind: str, recipe: str) -> StudioFile | None:
    """None when there is none, or its bytes are gone; else it counts as used now."""
    found = StudioFile.objects.filter(application=media.application_id, media=media, kind=kind, recipe=recipe)
    there = found.first()
    if there is None:
        return None
    if not storage().exists(there.storage_key):
        found.delete()
        return None
    found.update(used_at=Now())
    return there


def recipe_of(made_by: Mapping[str, Any]) -> str:
    """The same for the same values, whatever their order."""
    return hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()


def kept(
    path: Path, *, media: Media, kind: str, recipe: str, facts: Mapping[str, Any], alive: Callable[[], None]
) -> StudioFile:
    """Take a finished file in, durably. Should another request have been faster, its file counts and ours goes."""
    size = path.stat().st_size
    key = media_key(app_id=media.application.app_id, file_id=media.file_id, extension=path.suffix[1:])
    storage().adopt(path, key, alive=alive)
    try:
        with transaction.atomic():
            made = StudioFile.objects.create(
                application_id=media.application_id,
                media=media,
                kind=kind,
                recipe=recipe,
                storage_key=key,
                size=size,
                facts=dict(facts),
            )
    except IntegrityError:
        storage().delete(key)
        return StudioFile.objects.get(application=media.application_id, media=media, kind=kind, recipe=recipe)
    return made


def forget_unused() -> int:
    """Those that nobody asked for within settings.ZOETROPE_KEEP_STUDIO, files first; how many are gone."""
    return _forget(StudioFile.objects.filter(used_at__lt=Now() - settings.ZOETROPE_KEEP_STUDIO)[:_AT_ONCE])


def _forget(files: QuerySet[StudioFile]) -> int:
    """The row first: a file without one is found by the garbage collection, a row without one misleads."""
    old = list(files.values_list("pk", "storage_key"))
    StudioFile.objects.filter(pk__in=[pk for pk, _ in old]).delete()
    for _, key in old:
        storage().delete(key)
    return len(old)
