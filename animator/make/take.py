"""What is taken of a source for a picture: which seconds, how often they are sampled, which part of what is seen."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from av import VideoFormat

from animator.core.errors import ResultTooLarge
from animator.core.framing import CONTAIN, COVER, SMART
from animator.core.limits import Limits
from animator.core.order import AnimationSpec
from animator.core.playback import BEST, BOUNCE
from animator.core.rate import rate_of
from animator.core.seam import Seam
from animator.core.siblings import POSTERS, named
from animator.core.timeline import Segment
from animator.make.encoding import encoder_of, scaled
from animator.make.playing import played
from animator.make.seen import Seen
from animator.picture.frames import Canvas, Shown
from animator.picture.geometry import Geometry
from animator.read.decode import Picked, Picker
from animator.read.source import Source
from animator.read.view import geometry_of

THREADS = min(2, os.cpu_count() or 1)


class Take(NamedTuple):
    """Fields:
    segment: the seconds that are sampled
    rate: how many times a second of them
    film: how they are seen: the part that is shown, the shape of the canvas
    canvas: of the picture that comes of it, at its own fps
    seam: what is seen of the place where it begins anew, if something is done about it
    """

    spec: AnimationSpec
    segment: Segment
    rate: Fraction
    film: Geometry
    canvas: Canvas
    seam: Seam | None = None

    @property
    def has_seam(self) -> bool:
        """Whether something is done about the place where it begins anew, and so is worth telling."""
        return self.spec.loop == BEST or bool(self.spec.crossfade)

    @property
    def was_looked_at(self) -> bool:
        """Whether pictures of the source had to be seen to know what to take."""
        return self.has_seam or self.spec.trim_borders or self.spec.fit == SMART

    @property
    def sampled(self) -> int:
        """Ticks of the segment; `canvas` has those of the picture."""
        return self.segment.ticks(self.rate)

    @property
    def first_shown(self) -> int:
        """The sampled tick that the picture begins with."""
        playback = self.spec.playback
        return self.sampled - 1 if playback.reverse else playback.fade(self.canvas.fps)

    @property
    def pixel_format(self) -> str:
        return encoder_of(self.spec).pixel_format(alpha=self.canvas.alpha)

    @property
    def format_beside(self) -> str:
        """What all siblings are fed with."""
        return "rgba" if self.canvas.alpha else "rgb24"

    @property
    def held_bytes(self) -> int:
        """What of the pictures lies in memory at once, beside the few that any picture needs."""
        playback = self.spec.playback
        pictures = self.sampled if playback.holds_all else playback.fade(self.canvas.fps)
        return pictures * self._picture_bytes

    @property
    def scaled_bytes(self) -> int:
        """Of all sampled pictures as the encoder gets them, at most: those of WebPs may have whole colours."""
        return self.sampled * self.canvas.width * self.canvas.height * (4 if self.canvas.alpha else 3)

    @property
    def _picture_bytes(self) -> int:
        """Of one for the encoder, and of the same for the siblings, which hold their own once for all of them."""
        moving = any(kind not in POSTERS for kind in named(self.spec.siblings))
        formats = (self.pixel_format, self.format_beside) if moving else (self.pixel_format,)
        width, height = self.canvas.width, self.canvas.height
        bits = sum(VideoFormat(one, width, height).bits_per_pixel for one in formats)
        return bits * width * height // 8

    def shown(self, picked: Iterable[Picked], *, ticks: int, limits: Limits, pixel_format: str = "") -> Iterator[Shown]:
        """The pictures of so many sampled ticks as they are played."""
        pictures = self.plain(picked, limits=limits, pixel_format=pixel_format)
        return played(pictures, self.spec.playback, ticks=ticks, fps=self.canvas.fps)

    def plain(self, picked: Iterable[Picked], *, limits: Limits, pixel_format: str = "") -> Iterator[Shown]:
        """The pictures as they come, in the encoder's format unless another is named."""
        size, wanted = (self.canvas.width, self.canvas.height), pixel_format or self.pixel_format
        quality = self.canvas.quality
        return scaled(picked, size=size, pixel_format=wanted, film=self.film, limits=limits, quality=quality)

    def check(self, limits: Limits) -> None:
        """Raises ResultTooLarge when it would go over a budget."""
        canvas, playback = self.canvas, self.spec.playback
        times = 2 if playback.loop == BOUNCE else 1
        limits.check_output(self.segment, fps=self.rate, width=canvas.width, height=canvas.height, times=times)
        if playback.holds_all:
            what = "To go there and back" if playback.loop == BOUNCE else "To play in reverse"
            limits.check_held(self.sampled, size=self._picture_bytes, what=what)
        elif fade := playback.fade(canvas.fps):
            limits.check_held(fade, size=self._picture_bytes, what="A crossfade")

    def passes(self, ticks: int, limits: Limits) -> bool:
        """Whether it would still be within every budget with so many samples."""
        longer = Segment(self.segment.start, self.segment.start + ticks / self.rate)
        try:
            self._replace(segment=longer).check(limits)
        except ResultTooLarge:
            return False
        return True


