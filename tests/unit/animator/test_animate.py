"""Real clips of every kind through the whole engine; each picture carries its number (clips.py)."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from animator.core.errors import InvalidTimeOffset, NoVideoMedia, ResultTooLarge
from animator.core.limits import Limits
from animator.core.order import AnimationSpec, Order
from animator.core.result import Result
from animator.make.pipeline import animate
from tests.unit.animator.clips import Clip, number_in, numbered, render

ROOT = Path(__file__).parents[3]
H264 = {"g": "8", "bf": "3"}
QUIET_X265 = {"x265-params": "log-level=none:keyint=8"}

KINDS: dict[str, Clip] = {
    "h264.mp4": Clip(options=H264),
    "h264.mov": Clip(options=H264),
    "h264.mkv": Clip(options=H264),
    "h264.ts": Clip(options=H264, container="mpegts"),
    "h264.flv": Clip(options=H264),
    "h264.avi": Clip(options=H264),
    "h264_10_bit.mp4": Clip(pixel_format="yuv420p10le"),
    "h264_422.mp4": Clip(pixel_format="yuv422p"),
    "h264_444.mp4": Clip(pixel_format="yuv444p"),
    "h264_grey.mp4": Clip(pixel_format="gray"),
    "hevc.mp4": Clip(codec="libx265", options=QUIET_X265),
    "hevc_10_bit.mkv": Clip(codec="libx265", pixel_format="yuv420p10le", options=QUIET_X265),
    "vp8.webm": Clip(codec="libvpx"),
    "vp9.webm": Clip(codec="libvpx-vp9"),
    "av1.mp4": Clip(codec="libsvtav1"),
    "mpeg2.mpg": Clip(codec="mpeg2video", rate=25, options=H264),
    "mpeg2.ts": Clip(codec="mpeg2video", rate=25, options=H264, container="mpegts"),
    "mpeg1.mpg": Clip(codec="mpeg1video", rate=25),
    "mpeg2.mxf": Clip(codec="mpeg2video", rate=25),
    "mpeg4.avi": Clip(codec="mpeg4", options={"bf": "2"}),
    "msmpeg4.avi": Clip(codec="msmpeg4"),
    "wmv2.wmv": Clip(codec="wmv2"),
    "prores.mov": Clip(codec="prores_ks", pixel_format="yuv422p10le"),
    "prores_4444.mov": Clip(codec="prores_ks", pixel_format="yuva444p10le"),
    "mjpeg.avi": Clip(codec="mjpeg", pixel_format="yuvj420p"),
    "flv1.flv": Clip(codec="flv"),
    "gif.gif": Clip(codec="gif", pixel_format="rgb8"),
    "qtrle.mov": Clip(codec="qtrle", pixel_format="argb"),
    "png.mov": Clip(codec="png", pixel_format="rgba"),
    "ffv1.mkv": Clip(codec="ffv1"),
    "raw.avi": Clip(codec="rawvideo"),
    "huffyuv.avi": Clip(codec="huffyuv", pixel_format="yuv422p"),
    "msvideo1.avi": Clip(codec="msvideo1", pixel_format="rgb555le"),
    "svq1.mov": Clip(codec="svq1", pixel_format="yuv410p"),
    "rpza.mov": Clip(codec="rpza", pixel_format="rgb555"),
    "rv10.rm": Clip(codec="rv10"),
    "rv20.rm": Clip(codec="rv20"),
    "flashsv.flv": Clip(codec="flashsv", pixel_format="bgr24"),
    "flashsv2.flv": Clip(codec="flashsv2", pixel_format="bgr24"),
    "zmbv.avi": Clip(codec="zmbv", pixel_format="bgr0"),
    "zlib.avi": Clip(codec="zlib", pixel_format="bgr24"),
    "magicyuv.avi": Clip(codec="magicyuv", pixel_format="yuv422p"),
    "cfhd.mov": Clip(codec="cfhd", pixel_format="yuv422p10le"),
    "jpeg2000.mxf": Clip(codec="jpeg2000", rate=25),
    "v210.mov": Clip(codec="v210", pixel_format="yuv422p10le"),
    "r210.mov": Clip(codec="r210", pixel_format="gbrp10le"),
    "yuv4.mov": Clip(codec="yuv4"),
    "y41p.avi": Clip(codec="y41p", pixel_format="yuv411p"),
    "dv.dv": Clip(codec="dvvideo", width=720, height=576, rate=25, aspect=Fraction(16, 15)),
    "vp8.ivf": Clip(codec="libvpx"),
    "apng.apng": Clip(codec="apng", pixel_format="rgb24"),
    "h264.nut": Clip(options=H264),
    "ffv1.nut": Clip(codec="ffv1"),
    "mjpeg.mjpg": Clip(codec="mjpeg", pixel_format="yuvj420p", rate=25, container="mjpeg"),
    "camera.mjpeg": Clip(codec="mjpeg", pixel_format="yuvj420p", rate=25, container="mpjpeg"),
    "starts_late.mp4": Clip(stamps=range(7, 27)),
    "starts_late.ts": Clip(stamps=range(37, 57), container="mpegts"),
    "starts_below_zero.mkv": Clip(stamps=range(-5, 15)),
}


def shown(path: Path) -> list[int]:
    """The number on screen in each frame of a finished picture, decoded by Pillow."""
    return [number_in(pixels) for pixels, _ in frames_of(path)]


def frames_of(path: Path) -> list[tuple[Any, int]]:
    with Image.open(path) as image:
        found = []
        for position in range(image.n_frames):
            image.seek(position)
            found.append((np.asarray(image.convert("RGB")), round(image.info["duration"])))
        return found


def run(source: Path, spec: AnimationSpec | None = None, **offsets: Any) -> tuple[Result, Path]:
    wanted = spec or AnimationSpec(format="webp", fps=10)
    target = source.with_name(f"{source.name}.out.{wanted.format}")
    around = {name: offsets.pop(name) for name in ("on_progress", "limits") if name in offsets}
    return animate(source, target, Order(spec=wanted, **offsets), **around), target


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_source_shows_every_picture_once(tmp_path: Path, name: str) -> None:
    clip = KINDS[name]
    result, target = run(render(tmp_path / name, clip), AnimationSpec(format="webp", fps=clip.rate))
    assert shown(target) == list(range(clip.pictures))
    assert (result.frames, result.duration) == (clip.pictures, clip.pictures / clip.rate)
    assert (result.width, result.height) == (clip.width * (clip.aspect or 1), clip.height)


@pytest.mark.parametrize("name", ["h264.mp4", "h264.ts", "h264.avi", "mpeg2.mpg", "vp9.webm", "gif.gif"])
def test_a_segment_near_the_end_is_found_in_every_container(tmp_path: Path, name: str) -> None:
    clip = KINDS[name]
    _, target = run(render(tmp_path / name, clip), AnimationSpec(format="gif", fps=clip.rate), start=-5 / clip.rate)
    assert shown(target) == [15, 16, 17, 18, 19]


def test_a_fragmented_mp4_without_a_duration_shows_all(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4", Clip(options={"g": "5"}, muxer={"movflags": "frag_keyframe+empty_moov"}))
    assert shown(run(source)[1]) == list(range(20))


def test_what_an_edit_list_cuts_away_is_never_shown(tmp_path: Path) -> None:
    """MP4 can't start below zero: the muxer writes an edit list, and players begin with picture 5."""
    source = render(tmp_path / "clip.mp4", Clip(stamps=range(-5, 15)))
    assert shown(run(source)[1]) == list(range(5, 20))


