"""Siblings of a picture: the one decode that makes it feeds them, too, each in a thread of its own.

The pictures are handed over a few at a time, so that the slowest sets the pace and nobody's memory grows.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from animator.core.limits import Limits
from animator.core.siblings import POSTERS, Beside, Sibling
from animator.make.encoding import encoder_named, size_named
from animator.make.files import md5_of
from animator.make.poster import FORMATS
from animator.make.take import Take
from animator.picture.frames import Encoded, Shown
from animator.read.decode import Picked
from animator.read.source import source_errors

T = TypeVar("T")

ROOM = 2
_WAIT_SECONDS = 0.2


class Siblings:
    """Files that are being made beside a picture. Leave the context, and whatever is left of the work stops."""

    def __init__(self, take: Take, files: Mapping[str, Path], *, limits: Limits, on_work: Callable[[], None]) -> None:
        self._take = take
        self._files = files
        self._limits = limits
        self._on_work = on_work
        self._source: _Pipe[Picked] = _Pipe()
        self._pipes: dict[str, _Pipe[Shown]] = {kind: _Pipe() for kind in files if kind not in POSTERS}
        self._pool = ThreadPoolExecutor(len(files) + 1, "sibling")
        self._work = self._pool.submit(self._hand_out)
        self._made = {kind: self._pool.submit(self._encode, kind) for kind in self._pipes}

    def fed(self, picked: Iterator[Picked]) -> Iterator[Picked]:
        """The same pictures, which the siblings get, too."""
        for picture in picked:
            self._source.put(picture)
            yield picture
        self._source.end()

    def finished(self, *, on_wait: Callable[[], None]) -> Beside:
        """Once all are written; `on_wait` is called meanwhile. Raises what any of them raised."""
        all_of_them: list[Future[Any]] = [self._work, *self._made.values()]
        while wait_for(all_of_them, _WAIT_SECONDS).not_done:
            on_wait()
        self._work.result()
        encoded = {kind: made.result() for kind, made in self._made.items()}
        notes = dict.fromkeys(note for one in encoded.values() for note in one.notes)
        return Beside(tuple(self._sibling(kind, encoded.get(kind)) for kind in self._files), tuple(notes))

    def stop(self) -> None:
        self._source.shut()
        for pipe in self._pipes.values():
            pipe.shut()
        self._pool.shutdown()

    def _hand_out(self) -> None:
        """Scales and plays what was decoded, once for all of them; posters alone take nothing of it."""
        try:
            with source_errors():
                for shown in self._played() if self._pipes else ():
                    for pipe in self._pipes.values():
                        pipe.put(shown)
        finally:
            self._source.shut()
            for pipe in self._pipes.values():
                pipe.end()

    def _played(self) -> Iterator[Shown]:
        take = self._take
        return take.shown(iter(self._source), ticks=take.sampled, limits=self._limits, pixel_format=take.format_beside)

    def _encode(self, kind: str) -> Encoded:
        try:
            encoder, canvas = encoder_named(kind), self._take.canvas
            wanted = encoder.pixel_format(alpha=canvas.alpha)
            scale = VideoReformatter()  # a picture's own may be used by one thread alone
            shown = (Shown(one.first, converted(one.image, wanted, scale)) for one in self._pipes[kind])
            with self._files[kind].open("w+b") as file, source_errors():
                return encoder.encode(shown, file, canvas, on_tick=lambda _: self._on_work())
        finally:
            self._pipes[kind].shut()

    def _sibling(self, kind: str, encoded: Encoded | None) -> Sibling:
        """A poster, which nobody here has encoded, tells its size itself."""
        path = self._files[kind]
        width, height = _size_of_still(path) if encoded is None else size_named(kind, self._take.canvas)
        return Sibling(
            kind=kind,
            width=width,
            height=height,
            frames=encoded.frames if encoded else 1,
            duration=encoded.duration_ms / 1000 if encoded else 0.0,
            size=path.stat().st_size,
            md5=md5_of(path),
        )


@contextmanager
def siblings(
    take: Take, files: Mapping[str, Path], *, limits: Limits, on_work: Callable[[], None]
) -> Iterator[Siblings]:
    """`on_work` is called, in other threads, at each sign of life."""
    making = Siblings(take, files, limits=limits, on_work=on_work)
    try:
        yield making
    finally:
        making.stop()


def converted(picture: VideoFrame, wanted: str, scale: VideoReformatter) -> VideoFrame:
    """YUV as WebP defines it: a film's encoder asks for RGB, and makes its own."""
    if not wanted.startswith("yuv"):
        return scale.reformat(picture, format=wanted)
    return scale.reformat(picture, format=wanted, dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG)


def _size_of_still(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path, formats=tuple(FORMATS.values())) as image:
        return image.size


class _End:
    """After this nothing comes."""


class _Pipe(Generic[T]):
    """From one thread to another, a few at a time. Shut by either, it takes and gives nothing any more."""

    def __init__(self) -> None:
        self._items: queue.Queue[T | _End] = queue.Queue(ROOM)
        self._shut = threading.Event()

    def put(self, item: T) -> None:
        self._put(item)

    def end(self) -> None:
        self._put(_End())

    def shut(self) -> None:
        self._shut.set()

    def __iter__(self) -> Iterator[T]:
        while not self._shut.is_set():
            try:
                item = self._items.get(timeout=_WAIT_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                return
            yield item

    def _put(self, item: T | _End) -> None:
        while not self._shut.is_set():
            try:
                return self._items.put(item, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
