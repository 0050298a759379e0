"""Media out of stored files that no row names: what a restored database that is too old has forgotten."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from applications.models import Application
from applications.transactions import atomic
from media_jobs import holdings
from media_jobs.jobs.services import look_at
from media_jobs.models import Media, Suspect
from media_jobs.store.formats import AUDIO, COVERS, VIDEO
from media_jobs.store.storage import owner_of, storage


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A file id that no row knows, with the source and the cover ("" for none) that lie in the store for it."""

    app_id: int
    file_id: str
    source: str
    cover: str


def forgotten() -> Iterator[Forgotten]:
    """What can be brought back of the suspects: sources of applications that are there."""
    files: dict[tuple[int, str], list[str]] = defaultdict(list)
    for key in Suspect.objects.order_by("key").values_list("key", flat=True).iterator():
        if key.rpartition("/")[2].count(".") == 1:  # v.mp4: neither a picture's v.f20000.gif nor half a copy
            files[owner_of(key)].append(key)
    known = dict(Application.objects.values_list("app_id", "pk"))
    for (app_id, file_id), keys in files.items():
        if app_id in known and not Media.objects.filter(application=known[app_id], file_id=file_id).exists():
            yield from _told_apart(app_id, file_id, keys)


@atomic
def adopt(found: Forgotten) -> Media | None:
    """The media, its analysis queued. None when the file was deleted, or adopted by somebody else, meanwhile."""
    if not Suspect.objects.filter(key=found.source).delete()[0]:
        return None
    cover = found.cover if found.cover and Suspect.objects.filter(key=found.cover).delete()[0] else ""
    media = Media.objects.create(
        application=Application.objects.get(app_id=found.app_id),
        file_id=found.file_id,
        name=f"Restored {found.file_id}",
        media_type=_extension(found.source),
        size=storage().size(found.source),
        storage_key=found.source,
        poster_key=cover,
    )
    holdings.took_in([media])
    look_at(media)
    return media


def _told_apart(app_id: int, file_id: str, keys: list[str]) -> Iterator[Forgotten]:
    """A GIF is a source if nothing else is."""
    covers = [key for key in keys if _extension(key) in COVERS]
    sources = [key for key in keys if _extension(key) in (VIDEO | AUDIO) - COVERS]
    sources = sources or [key for key in covers if _extension(key) in VIDEO]
    if sources:
        others = [key for key in covers if key != sources[0]]
        yield Forgotten(app_id, file_id, source=sources[0], cover=others[0] if others else "")


def _extension(key: str) -> str:
    return key.rpartition(".")[2]
