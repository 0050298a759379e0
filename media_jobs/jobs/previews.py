"""Pictures to look at before they are asked for: made by a child of this host, while somebody waits.

The job that is asked for then has the same recipe, and takes the bytes over. Nobody but the application's own people
sees a preview. It lasts a day; an application has a hundred at most, and they have no more than 256 MB together, with
what was made beside them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from secrets import token_hex

from django.db import transaction

from animator.confine.sandbox import TICK_SECONDS
from animator.core.order import FORMATS, Order
from animator.core.siblings import named
from applications.errors import Refused
from applications.models import Application
from applications.transactions import atomic, locked_row
from media_jobs.clock import after
from media_jobs.jobs.recipes import (
    Facts,
    deleted_unless_kept,
    keys_of,
    made,
    missing_of,
    recipe_key,
    reuse,
    told_again,
)
from media_jobs.jobs.sources import digest_of, source_of
from media_jobs.models import Media, Preview
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import media_key, storage

KEPT = timedelta(days=1)
MOST, MOST_BYTES = 100, 256 * 1024**2
_FORGOTTEN_AT_ONCE = 1000
_NAME = "preview."
_MARK = f"/v.{_NAME}"  # in the keys of a preview's files, before what kind each is


class PreviewTooLarge(Refused):
    title = "This preview can't be kept"


def previewed(
    media: Media, order: Order, *, on_tick: Callable[[float], None], tick_seconds: float = TICK_SECONDS
) -> Preview:
    """The picture of `order`, and what it has beside it: taken over where it was made before, by a job or a preview,
    else made now.

    `on_tick` is told the progress, 0 to 1, every `tick_seconds`, and may raise: then nothing is kept. Raises
    EngineError, PreviewTooLarge, NotFound when the media was deleted meanwhile, NoSpace, or OSError (FileNotFoundError
    for a source that isn't in the store).
    """

    def alive() -> None:
        on_tick(0.0)

    if not media.sha256:
        with source_of(media, alive=alive) as source:
            media.sha256 = digest_of(media, source, alive=alive)
    recipe = recipe_key(media, order)
    if there := _there(media, recipe, order):
        return there
    key = _key(media, order)
    with deleted_unless_kept(key, order):
        facts = reuse(media.application, recipe, order, key=key, alive=alive)
        if facts is None or missing_of(facts, order):
            facts = _made(media, order, key, facts, on_tick=on_tick, alive=alive, tick_seconds=tick_seconds)
        if (size := _size(facts)) > MOST_BYTES:
            raise PreviewTooLarge(f"It has {size:,} bytes; a preview has {MOST_BYTES:,} at most.")
        return _keep(media, recipe, facts, key=key)


def files_of(preview: Preview) -> list[str]:
    """Keys of the picture and of what was made beside it."""
    return keys_of(preview.storage_key, preview.facts)


def named_by_previews(keys: Iterable[str]) -> set[str]:
    """Those of `keys` that are a preview's files: by the picture's own key, of which the others are made."""
    stems = {key.partition(_MARK)[0] for key in keys if _MARK in key}
    pictures = [f"{stem}{_MARK}{kind}" for stem in stems for kind in FORMATS]
    return {key for preview in Preview.objects.filter(storage_key__in=pictures) for key in files_of(preview)}


def forget_old() -> None:
    """Those whose time is over, rows and files; so many and no more, the next call goes on."""
    old = Preview.objects.filter(created_at__lt=after(-KEPT)).order_by("created_at")
    with transaction.atomic():
        _forget(list(old[:_FORGOTTEN_AT_ONCE]))


def _there(media: Media, recipe: str, order: Order) -> Preview | None:
    """One that is there, with all that `order` has beside it, which alone it tells of."""
    preview = Preview.objects.filter(application=media.application, recipe_key=recipe).first()
    if preview is None or missing_of(preview.facts, order):
        return None
    if not all(storage().exists(key) for key in files_of(preview)):
        return None
    beside = {one["kind"]: one for one in preview.facts["siblings"]}
    asked = [beside[kind] for kind in named(order.spec.siblings) if kind in beside]
    preview.facts = told_again(preview.facts, order, siblings=asked)
    return preview


def _made(
    media: Media,
    order: Order,
    key: str,
    found: Facts | None,
    *,
    on_tick: Callable[[float], None],
    alive: Callable[[], None],
    tick_seconds: float,
) -> Facts:
    token = token_hex(16)
    work = scratch() / f"{token}.{order.spec.format}"
    try:
        with source_of(media, alive=alive) as source:
            return made(
                source, work, order, key=key, found=found, on_tick=on_tick, alive=alive, tick_seconds=tick_seconds
            )
    finally:
        for leftover in scratch().glob(f"{token}*"):
            leftover.unlink(missing_ok=True)


def _key(media: Media, order: Order) -> str:
    return media_key(
        app_id=media.application.app_id,
        file_id=media.file_id,
        extension=f"{_NAME}{order.spec.format}",
    )


def _size(facts: Facts) -> int:
    return sum(one["size"] for one in (facts, *facts["siblings"]))


@atomic
def _keep(media: Media, recipe: str, facts: Facts, *, key: str) -> Preview:
    """In the place of one with the same recipe; the oldest make room for it."""
    locked_row(Application.objects.all(), media.application_id, gone="This application is gone.")
    locked_row(Media.objects.present(), media.pk, gone="This media was deleted.")
    before = Preview.objects.filter(application=media.application_id)
    _forget([*before.filter(recipe_key=recipe)])
    kept = Preview.objects.create(
        application=media.application,
        media=media,
        recipe_key=recipe,
        storage_key=key,
        size=_size(facts),
        facts=facts,
    )
    room = MOST_BYTES
    for number, preview in enumerate(before.order_by("-pk")):
        room -= preview.size
        if number >= MOST or room < 0:
            _forget([preview])
    return kept


def _forget(previews: Sequence[Preview]) -> None:
    Preview.objects.filter(pk__in=[preview.pk for preview in previews]).delete()
    for key in (key for preview in previews for key in files_of(preview)):
        transaction.on_commit(partial(storage().delete, key), robust=True)
