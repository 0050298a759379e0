"""What a track says of itself, and isn't so: how long its pictures stay, and that it is the one to be shown."""

from pathlib import Path

import av
import pytest
from av.stream import Disposition
from av.video.stream import VideoStream

from animator.read.probe import probe
from tests.unit.animator.chunked import matroska
from tests.unit.animator.clips import Clip, numbered, render
from tests.unit.animator.test_animate import run, shown
from tests.unit.animator.test_source_order import packets_of

# Each picture stays for 100 ms.
PLAIN = Clip(options={"bf": "0", "g": "5"})


@pytest.mark.parametrize("start", [0.0, 1.2])
@pytest.mark.parametrize("stated", [None, 1, 10**7, 40_000_000, 10**8, 250_000_000, 10**9])
def test_a_wrong_duration_of_each_picture_in_a_matroska_loses_and_freezes_nothing(
    tmp_path: Path, stated: int | None, start: float
) -> None:
    packets, parameters = packets_of(tmp_path / "plain.mkv", PLAIN)
    source = tmp_path / "clip.mkv"
    source.write_bytes(matroska(packets, PLAIN, codec=b"V_MPEG4/ISO/AVC", private=parameters, stated=stated))
    result, target = run(source, start=start)
    assert shown(target) == list(range(round(start * 10), 20))
    assert result.duration == 2.0 - start
    assert probe(source).duration == pytest.approx(2.0, abs=0.01)


def with_thumbnail(path: Path, *, is_default: bool) -> Path:
    """A JPEG in a track of its own before the video's."""
    with av.open(str(path), "w") as output:
        thumbnail, video = output.add_stream("mjpeg", rate=1), output.add_stream("libx264", rate=10)
        thumbnail.width, thumbnail.height, thumbnail.pix_fmt = 64, 48, "yuvj420p"
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        if is_default:
            thumbnail.disposition = Disposition.default
        _encode(output, thumbnail, [99])
        _encode(output, video, list(range(20)))
    return path


def _encode(output: av.container.OutputContainer, stream: VideoStream, numbers: list[int]) -> None:
    for position, number in enumerate(numbers):
        pixels = numbered(number, width=stream.width, height=stream.height)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=stream.pix_fmt)
        frame.pts = position
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


@pytest.mark.parametrize(("name", "is_default"), [("a.mp4", False), ("a.mp4", True), ("a.mov", True), ("a.mkv", False)])
def test_a_thumbnail_in_a_track_of_its_own_is_not_the_video(tmp_path: Path, name: str, is_default: bool) -> None:
    source = with_thumbnail(tmp_path / name, is_default=is_default)
    assert shown(run(source)[1]) == list(range(20))


def test_a_video_of_one_picture_alone_is_shown(tmp_path: Path) -> None:
    assert shown(run(render(tmp_path / "clip.mp4", Clip(pictures=1)))[1]) == [0]