@pytest.mark.parametrize("fps", [1, 7, 24, 25, 60])
@pytest.mark.parametrize("picture_format", ["gif", "webp"])
def test_the_total_duration_is_ticks_by_fps_within_ten_milliseconds(
    tmp_path: Path, fps: int, picture_format: str
) -> None:
    source = render(tmp_path / "clip.mp4")
    result, target = run(source, AnimationSpec(format=picture_format, fps=fps), start=0.3, end=1.7)
    rate = min(fps, 50) if picture_format == "gif" else fps
    ticks = Fraction(14, 10) * rate
    wanted = Fraction(round(ticks), rate) * 1000
    delays = [delay for _, delay in frames_of(target)]
    assert abs(sum(delays) - wanted) <= 10
    assert abs(result.duration * 1000 - wanted) <= 10
    assert picture_format == "webp" or min(delays) >= 20


def test_a_gif_above_fifty_frames_a_second_is_sampled_at_fifty_and_says_so(tmp_path: Path) -> None:
    result, _ = run(render(tmp_path / "clip.mp4"), AnimationSpec(format="gif", fps=60))
    assert result.fps == 50
    assert "50" in result.notes[0]


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
def test_a_picture_loops_for_ever(tmp_path: Path, picture_format: str) -> None:
    _, target = run(render(tmp_path / "clip.mp4"), AnimationSpec(format=picture_format, fps=5))
    with Image.open(target) as image:
        assert image.info["loop"] == 0


