"""What somebody at the studio waits for, made by a child of this host: the filmstrip, a proxy, a preview.

Of each kind one at a time for an application, and all together no more than the web process has room for. A preview
that a newer one of the same pane replaces is stopped.
"""

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from animator.core.again import alone
from animator.core.order import FAST, Order
from animator.core.timeline import resolve
from applications.errors import Conflict, InvalidValue, Refused
from media_jobs.jobs.answers import EngineBusy, refusing
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.previews import previewed
from media_jobs.jobs.sources import source_of
from media_jobs.jobs.studio_files import kept, recipe_of, studio_file
from media_jobs.models import Media, Preview, StudioFile
from media_jobs.store.exclusive import exclusive
from media_jobs.store.scratch import reserve, scratch
from media_jobs.store.waiting import nobody_waits

# Seconds that the work itself may take, and that one waits for his turn.
DEADLINES = {StudioFile.Kind.FILMSTRIP: 60.0, StudioFile.Kind.PROXY: 90.0}
PREVIEW_DEADLINE, ROUGH_DEADLINE, TURN = 20.0, 5.0, 8.0
BESIDE_DEADLINE = 30.0
TICK = 0.05
AT_ONCE = 2  # children of a web process
# A rough preview: so many pictures at most, so many a second, of such an edge and quality.
ROUGH_TICKS, ROUGH_FPS, ROUGH_EDGE, ROUGH_QUALITY = 20, 6, 320, 50.0
# A proxy begins and ends at whole multiples of so many seconds, so that a handle moved a little asks for no other.
PIECE, MOST_PIECES = 30, 10
_PANE = re.compile(r"[a-z0-9-]{4,40}")


class Superseded(Conflict):
    title = "A newer preview takes its place"


class TooLong(Refused):
    status = 503
    title = "It takes too long to be shown beforehand"


_room = threading.BoundedSemaphore(AT_ONCE)
Check = Callable[[], None]


def filmstrip_of(media: Media) -> StudioFile:
    """Raises EngineBusy, NotMakeable."""

    def make(source: Path, target: Path, check: Check) -> Mapping[str, Any]:
        return sandbox().filmstrip(source, target, on_tick=lambda _: check(), tick_seconds=TICK).as_dict()

    return _made(media, StudioFile.Kind.FILMSTRIP, {}, suffix=".jpg", make=make)


