"""Pictures to look at before they are asked for: made by a child of this host, while somebody waits.

The job that is asked for then has the same recipe, and takes the bytes over. Nobody but the application's own people
sees a preview. It lasts a day; an application has a hundred at most, and they have no more than 256 MB together, with
what was made beside them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from secrets import token_hex

from django.db import transaction

from animator.confine.sandbox import TICK_SECONDS
from animator.core.order import FORMATS, Order
from applications.errors import Refused
from applications.models import Application
from applications.transactions import atomic, locked_row
from media_jobs.clock import after
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.recipes import Facts, adopt, facts_of, keys_of, recipe_key, reuse
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
    """The picture of `order`, and what it has beside it: at once when it was made before, by a job or a preview, else
    made now.

    `on_tick` is told the progress, 0 to 1, every `tick_seconds`, and may raise: then nothing is kept. Raises
    EngineError, PreviewTooLarge, NotFound when the media was deleted meanwhile, NoSpace, or OSError (FileNotFoundError
    for a source that isn't in the store).
    """

    def alive() -> None:
        on_tick(0.0)

    if found := _found(media, order, alive=alive):
        return found
    with source_of(media, alive=alive) as source:
        if not media.sha256:
            media.sha256 = digest_of(media, source, alive=alive)
            if found := _found(media, order, alive=alive):
                return found
        token = token_hex(16)
        work = scratch() / f"{token}.{order.spec.format}"
        try:
            facts = facts_of(sandbox().animate(source, work, order, on_tick=on_tick, tick_seconds=tick_seconds))
            if (size := _size(facts)) > MOST_BYTES:
                raise PreviewTooLarge(f"It has {size:,} bytes; a preview has {MOST_BYTES:,} at most.")
            key = _key(media, order)
            with _deleted_unless_kept(key, facts):
                adopt(work, key, facts, alive=alive)
                return _keep(media, recipe_key(media, order), facts, key=key)
        finally:
            for leftover in scratch().glob(f"{token}*"):
                leftover.unlink(missing_ok=True)


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


def _found(media: Media, order: Order, *, alive: Callable[[], None]) -> Preview | None:
    """One that is there, or another of what a job made."""
    recipe = recipe_key(media, order)
    preview = Preview.objects.filter(application=media.application, recipe_key=recipe).first() if recipe else None
    if preview and all(storage().exists(key) for key in files_of(preview)):
        return preview
    key = _key(media, order)
    facts = reuse(media.application, recipe, key=key, alive=alive)
    if facts is None:
        return None
    with _deleted_unless_kept(key, facts):
        return _keep(media, recipe, facts, key=key)


def _key(media: Media, order: Order) -> str:
    return media_key(
        app_id=media.application.app_id,
        file_id=media.file_id,
        extension=f"{_NAME}{order.spec.format}",
    )


@contextmanager
def _deleted_unless_kept(key: str, facts: Facts) -> Iterator[None]:
    """The files under `key` are gone when no row came to name them."""
    try:
        yield
    except BaseException:
        for one in keys_of(key, facts):
            storage().delete(one)
        raise


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