def on_screen(stamps: list[int], start: Fraction, fps: int, ticks: int) -> list[int]:
    """The model: look at every tick, in milliseconds, for the last picture that begins before its middle."""
    middles = [start * 1000 + Fraction(1000 * (2 * tick + 1), 2 * fps) for tick in range(ticks)]
    return [max((n for n, stamp in enumerate(stamps) if stamp < middle), default=0) for middle in middles]


gaps = st.lists(st.sampled_from([10, 33, 40, 100, 250, 700]), min_size=2, max_size=24)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=gaps, start=st.integers(0, 1500), fps=st.integers(1, 60), b_frames=st.integers(0, 3))
def test_a_variable_frame_rate_shows_what_is_on_screen_at_each_ticks_middle(
    tmp_path: Path, gaps: list[int], start: int, fps: int, b_frames: int
) -> None:
    stamps = [sum(gaps[:n]) for n in range(len(gaps))]
    clip = Clip(pictures=len(gaps), stamps=stamps, time_base=Fraction(1, 1000), options={"g": "6", "bf": str(b_frames)})
    source = render(tmp_path / "clip.mkv", clip)
    begin = Fraction(min(start, stamps[-1]), 1000)
    result, target = run(source, AnimationSpec(format="webp", fps=fps), start=float(begin), end=60)
    ticks = round(result.duration * fps)
    by_tick = [
        number
        for pixels, delay in frames_of(target)
        for number in [number_in(pixels)] * round(Fraction(delay, 1000) * fps)
    ]
    assert by_tick == on_screen(stamps, begin, fps, ticks)


def test_a_slideshow_shows_the_picture_from_before_the_segment(tmp_path: Path) -> None:
    clip = Clip(pictures=4, stamps=[0, 5000, 10_000, 15_000], time_base=Fraction(1, 1000))
    result, target = run(render(tmp_path / "slides.mp4", clip), start=7, end=9)
    assert shown(target) == [1]
    assert result.duration == 2.0


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_a_rotated_clip_stands_upright(tmp_path: Path, degrees: int, turns: int) -> None:
    source = render(tmp_path / "clip.mp4", Clip(rotation=degrees))
    result, target = run(source, AnimationSpec(format="webp", fps=10, width=64))
    assert (result.width, result.height) == ((48, 64) if turns % 2 else (64, 48))
    upright = [np.rot90(pixels, -turns) for pixels, _ in frames_of(target)]
    assert [number_in(pixels) for pixels in upright] == list(range(20))


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(2), (256, 96)), (Fraction(4, 3), (171, 96)), (Fraction(1, 2), (128, 192))]
)
def test_pixels_that_are_not_square_are_squared(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    result, target = run(render(tmp_path / "clip.mp4", Clip(aspect=aspect)))
    assert (result.width, result.height) == size
    assert shown(target) == list(range(20))


def test_a_pixel_that_is_hardly_wider_than_high_costs_no_line(tmp_path: Path) -> None:
    """192.55 times 144 is as 320 times 239.3, and so 240; of 193 times 144 238 lines would be made."""
    source = render(tmp_path / "clip.mp4", Clip(width=176, height=144, aspect=Fraction(128, 117)))
    result, _ = run(source, AnimationSpec(format="webp", fps=10, width=320))
    assert (result.width, result.height) == (320, 240)


def test_fields_are_woven_into_full_pictures(tmp_path: Path) -> None:
    """A bar that moves 8 pixels a field leaves combs in the source; after deinterlacing, its edges are straight."""

    def fields() -> Any:
        for number in range(10):
            pixels = np.full((96, 128, 3), 30, np.uint8)
            for parity in (0, 1):
                left = 8 * (2 * number + parity) % 100
                pixels[parity::2, left : left + 16] = 220
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            yield frame

    options = {"x264-params": "tff=1:interlaced=1", "qp": "4", "flags": "+ilme+ildct"}
    source = render(tmp_path / "clip.mp4", Clip(options=options, source=fields()))
    result, target = run(source)
    assert result.frames == 10
    for pixels, _ in frames_of(target)[1:-1]:
        rows = pixels[8:-8, :, 1].astype(int)
        assert np.abs(rows[1:] - rows[:-1]).max() < 110


def test_alpha_stays_in_a_webp(tmp_path: Path) -> None:
    def pictures() -> Any:
        for number in range(5):
            pixels = np.dstack([numbered(number), np.full((96, 128), 255, np.uint8)])
            pixels[60:, :64, 3] = 0
            yield av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="yuva420p")

    source = render(tmp_path / "clip.webm", Clip(codec="libvpx-vp9", pixel_format="yuva420p", source=pictures()))
    _, target = run(source)
    with Image.open(target) as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert alpha[70:90, 5:55].max() < 10
    assert alpha[70:90, 80:].min() > 245


