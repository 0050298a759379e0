"""Writes what FFmpeg's own encoders and muxers make. Each picture is coded at each tick: repeats cost next to nothing.

Colours are BT.709, limited range, and tagged as such, so that all players show the same. One thread each, as more of
them would make other bytes on other machines.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple, cast

import av
from av import CodecContext, VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from animator.core.order import BALANCED, BEST, FAST
from animator.core.siblings import ON_WHITE
from animator.picture.frames import Canvas, Encoded, Shown

BT709, LIMITED = 1, 1  # ITU-T H.273, and AVCOL_RANGE_MPEG
# SVT-AV1 tells standard error of every stream that it opens, unless it is asked for errors alone.
os.environ.setdefault("SVT_LOG", "1")


class Film(NamedTuple):
    """An encoder (frames.Encoder) of one kind of file.

    Fields:
        container, codec: FFmpeg's names
        pixel_formats: without and with transparency
        crude, fine: the codec's constant rate factor at quality 0 and at 100; None for a lossless one
        speeds: the codec's option for how hard it tries, and its value by effort
        options, muxing: of the codec, and of the container
        plays: the container's option for how often it plays, 0 for ever; "": it has none
        step, least: sides are multiples of the one, and no shorter than the other
    """

    container: str
    codec: str
    pixel_formats: tuple[str, str]
    crude: float | None = None
    fine: float = 0.0
    speeds: tuple[str, dict[int, str]] | None = None
    options: tuple[tuple[str, str], ...] = ()
    muxing: tuple[tuple[str, str], ...] = ()
    plays: str = ""
    step: int = 1
    least: int = 1

    def pixel_format(self, *, alpha: bool) -> str:
        return "rgba" if alpha else "rgb24"

    def size(self, canvas: Canvas) -> tuple[int, int]:
        """Of the file's pictures: the canvas's, or one that is a pixel narrower or lower."""
        return self._side(canvas.width), self._side(canvas.height)

    def encode(
        self, shown: Iterable[Shown], target: BinaryIO, canvas: Canvas, *, on_tick: Callable[[int], None]
    ) -> Encoded:
        """As frames.Encoder has it, for a file that has a name: MP4's beginning is written last."""
        muxing = {"fflags": "+bitexact", **dict(self.muxing)}
        if self.plays:
            muxing[self.plays] = str(canvas.loop_count)
        with av.open(f"file:{target.name}", "w", format=self.container, options=muxing) as container:
            stream, scale = self._stream(container, canvas), VideoReformatter()
            for tick, picture in _ticks(shown, until=canvas.ticks):
                frame = self._frame(picture, canvas, scale)
                frame.pts, frame.time_base = tick, 1 / canvas.fps
                container.mux(stream.encode(frame))
                on_tick(tick)
            for packet in stream.encode_lazy(None):  # the pictures that it looked ahead to take their time
                container.mux(packet)
                on_tick(canvas.ticks)
        flattened = canvas.alpha and not self._transparent
        return Encoded(
            frames=canvas.ticks,
            duration_ms=round(canvas.ticks * 1000 / canvas.fps),
            notes=(ON_WHITE,) if flattened else (),
        )

    def packets(self, shown: Iterable[Shown], canvas: Canvas) -> Iterator[tuple[int, int]]:
        """The tick and the bytes of each packet that `encode` would write, without what the container adds."""
        context, scale = cast(VideoCodecContext, CodecContext.create(self.codec, "w")), VideoReformatter()
        context.framerate = canvas.fps
        context.options = self._options(canvas)
        self._set_up(context, canvas)
        for tick, picture in _ticks(shown, until=canvas.ticks):
            frame = self._frame(picture, canvas, scale)
            frame.pts, frame.time_base = tick, 1 / canvas.fps
            yield from ((packet.pts or 0, packet.size) for packet in context.encode(frame))
        yield from ((packet.pts or 0, packet.size) for packet in context.encode(None))

    @property
    def _transparent(self) -> bool:
        return "a" in self.pixel_formats[1].removeprefix("gbr")

    def _stream(self, container: "av.container.OutputContainer", canvas: Canvas) -> VideoStream:
        stream = cast(VideoStream, container.add_stream(self.codec, rate=canvas.fps, options=self._options(canvas)))
        self._set_up(stream.codec_context, canvas)
        return stream

    def _set_up(self, context: VideoCodecContext, canvas: Canvas) -> None:
        context.width, context.height = self.size(canvas)
        context.pix_fmt = self.pixel_formats[canvas.alpha]
        context.time_base = 1 / canvas.fps
        context.thread_count = 1
        if self._is_yuv:
            context.colorspace = context.color_primaries = context.color_trc = BT709
            context.color_range = LIMITED

    def _options(self, canvas: Canvas) -> dict[str, str]:
        options = dict(self.options)
        if self.crude is not None:
            options["crf"] = f"{self.crude + (self.fine - self.crude) * canvas.quality / 100:.0f}"
        if self.speeds is not None:
            name, values = self.speeds
            options[name] = values[canvas.effort]
        return options

    def _frame(self, picture: VideoFrame, canvas: Canvas, scale: VideoReformatter) -> VideoFrame:
        plain = _on_white(picture) if canvas.alpha and not self._transparent else picture
        width, height = self.size(canvas)
        wanted = self.pixel_formats[canvas.alpha]
        if not self._is_yuv:
            return _own(scale.reformat(plain, width, height, wanted), picture)
        frame = scale.reformat(
            plain, width, height, wanted, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        frame.colorspace = frame.color_primaries = frame.color_trc = BT709
        # What the source's own encoder took it for: a codec would follow without looking, to other bytes each time.
        frame.pict_type = PictureType.NONE
        return frame

    @property
    def _is_yuv(self) -> bool:
        return self.pixel_formats[0].startswith("yuv")

    def _side(self, length: int) -> int:
        return max(self.least, length - length % self.step)


def _ticks(shown: Iterable[Shown], *, until: int) -> Iterator[tuple[int, VideoFrame]]:
    """The picture on screen at each tick."""
    tick, held = 0, None
    for picture in shown:
        while held is not None and tick < picture.first:
            yield tick, held
            tick += 1
        held = picture.image
    while held is not None and tick < until:
        yield tick, held
        tick += 1


def _own(frame: VideoFrame, shared: VideoFrame) -> VideoFrame:
    """A copy where nothing had to change: other threads hold the picture, too, and its time stamp will change."""
    return VideoFrame.from_ndarray(frame.to_ndarray(), format=frame.format.name) if frame is shared else frame


def _on_white(picture: VideoFrame) -> VideoFrame:
    import numpy as np  # takes a while to import, and few pictures are transparent

    pixels = picture.to_ndarray().astype(np.uint16)
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    flat = (colours * alpha + 255 * (255 - alpha) + 127) // 255
    return VideoFrame.from_ndarray(flat.astype(np.uint8), format="rgb24")


FILMS = {
    "mp4": Film(
        container="mp4",
        codec="libx264",
        pixel_formats=("yuv420p", "yuv420p"),
        crude=45.0,
        fine=15.0,
        speeds=("preset", {FAST: "veryfast", BALANCED: "medium", BEST: "veryslow"}),
        # Without it x264's assembler for mbtree makes other bytes now and then, mostly where sides aren't whole blocks.
        options=(("x264-params", "cpu-independent=1"),),
        muxing=(("movflags", "+faststart"),),
        step=2,
        least=2,
    ),
    "webm": Film(
        container="webm",
        codec="libvpx-vp9",
        pixel_formats=("yuv420p", "yuva420p"),
        crude=58.0,
        fine=18.0,
        speeds=("cpu-used", {FAST: "5", BALANCED: "4", BEST: "2"}),
        options=(("b", "0"), ("deadline", "good"), ("auto-alt-ref", "0")),
    ),
    "avif": Film(
        container="avif",
        codec="libsvtav1",
        pixel_formats=("yuv420p", "yuv420p"),
        crude=60.0,
        fine=16.0,
        speeds=("preset", {FAST: "10", BALANCED: "8", BEST: "5"}),
        options=(("svtav1-params", "lp=1"),),
        plays="loop",  # written as a repeated edit whose track lasts so many times as long
        # Takes 4, too, but then has no room for packets of noise, and fails.
        least=8,
    ),
    "apng": Film(
        container="apng",
        codec="apng",
        pixel_formats=("rgb24", "rgba"),
        options=(("pred", "mixed"),),
        plays="plays",
    ),
}
