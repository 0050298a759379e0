"""Pictures to look at before they are asked for: made by a child of this host, while somebody waits.

The job that is asked for then has the same recipe, and takes the bytes over. Nobody but the application's own people
sees a preview. It lasts a day; an application has a hundred at most, and they have no more than 256 MB together.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from secrets import token_hex

from django.db import transaction

from animator.confine.sandbox import TICK_SECONDS
from animator.core.order import Order
from applications.errors import Refused
from applications.models import Application
from applications.transactions import atomic, locked_row
from media_jobs.clock import after
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.recipes import Facts, facts_of, recipe_key, reuse
from media_jobs.jobs.sources import digest_of, source_of
from media_jobs.models import Media, Preview
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import media_key, storage

KEPT = timedelta(days=1)
MOST, MOST_BYTES = 100, 256 * 1024**2
_FORGOTTEN_AT_ONCE = 1000


class PreviewTooLarge(Refused):
    title = "This preview can't be kept"


def previewed(
    media: Media, order: Order, *, on_tick: Callable[[float], None], tick_seconds: float = TICK_SECONDS
) -> Preview:
    """The picture of `order`, without siblings: at once when it was made before, by a job or a preview, else made now.

    `on_tick` is told the progress, 0 to 1, every `tick_seconds`, and may raise: then nothing is kept. Raises
    EngineError, PreviewTooLarge, NotFound when the media was deleted meanwhile, NoSpace, or OSError (FileNotFoundError
    for a source that isn't in the store).
    """

    def alive() -> None:
        on_tick(0.0)

    order = replace(order, spec=replace(order.spec, siblings=""))
    if found := _found(media, order, alive=alive):
        return found
    with source_of(media, alive=alive) as source:
        if not media.sha256:
            media.sha256 = digest_of(media, source, alive=alive)
            if found := _found(media, order, alive=alive):
                return found
        work = scratch() / f"{token_hex(16)}.{order.spec.format}"
        try:
            result = sandbox().animate(source, work, order, on_tick=on_tick, tick_seconds=tick_seconds)
            if result.size > MOST_BYTES:
                raise PreviewTooLarge(f"It has {result.size:,} bytes; a preview has {MOST_BYTES:,} at most.")
            key = _key(media, order)
            storage().adopt(work, key, alive=alive)
        finally:
            work.unlink(missing_ok=True)
    return _kept(media, order, facts_of(result), key=key)


def forget_old() -> None:
    """Those whose time is over, rows and files; so many and no more, the next call goes on."""
    old = Preview.objects.filter(created_at__lt=after(-KEPT)).order_by("created_at")
    with transaction.atomic():
        _forget(list(old[:_FORGOTTEN_AT_ONCE]))


def _found(media: Media, order: Order, *, alive: Callable[[], None]) -> Preview | None:
    """One that is there, or another of what a job made."""
    recipe = recipe_key(media, order)
    preview = Preview.objects.filter(application=media.application, recipe_key=recipe).first() if recipe else None
    if preview and storage().exists(preview.storage_key):
        return preview
    key = _key(media, order)
    facts = reuse(media.application, recipe, key=key, alive=alive)
    return _kept(media, order, facts, key=key) if facts else None


def _key(media: Media, order: Order) -> str:
    return media_key(app_id=media.application.app_id, file_id=media.file_id, extension=f"preview.{order.spec.format}")


def _kept(media: Media, order: Order, facts: Facts, *, key: str) -> Preview:
    """The file under `key` is gone when no row came to name it."""
    try:
        return _keep(media, recipe_key(media, order), facts, key=key)
    except BaseException:
        storage().delete(key)
        raise


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
        size=facts["size"],
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
    for preview in previews:
        transaction.on_commit(partial(storage().delete, preview.storage_key), robust=True)