def proxy_of(media: Media, *, start: float, end: float, pane: str = "") -> StudioFile:
    """A piece of the video that holds the seconds from `start` to `end`, or what of them a proxy may have. Where it is
    for a `pane`, progress_of tells how far it is.

    Raises EngineBusy, NotMakeable, InvalidValue.
    """
    first = max(0, int(start // PIECE))
    last = min(max(first + 1, int(-(-end // PIECE))), first + MOST_PIECES)
    if not 0 <= start < end:
        raise InvalidValue("A proxy has a start and an end, seconds from the beginning.", field="start")
    span = {"start": float(first * PIECE), "end": float(last * PIECE)}

    def make(source: Path, target: Path, check: Check) -> Mapping[str, Any]:
        def tell(progress: float) -> None:
            if told:
                told.write_text(f"{progress:.2f}")

        def on_tick(progress: float) -> None:
            check()
            tell(progress)

        tell(0.0)  # the pane's last one is done
        sandbox().proxy(source, target, **span, on_tick=on_tick, tick_seconds=TICK)
        tell(1.0)
        return span

    told = _mark(media, pane, "progress") if pane else None
    return _made(media, StudioFile.Kind.PROXY, span, suffix=".mp4", make=make)


def progress_of(media: Media, *, pane: str) -> int:
    """Percent of the copy that the pane asked for last; 0 when nothing is known of one. Raises InvalidValue."""
    try:
        return round(100 * float(_mark(media, pane, "progress").read_text() or 0))
    except (FileNotFoundError, ValueError):
        return 0


def preview_of(media: Media, order: Order, *, pane: str, turn: int = 0) -> Preview:
    """The picture's very bytes that a job would make, without what is made beside it, which takes longer. `pane` is
    where they are shown: what is asked for there later stops this. Who counts its changes says the `turn`, and requests
    may then overtake each other.

    A job takes them over. Raises EngineBusy, NotMakeable, Superseded, TooLong, PreviewTooLarge.
    """
    check = _newest(media, pane, turn)
    with _turn(media, "preview", check=check):
        return _previewed(media, alone(order), check=check, seconds=PREVIEW_DEADLINE)


def preview_beside(media: Media, order: Order, *, pane: str, turn: int = 0) -> Preview:
    """All files that a job would make, which takes them over whole. In a turn of its own, since it may take longer;
    stopped by the same pane's later previews. Raises as preview_of.
    """
    check = _newest(media, pane, turn)
    with _turn(media, "beside", check=check):
        return _previewed(media, order, check=check, seconds=BESIDE_DEADLINE)


def _previewed(media: Media, order: Order, *, check: Check, seconds: float) -> Preview:
    until = time.monotonic() + seconds

    def on_tick(_: float) -> None:
        check()
        _in_time(until, seconds)

    with refusing(media):
        return previewed(media, order, on_tick=on_tick, tick_seconds=TICK)


def rough_of(media: Media, order: Order, *, pane: str, turn: int = 0) -> bytes:
    """A first impression, kept nowhere; it also stops the pane's last preview, but not that of its own turn. Raises as
    preview_of.
    """
    _newest(media, pane, turn)
    check = _newest(media, f"{pane}-rough", turn)
    with refusing(media):
        rough = roughly(order, duration=(media.metadata or {}).get("duration") or 0.0)
    with _turn(media, "rough", check=check), _scratch_file(f".{order.spec.format}") as target:
        until = time.monotonic() + ROUGH_DEADLINE

        def on_tick(_: float) -> None:
            check()
            _in_time(until, ROUGH_DEADLINE)

        with refusing(media), source_of(media, alive=check) as source:
            sandbox().animate(source, target, rough, on_tick=on_tick, tick_seconds=TICK)
        return target.read_bytes()


def roughly(order: Order, *, duration: float) -> Order:
    """The same seconds, in few, small and quickly encoded pictures. Raises InvalidTimeOffset."""
    spec = order.spec
    seconds = _shown(order, duration=duration) if duration > 0 else 1.0
    fps = max(1, min(spec.fps, ROUGH_FPS, int(ROUGH_TICKS / seconds)))
    edge = max(spec.width, spec.height)
    shrink = min(1.0, ROUGH_EDGE / edge) if edge else 1.0
    light = replace(
        spec,
        fps=fps,
        quality=min(spec.quality, ROUGH_QUALITY),
        effort=FAST,
        max_bytes=0,
        width=round(spec.width * shrink) if edge else ROUGH_EDGE,
        height=round(spec.height * shrink),
        siblings="",
        within_source=False,
    )
    return replace(order, spec=light, scored=False)


def _shown(order: Order, *, duration: float) -> float:
    """Seconds of the video that the picture shows, at most."""
    whole, choice = float(resolve(order.start, order.end, duration=duration).duration), order.choice
    wanted = choice.auto or choice.pieces * choice.piece
    return min(whole, wanted) if wanted else whole


def _made(
    media: Media,
    kind: StudioFile.Kind,
    made_by: Mapping[str, Any],
    *,
    suffix: str,
    make: Callable[[Path, Path, Check], Mapping[str, Any]],
) -> StudioFile:
    recipe = recipe_of(made_by)
    if there := studio_file(media, kind, recipe):
        return there
    with _turn(media, kind):
        if there := studio_file(media, kind, recipe):  # by whoever had the turn before
            return there
        reserve(0)
        until = time.monotonic() + DEADLINES[kind]
        with _scratch_file(suffix) as target:

            def check() -> None:
                _in_time(until, DEADLINES[kind])

            with refusing(media), source_of(media, alive=check) as source:
                facts = make(source, target, check)
            return kept(target, media=media, kind=kind, recipe=recipe, facts=facts, alive=nobody_waits)


@contextmanager
def _turn(media: Media, kind: str, *, check: Check = nobody_waits) -> Iterator[None]:
    until = time.monotonic() + TURN

    def waiting() -> None:
        check()
        if time.monotonic() > until:
            raise EngineBusy("Others are waiting for theirs. Try again in a moment.")

    with exclusive(f"studio-{media.application.app_id}-{kind}", alive=waiting):
        if not _room.acquire(timeout=max(0.0, until - time.monotonic())):
            raise EngineBusy("Others are waiting for theirs. Try again in a moment.")
        try:
            check()
            yield
        finally:
            _room.release()


def _newest(media: Media, pane: str, turn: int = 0) -> Check:
    """From now on this request is the pane's newest, unless one of a later turn came before it; what it gives back
    raises Superseded once it isn't any more. Of one turn, 0 aside, all are the newest.

    Told by a file, which all web processes of the host see; scratch files are swept up.
    """
    mark, ticket = _mark(media, pane, "newest"), secrets.token_hex(8)

    def is_replaced() -> bool:
        newest, _, other = (mark.read_text() if mark.exists() else "").partition(" ")
        return bool(newest) and (int(newest) > turn or (int(newest) == turn == 0 and other != ticket))

    def check() -> None:
        if is_replaced():
            raise Superseded("A newer preview was asked for.")

    if turn == 0 or not is_replaced():
        mark.write_text(f"{turn} {ticket}")
    return check


def _mark(media: Media, pane: str, what: str) -> Path:
    """Raises InvalidValue."""
    if not _PANE.fullmatch(pane):
        raise InvalidValue("A pane is named by 4 to 40 small letters, digits and hyphens.", field="pane")
    return scratch() / f"studio-{media.application.app_id}-{pane}.{what}"


def _in_time(until: float, seconds: float) -> None:
    if time.monotonic() > until:
        raise TooLong(f"It took longer than {seconds:g} s. Choose a shorter segment or a smaller size, or run it.")


@contextmanager
def _scratch_file(suffix: str) -> Iterator[Path]:
    path = scratch() / f"{secrets.token_hex(16)}{suffix}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
