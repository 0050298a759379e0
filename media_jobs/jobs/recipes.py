"""What names a picture's bytes: the source's digest, the order and the engine. Made once, they needn't be made again.

What is made beside a picture doesn't change it, and so isn't in its key: whoever asks for the same one with other files
beside it takes over what there is, and only the rest is made.

Whoever has the same recipe gets a file of his own: another link to the bytes on a disk, a copy that the bucket makes.
So nobody counts who uses them, and what one deletes the others keep.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from animator.confine.sandbox import TICK_SECONDS
from animator.core.again import alone, missing, notes_again, order_in, recipe_again
from animator.core.order import Order
from animator.core.result import Result
from animator.core.siblings import SUFFIXES, named
from applications.models import Application
from media_jobs.jobs.engine import fingerprint, sandbox
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
    """Of the picture of `order`, in hex; "" while nobody knows the digest of the media's bytes. Raises EngineError when
    no engine starts.
    """
    engine = fingerprint()  # first: asked once, and not while rows are locked
    if not media.sha256:
        return ""
    named = [media.sha256, _extension(media), _plain(alone(order).as_dict()), engine]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def facts_of(result: Result) -> Facts:
    """With a list of the siblings' own, by the fields of Sibling, as "siblings"."""
    told = result.as_dict()
    return {name: told[name] for name in FACTS} | {"notes": list(result.notes), "siblings": list(told["siblings"])}


def reuse(application: Application, recipe: str, order: Order, *, key: str, alive: Callable[[], None]) -> Facts | None:
    """The picture of the recipe and what `order` has beside it, as far as they are there and whole, durably under
    `key`, and what is known of them (missing_of); None when there is no such picture.

    `alive` is called often meanwhile, and may raise. Raises OSError when the store is away.
    """
    found = _made(application, recipe) if recipe and settings.ZOETROPE_REUSE_PICTURES else ()
    for made, facts in sorted(found, key=lambda one: len(missing_of(one[1], order))):
        if not _copied(made, key, md5=facts["md5"], alive=alive):
            continue
        beside = {one["kind"]: one for one in facts["siblings"]}
        pairs = {kind: (sibling_key(made, kind), sibling_key(key, kind)) for kind in named(order.spec.siblings)}
        there = [
            beside[kind]
            for kind, pair in pairs.items()
            if kind in beside and _copied(*pair, md5=beside[kind]["md5"], alive=alive)
        ]
        return told_again(facts, order, siblings=there)
    return None


def told_again(facts: Facts, order: Order, *, siblings: list[Facts]) -> Facts:
    """What is known of a picture, for an order that has these files of it beside it."""
    if order.spec == order_in(facts["recipe"]).spec:
        return {**facts, "siblings": siblings}
    recipe, notes = recipe_again(facts["recipe"], order), notes_again(facts["notes"], facts["recipe"], order)
    return {**facts, "recipe": recipe, "notes": notes, "siblings": siblings}


def missing_of(facts: Facts, order: Order) -> list[str]:
    """Kinds that `order` has beside the picture, and that are still to be made."""
    return missing(order, {one["kind"] for one in facts["siblings"]}, facts["notes"])


def made(
    source: Path,
    work: Path,
    order: Order,
    *,
    key: str,
    found: Facts | None,
    on_tick: Callable[[float], None],
    alive: Callable[[], None],
    tick_seconds: float = TICK_SECONDS,
) -> Facts:
    """The picture and what is beside it, made at `work` and then durable under `key`; only what is missing where the
    picture was `found` (reuse). Raises EngineError, OSError, and what `on_tick` and `alive` raise.
    """
    with deleted_unless_kept(key, order):
        if found is None:
            facts = facts_of(sandbox().animate(source, work, order, on_tick=on_tick, tick_seconds=tick_seconds))
            _adopt(work, key, facts["siblings"], alive=alive)
            storage().adopt(work, key, alive=alive)
            return facts
        kinds = missing_of(found, order)
        beside = sandbox().beside(source, work, found["recipe"], kinds, on_tick=on_tick, tick_seconds=tick_seconds)
        siblings = [one.as_dict() for one in beside.made]
        _adopt(work, key, siblings, alive=alive)
    asked = named(order.spec.siblings)
    siblings = sorted((*found["siblings"], *siblings), key=lambda one: asked.index(one["kind"]))
    return {**found, "siblings": siblings, "notes": list(dict.fromkeys((*found["notes"], *beside.notes)))}


def sibling_key(key: str, kind: str) -> str:
    """Where a sibling of the picture under `key` is."""
    return f"{key.rpartition('.')[0]}.{SUFFIXES[kind]}"


def keys_of(key: str, facts: Facts) -> list[str]:
    """The picture's and its siblings'."""
    return [key, *(sibling_key(key, one["kind"]) for one in facts["siblings"])]


@contextmanager
def deleted_unless_kept(key: str, order: Order) -> Iterator[None]:
    """The files under `key` are gone when no row came to name them."""
    try:
        yield
    except BaseException:
        for one in (key, *(sibling_key(key, kind) for kind in named(order.spec.siblings))):
            storage().delete(one)
        raise


def _adopt(work: Path, key: str, siblings: Iterable[Facts], *, alive: Callable[[], None]) -> None:
    for one in siblings:
        file = work.with_suffix(f".{SUFFIXES[one['kind']]}")
        storage().adopt(file, sibling_key(key, one["kind"]), alive=alive)


def _copied(made: str, key: str, *, md5: str, alive: Callable[[], None]) -> bool:
    """Whether the bytes are under `key` now, and are those that they should be; else nothing is there."""
    try:
        storage().copy(made, key, alive=alive)
    except FileNotFoundError:
        return False
    with storage().open(key) as file:
        whole = hex_digest(file, algorithm="md5", alive=alive) == md5
    if not whole:
        storage().delete(key)
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
    """1 and 1.0 are the same number, whichever of them a database gives back, and so are 0 and -0.0."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value + 0.0 if isinstance(value, int | float) and not isinstance(value, bool) else value