def test_sound_that_outlasts_the_pictures_adds_no_frames(tmp_path: Path) -> None:
    source = tmp_path / "clip.webm"
    with av.open(str(source), "w") as output:
        video, audio = output.add_stream("libvpx", rate=10), output.add_stream("libopus", rate=48_000)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
        silence.sample_rate = 48_000
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            output.mux(video.encode(frame))
        for number in range(150):
            silence.pts, silence.time_base = number * 960, Fraction(1, 48_000)
            output.mux(audio.encode(silence))
        output.mux(video.encode(None))
        output.mux(audio.encode(None))
    result, target = run(source)
    assert result.end == 1.0
    assert shown(target) == list(range(10))


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    source = tmp_path / "sound.mp4"
    with av.open(str(source), "w") as output:
        audio = output.add_stream("aac", rate=44_100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 44_100
        output.mux(audio.encode(silence))
        output.mux(audio.encode(None))
    with pytest.raises(NoVideoMedia) as caught:
        run(source)
    assert caught.value.code == "SourceFileError.NoVideoMedia"


def test_a_truncated_file_gives_what_it_has(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mkv", Clip(pictures=60, options={"g": "5"}))
    whole = source.read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) // 2])
    result, target = run(cut)
    numbers = shown(target)
    assert numbers[:15] == list(range(15))
    assert numbers == sorted(set(numbers))
    assert result.end < 6.0


def test_a_video_that_promises_more_than_it_holds_keeps_its_last_picture_and_says_so(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4", Clip(pictures=60, options={"g": "5"}, muxer={"movflags": "faststart"}))
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(source.read_bytes()[: -source.stat().st_size // 2])
    result, target = run(cut)
    assert result.duration == 6.0
    assert shown(target)[:12] == list(range(12))
    assert any("last picture is from" in note for note in result.notes)


def test_the_record_tells_what_was_made(tmp_path: Path) -> None:
    result, target = run(render(tmp_path / "clip.mp4"), start=0.5, end=-0.5)
    assert (result.container, result.start, result.end, result.fps) == ("webp", 0.5, 1.5, 10)
    assert result.size == target.stat().st_size
    assert result.md5 == hashlib.md5(target.read_bytes()).hexdigest()
    assert result.bitrate == round(result.size * 8 / result.duration)
    assert Result.from_dict(result.as_dict()) == result


def test_progress_rises_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    run(render(tmp_path / "clip.mp4"), on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        (InvalidTimeOffset, {"start": 5}),
        (ResultTooLarge, {"limits": Limits(max_seconds=1)}),
        (KeyError, {"on_progress": {}.__getitem__}),
    ],
)
def test_nothing_is_left_behind_when_it_fails(
    tmp_path: Path, expected: type[Exception], arguments: dict[str, Callable[[float], None]]
) -> None:
    source = render(tmp_path / "clip.mp4")
    with pytest.raises(expected):
        run(source, **arguments)
    assert list(tmp_path.iterdir()) == [source]


MEMORY = """
import resource, sys
from pathlib import Path
from animator.core.order import Order
from animator.core.order import AnimationSpec
from animator.make.pipeline import animate
order = Order(spec=AnimationSpec(format=sys.argv[3], fps=30), end=float(sys.argv[4]))
animate(Path(sys.argv[1]), Path(sys.argv[2]), order)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("picture_format", ["gif", "webp"])
def test_memory_does_not_grow_with_the_segments_length(tmp_path: Path, picture_format: str) -> None:
    """1,200 pictures of 320x240 would take 270 MB."""
    source = render(tmp_path / "long.mp4", Clip(pictures=1200, rate=30, width=320, height=240))

    def kilobytes(seconds: float) -> int:
        command = [sys.executable, "-c", MEMORY, str(source), str(tmp_path / "out"), picture_format, str(seconds)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)

    assert kilobytes(40) - kilobytes(2) < 20_000
