"""Whether the stored files are there, and are those that the rows tell of."""

from collections.abc import Iterator
from dataclasses import dataclass

from media_jobs.jobs.previews import files_of
from media_jobs.models import FILES, Job, Media, Preview
from media_jobs.store.digest import hex_digest
from media_jobs.store.storage import storage

_SLICE = 1000


@dataclass(frozen=True, slots=True)
class Named:
    """A stored file as its row has it: `size` in bytes, `digest` in hex by `algorithm`; None and "" if not known."""

    key: str
    size: int | None = None
    digest: str = ""
    algorithm: str = "sha256"


def named_files() -> Iterator[Named]:
    """Every file of the store that a row names, source or picture, poster or cover, or preview."""
    present = Media.objects.present().order_by()
    for key, size, sha256 in present.filter(waits_on="").values_list("storage_key", "size", "sha256").iterator(_SLICE):
        yield Named(key, size, sha256)
    for key in present.exclude(poster_key="").values_list("poster_key", flat=True).iterator(_SLICE):
        yield Named(key)
    covers = Job.objects.filter(kind=Job.Kind.COVER, media__deleted_at=None).exclude(cover_key="").order_by()
    for key in covers.values_list("cover_key", flat=True).iterator(_SLICE):
        yield Named(key)
    for kind in FILES:
        made = kind.objects.filter(media__deleted_at=None).order_by()
        for key, size, md5 in made.values_list("storage_key", "size", "md5").iterator(_SLICE):
            yield Named(key, size, md5, "md5")
    for preview in Preview.objects.filter(media__deleted_at=None).order_by().iterator(_SLICE):
        told = (preview.facts, *preview.facts["siblings"])
        for key, one in zip(files_of(preview), told, strict=True):
            yield Named(key, one["size"], one["md5"], "md5")


def damaged_files(*, deep: bool) -> Iterator[str]:
    """A sentence for each that is missing or has another size; `deep` reads all, and finds a single bit."""
    for named in named_files():
        if fault := fault_of(named, deep=deep):
            yield f"the bytes of {named.key} {fault}"


def fault_of(named: Named, *, deep: bool) -> str:
    """How the sentence goes on; "" when all is well. Raises OSError when the store is away."""
    try:
        return _fault(named, deep=deep)
    except FileNotFoundError:
        return "are missing"


def _fault(named: Named, *, deep: bool) -> str:
    size = storage().size(named.key)
    if size == 0:
        return "are none: the file is empty"
    if named.size not in (None, size):
        return f"are {size}, not {named.size}"
    if deep and named.digest and _digest(named) != named.digest:
        return f"are damaged: their {named.algorithm} is another one"
    return ""


def _digest(named: Named) -> str:
    with storage().open(named.key) as file:
        return hex_digest(file, algorithm=named.algorithm)
