"""All made files, in an order and with bytes that are the same at each run (of the same codecs' build)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tests.corpus.boxes import lying
from tests.corpus.broken import mutated, proper, truncated
from tests.corpus.kinds import unusual
from tests.corpus.mutations import many as damaged
from tests.corpus.strange import names, naming_others, no_media, too_large


class Named(Protocol):
    """What a file might lead to, and must not."""

    url: str
    file: Path


def made(folder: Path, *, canary: Named, many: int = 0) -> Iterator[tuple[str, bytes]]:
    """Those that are made one by one, and damaged ones by seed until there are `many`."""
    singly = list(_one_by_one(folder, canary=canary))
    yield from singly
    yield from damaged(folder, count=many - len(singly))


def _one_by_one(folder: Path, *, canary: Named) -> Iterator[tuple[str, bytes]]:
    clips = proper(folder)
    yield from no_media()
    yield from naming_others(canary_url=canary.url, canary_file=str(canary.file))
    yield from truncated(clips)
    yield from mutated(clips)
    yield from lying(clips["mp4"])
    yield from too_large()
    yield from unusual(folder)
    yield from names(clips["mp4"])