def begun(
    spec: AnimationSpec,
    segment: Segment,
    *,
    source: Source,
    limits: Limits,
    on_work: Callable[[], None],
    on_look: Callable[[], None],
    seen: Seen,
) -> tuple[Take, Picker, Iterator[Picked]]:
    """A take, with its pictures on their way; nothing is decoded twice unless something has to be looked at before.

    `on_work` is called for every packet of the pictures, `on_look` for every one that is only looked at, before.
    """
    picker = Picker(source, segment, fps=spec.playback.rate(rate_of(spec)), on_work=on_work)
    pictures = iter(picker)
    first = next(pictures)
    geometry = geometry_of(first, source)
    take = take_of(spec, segment, source=source, geometry=geometry, limits=limits, on_look=on_look, seen=seen)
    if take.was_looked_at:
        # Who looks reads the same file, so that the pictures under way are lost.
        picker = Picker(source, take.segment, fps=take.rate, on_work=on_work)
        return take, picker, iter(picker)
    return take, picker, itertools.chain([first], pictures)


def take_of(
    spec: AnimationSpec,
    segment: Segment,
    *,
    source: Source,
    geometry: Geometry,
    limits: Limits,
    on_look: Callable[[], None],
    seen: Seen,
) -> Take:
    """Of a source whose pictures look like `geometry`. Raises InvalidSpec, ConfigurationUnsupported, ResultTooLarge."""
    fps = rate_of(spec)
    film, (width, height) = _framed(spec, segment, source=source, geometry=geometry, on_look=on_look, seen=seen)
    canvas = Canvas(
        width=width,
        height=height,
        ticks=spec.playback.shown(segment.ticks(spec.playback.rate(fps)), fps=fps),
        fps=fps,
        quality=spec.quality,
        effort=spec.effort,
        alpha=film.alpha,
        threads=THREADS,
        loop_count=spec.loop_count,
    )
    take = Take(spec, segment, spec.playback.rate(fps), film, canvas)
    take.check(limits)
    return _closed(take, source, limits=limits, on_look=on_look, seen=seen) if take.has_seam else take


def _framed(
    spec: AnimationSpec,
    segment: Segment,
    *,
    source: Source,
    geometry: Geometry,
    on_look: Callable[[], None],
    seen: Seen,
) -> tuple[Geometry, tuple[int, int]]:
    """The film, and the size of its canvas: without its borders, cropped, and brought into the wanted shape."""
    film = geometry
    # numpy takes a tenth of a second to import: what looks at pictures is imported where it is used.
    if spec.trim_borders:
        from animator.make.borders import without_borders

        whole = film
        bars = seen.once(("borders", segment, film), lambda: without_borders(source, segment, whole, on_work=on_look))
        film = film.viewed(bars)
    film = film.viewed(spec.framing.cropped(film.width, film.height))
    width, height = size = spec.output_size(film.width, film.height, shape=film.shape)
    aspect = Fraction(width, height)
    if spec.fit == COVER:
        return film.viewed(spec.framing.shaped(film.width, film.height, aspect=aspect)), size
    if spec.fit == SMART:
        from animator.make.focus import focus

        liveliest = seen.once(
            ("focus", segment, film, aspect), lambda: focus(source, segment, film, aspect=aspect, on_work=on_look)
        )
        return film.viewed(liveliest), size
    return film.on(width, height, background=spec.background) if spec.fit == CONTAIN else film, size


def _closed(take: Take, source: Source, *, limits: Limits, on_look: Callable[[], None], seen: Seen) -> Take:
    """With the segment whose seam is seen least, if that was asked for; in any case how much is seen of it."""
    from animator.make.seam import Seeker

    playback, ticks = take.spec.playback, take.sampled
    fade = playback.fade(take.canvas.fps)
    slack = playback.slack_ticks(ticks, rate=take.rate)
    longest = ticks + 2 * slack if take.passes(ticks + 2 * slack, limits) else ticks
    seeker = Seeker(source, take.film, take.rate, longest, on_look)
    segment, seam = seen.once(
        ("seam", take.segment, take.film, take.rate, playback, fade, longest),
        lambda: seeker.seam(take.segment, playback, fade=fade),
    )
    shown = playback.shown(segment.ticks(take.rate), fps=take.canvas.fps)
    return take._replace(segment=segment, canvas=take.canvas._replace(ticks=shown), seam=seam)
