"""What names a picture's bytes: the source's digest, the order and the engine. Made once, they needn't be made again.

Whoever has the same recipe gets a file of his own: another link to the bytes on a disk, a copy that the bucket makes.
So nobody counts who uses them, and what one deletes the others keep.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from animator.core.order import Order
from animator.core.result import Result
from animator.core.siblings import SUFFIXES
from applications.models import Application
from media_jobs.jobs.engine import fingerprint
from media_jobs.models import AnimatedImage, Media, Preview
from media_jobs.store.digest import hex_digest
from media_jobs.store.storage import storage

log = logging.getLogger(__name__)

Facts = dict[str, Any]
# What an AnimatedImage says of the picture alone, whoever asked for it.
FACTS = (
    *("container", "width", "height", "frames", "duration", "bitrate", "size", "md5", "start", "end"),
    *("notes", "recipe", "score", "fitted", "chosen", "seam"),
)
SIBLING_FACTS = ("kind", "width", "height", "frames", "duration", "size", "md5", "score")
_TRIES = 3  # files of one recipe; each that is damaged costs a look


def recipe_key(media: Media, order: Order) -> str:
    """In hex; "" while nobody knows the digest of the media's bytes. Raises EngineError when no engine starts."""
    engine = fingerprint()  # first: asked once, and not while rows are locked
    if not media.sha256:
        return ""
    named = [media.sha256, _extension(media), _plain(order.as_dict()), engine]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def facts_of(result: Result) -> Facts:
    """With a list of the siblings' own, by the fields of Sibling, as "siblings"."""
    told = result.as_dict()
    return {name: told[name] for name in FACTS} | {"notes": list(result.notes), "siblings": list(told["siblings"])}


def reuse(application: Application, recipe: str, *, key: str, alive: Callable[[], None]) -> Facts | None:
    """Bytes of the same recipe, whole, durably under `key`, and what is known of them; None when there are none.

    `alive` is called often meanwhile, and may raise. Raises OSError when the store is away.
    """
    for made, facts in _made(application, recipe) if recipe and settings.ZOETROPE_REUSE_PICTURES else ():
        files = {
            made: key,
            **{sibling_key(made, one["kind"]): sibling_key(key, one["kind"]) for one in facts["siblings"]},
        }
        digests = [facts["md5"], *(one["md5"] for one in facts["siblings"])]
        if all(_copied(*pair, md5=md5, alive=alive) for pair, md5 in zip(files.items(), digests, strict=True)):
            return facts
        for copy in files.values():
            storage().delete(copy)
    return None


def sibling_key(key: str, kind: str) -> str:
    """Where a sibling of the picture under `key` is."""
    return f"{key.rpartition('.')[0]}.{SUFFIXES[kind]}"


def adopt(work: Path, key: str, facts: Facts, *, alive: Callable[[], None]) -> None:
    """What the engine made at `work`, and beside it, is durable under `key` from now on: the picture last."""
    for one in facts["siblings"]:
        made = work.with_suffix(f".{SUFFIXES[one['kind']]}")
        storage().adopt(made, sibling_key(key, one["kind"]), alive=alive)
    storage().adopt(work, key, alive=alive)


def keys_of(key: str, facts: Facts) -> list[str]:
    """The picture's and its siblings'."""
    return [key, *(sibling_key(key, one["kind"]) for one in facts["siblings"])]


def _copied(made: str, key: str, *, md5: str, alive: Callable[[], None]) -> bool:
    """Whether the bytes are under `key` now, and are those that they should be."""
    try:
        storage().copy(made, key, alive=alive)
    except FileNotFoundError:
        return False
    with storage().open(key) as file:
        whole = hex_digest(file, algorithm="md5", alive=alive) == md5
    if not whole:
        log.error("the bytes of %s are damaged: they are made anew for whoever wants the same", made)
    return whole


def _made(application: Application, recipe: str) -> Iterator[tuple[str, Facts]]:
    """Keys and facts of what was made with this recipe before, the newest first."""
    same = {"application": application, "recipe_key": recipe}
    for image in AnimatedImage.objects.filter(**same).order_by("-pk")[:_TRIES]:
        siblings = list(image.siblings.values(*SIBLING_FACTS))
        yield image.storage_key, {**{name: getattr(image, name) for name in FACTS}, "siblings": siblings}
    for preview in Preview.objects.filter(**same):
        yield preview.storage_key, preview.facts


def _extension(media: Media) -> str:
    """The same bytes by another name may be taken for another container: FFmpeg looks at a name's end, too."""
    return media.storage_key.rpartition(".")[2]


def _plain(value: Any) -> Any:
    """1 and 1.0 are the same number, whichever of them a database gives back."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
