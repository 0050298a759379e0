"""One picture as it is asked for. It is written down once, and every door, job, child and recipe passes it on whole."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from animator.core.choice import Choice
from animator.core.errors import InvalidSpec, InvalidTimeOffset
from animator.core.floors import MOST_BYTES, Floors
from animator.core.framing import ANCHORS, CENTRE, FITS, SCALE, Framing
from animator.core.languages import mark as _
from animator.core.options import option
from animator.core.playback import BEST as BEST_LOOP
from animator.core.playback import CUT, LOOPS, Playback
from animator.core.siblings import mistake_of
from animator.core.sizing import output_size
from animator.core.timeline import Segment, resolve

FORMATS = ("gif", "webp")
MAX_EDGE = 4096
EFFORTS = (1, 2, 3)
FAST, BALANCED, BEST = EFFORTS
# What gives way does so for one of these.
SIZED = "max_bytes", "within_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimationSpec:
    """What a template says of a picture; raises InvalidSpec when built with nonsense.

    Fields:
        format: "gif" or "webp"
        fps: frames a second, 1–60
        width, height: pixels; 0 follows the source (see output_size)
        quality: 1–100
        adaptive: width means the long edge and height the short one (docs/protocol 2.1, ResolutionAdaptive)
        max_bytes: the file's largest size; 0: any
        least_quality, least_fps, least_edge: how far each may give way for max_bytes; 0: as floors.py has it
        give_way: what gives way, in this order, of quality, fps and size; "": all three
        effort: 1 fast, 2 balanced, 3 best: how long the encoder may try, for fewer bytes of the same look
        crop: the part of the upright picture that is shown: "x,y,width,height" in square pixels, or an aspect, "16:9"
        anchor: where in the picture a part of an aspect lies (framing.ANCHORS)
        fit: what becomes of a shape that isn't the one of width and height: "scale" it to them, "cover" them and lose
            what reaches past, be "contain"ed, with bars, or "smart": cover them where the most is to be seen
        background: of bars, a colour such as "#ffffff" or "transparent"; "": black, transparent where the source is
        trim_borders: leave out bars of one colour, such as black, around the video
        loop: "cut" from the last picture to the first, "best": start and end move to where that is seen least, or
            "bounce": there and back
        slack: seconds of the video by which they may move, 0.1–2; 0: half a second
        crossfade: seconds of the picture in which its end turns into its beginning, 0.1–1; 0: none
        loop_count: how often it plays, up to 100; 0: for ever
        speed: how fast it plays, 0.25–4; fps stays
        reverse: the last picture first
        siblings: what else is made of the same pictures, named with commas between (siblings.SUFFIXES)
        within_source: no file is larger than the source: the picture gives way as for max_bytes, others are left out
    """

    format: str = field(metadata=option(_("by default the suffix of OUTPUT"), choices=FORMATS, default=None))
    fps: int = field(metadata=option(_("frames a second, 1-60 (10)"), type=int, default=10, metavar="N"))
    width: int = field(default=0, metadata=option(_("long edge in pixels; 0 follows"), type=int, metavar="W"))
    height: int = field(default=0, metadata=option(_("short edge in pixels; 0 follows"), type=int, metavar="H"))
    quality: float = field(default=75.0, metadata=option(_("1-100 (75)"), type=float, metavar="Q"))
    adaptive: bool = field(default=True, metadata=option(_("width and height as they are named"), flag="--no-adaptive"))
    max_bytes: int = field(default=0, metadata=option(_("at most so large; 0 as it comes"), type=int, metavar="N"))
    least_quality: float = field(
        default=0.0, metadata=option(_("for --max-bytes (30)"), needs=SIZED, type=float, metavar="Q")
    )
    least_fps: int = field(default=0, metadata=option(_("for --max-bytes (5)"), needs=SIZED, type=int, metavar="N"))
    least_edge: int = field(
        default=0, metadata=option(_("long edge, for --max-bytes (128)"), needs=SIZED, type=int, metavar="PX")
    )
    give_way: str = field(
        default="", metadata=option(_("for --max-bytes (quality,fps,size)"), needs=SIZED, metavar="NAMES")
    )
    effort: int = field(
        default=BALANCED,
        metadata=option(_("1 fast, 2 balanced, 3 best: fewer bytes of the same look (2)"), type=int, metavar="E"),
    )
    crop: str = field(default="", metadata=option(_("X,Y,W,H in pixels, or an aspect: 16:9"), metavar="PART"))
    anchor: str = field(
        default=CENTRE, metadata=option(_("where the part of an aspect lies (centre)"), choices=tuple(ANCHORS))
    )
    fit: str = field(default=SCALE, metadata=option(_("another shape to both sides (scale)"), choices=FITS))
    background: str = field(default="", metadata=option(_("of bars: #RRGGBB or transparent (black)"), metavar="COLOUR"))
    trim_borders: bool = field(default=False, metadata=option(_("leave out bars of one colour"), flag="--trim-borders"))
    loop: str = field(default=CUT, metadata=option(_("from the end to the beginning (cut)"), choices=LOOPS))
    slack: float = field(
        default=0.0,
        metadata=option(_("for --loop best, seconds either way (0.5)"), needs=("loop=best",), type=float, metavar="S"),
    )
    crossfade: float = field(
        default=0.0, metadata=option(_("seconds over the seam, 0.1-1; 0 none"), type=float, metavar="S")
    )
    loop_count: int = field(default=0, metadata=option(_("plays, up to 100; 0 for ever"), type=int, metavar="N"))
    speed: float = field(default=1.0, metadata=option(_("how fast it plays, 0.25-4 (1)"), type=float, metavar="X"))
    reverse: bool = field(default=False, metadata=option(_("the last picture first"), flag="--reverse"))
    siblings: str = field(default="", metadata=option(_("also made, beside OUTPUT: mp4,webm,poster"), metavar="KINDS"))
    within_source: bool = field(default=False, metadata=option(_("never larger than INPUT"), flag="--within-source"))

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InvalidSpec(f"The format must be gif or webp, not {self.format!r}.")
        _require_whole("frame rate", self.fps, 1, 60)
        _require_edge("width", self.width)
        _require_edge("height", self.height)
        if not _is_number(self.quality) or not 1 <= self.quality <= 100:
            raise InvalidSpec(f"The quality must be between 1 and 100, not {self.quality!r}.")
        if not isinstance(self.adaptive, bool):
            raise InvalidSpec(f"Adaptive must be true or false, not {self.adaptive!r}.")
        _require_whole("effort", self.effort, FAST, BEST)
        if self.max_bytes != 0:
            _require_whole("largest size", self.max_bytes, 1, MOST_BYTES)
        if not isinstance(self.give_way, str):
            raise InvalidSpec(f"What gives way is told as words with commas between, not {self.give_way!r}.")
        self.floors.check()
        for _field, sentence in (*self.framing.mistakes(), *self.playback.mistakes()):
            raise InvalidSpec(sentence)
        if not isinstance(self.siblings, str) or (wrong := mistake_of(self.siblings, picture=self.format)):
            raise InvalidSpec(f"What is made beside the picture makes no sense: {wrong or self.siblings!r}")
        if not isinstance(self.within_source, bool):
            raise InvalidSpec(f"Within the source's size is true or false, not {self.within_source!r}.")

    @property
    def floors(self) -> Floors:
        """How far the picture may give way for `max_bytes`."""
        return Floors.of(self.least_quality, self.least_fps, self.least_edge, give_way=self.give_way)

    @property
    def framing(self) -> Framing:
        """What of the picture is shown, and how it comes to its size."""
        return Framing(self.crop, self.anchor, self.fit, self.background, self.trim_borders)

    @property
    def playback(self) -> Playback:
        """How the pictures are played."""
        return Playback(self.loop, self.slack, self.crossfade, self.loop_count, self.speed, self.reverse)

    def output_size(self, source_width: int, source_height: int, *, shape: Fraction | None = None) -> tuple[int, int]:
        """Width and height of the output for an upright source with square pixels; see sizing.output_size."""
        source = (source_width, source_height)
        return output_size(source, width=self.width, height=self.height, adaptive=self.adaptive, shape=shape)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "AnimationSpec":
        try:
            return cls(**values)
        except TypeError as error:
            raise InvalidSpec(f"This isn't an animation spec: {error}.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the picture looks like, which seconds of the source it shows, and what is made beside it.

    Offsets are in seconds, and what they mean is told by timeline.resolve; `choice` may leave what lies between them to
    the engine. `scored` asks for a judgement of the picture (make/score.py). `poster_at` is the second of the video
    that the poster shows, where one is asked for; None stands for the picture's first. The fields are what a job's plan
    stores: a new one needs a default, so that plans of earlier releases still say what they said. Raises
    InvalidTimeOffset for offsets that are no numbers.
    """

    spec: AnimationSpec
    start: float | None = field(
        default=0.0, metadata=option(_("seconds; -S counts from the end"), type=float, metavar="S")
    )
    end: float | None = field(
        default=0.0, metadata=option(_("seconds; 0 the end, -S before the end"), type=float, metavar="S")
    )
    scored: bool = field(
        default=False, metadata=option(_("also tell how close the picture is to the source"), flag="--score")
    )
    poster_at: float | None = field(
        default=None,
        metadata=option(
            _("the poster's second of the video (the first shown)"),
            needs=("poster", "siblings=poster"),
            type=float,
            metavar="S",
        ),
    )
    choice: Choice = field(default_factory=Choice)

    def __post_init__(self) -> None:
        for which, offset in (("start", self.start), ("end", self.end), ("poster", self.poster_at)):
            if offset is not None and not math.isfinite(offset):
                raise InvalidTimeOffset(f"The {which} offset must be a number of seconds, not {offset}.")

        if self.choice.pieces and (self.spec.loop == BEST_LOOP or self.spec.crossfade):
            raise InvalidTimeOffset("Pieces have no seam that could be moved or faded: choose the loop cut or bounce.")

    def segment(self, duration: Fraction) -> Segment:
        """What is shown of a video of so many seconds. Raises InvalidTimeOffset."""
        named = resolve(self.start, self.end, duration=duration)
        return self.choice.segment(named, duration=duration)

    def as_dict(self) -> dict[str, Any]:
        """JSON's own types only."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Order":
        """Raises InvalidSpec for what is no order, InvalidTimeOffset."""
        try:
            spec, choice = AnimationSpec.from_dict(values["spec"]), Choice.from_dict(values.get("choice", {}))
            return cls(**{**values, "spec": spec, "choice": choice})
        except (TypeError, KeyError) as error:
            raise InvalidSpec(f"This isn't an order: {error}.") from error


def _require_edge(side: str, value: int) -> None:
    if value != 0:
        _require_whole(side, value, 1, MAX_EDGE)


def _require_whole(what: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidSpec(f"The {what} must be a whole number between {low} and {high}, not {value!r}.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
