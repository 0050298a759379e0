"""Clocks that jump and headers that lie: what is shown when is what the packets say."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec
from animator.read import duration, survey
from animator.read.probe import probe
from animator.read.source import open_source
from tests.unit.animator.clips import Clip, numbered, render
from tests.unit.animator.joined import (
    asf_says,
    avi_says,
    flv_says,
    joined,
    mp4_says,
    pictures,
    with_sound,
)
from tests.unit.animator.test_animate import frames_of, run, shown

H264 = Clip(rate=25, options={"g": "8", "bf": "2"})
MPEG2 = Clip(codec="mpeg2video", rate=25, options={"g": "8", "bf": "2"})
JOINED = {"h264.ts": H264, "mpeg2.ts": MPEG2, "mpeg2.mpg": MPEG2, "h264.flv": H264}


def piece(clip: Clip, first: int, last: int, *, container: str, begin: int = 0) -> Clip:
    """Pictures `first` to `last`, of which the first is stamped `begin`."""
    return Clip(
        codec=clip.codec,
        rate=clip.rate,
        options=clip.options,
        container=container,
        stamps=range(begin, begin + last - first + 1),
        source=pictures(first, last, clip=clip),
    )


def container_of(name: str) -> str:
    return {"ts": "mpegts", "mpg": "vob", "flv": "flv"}[name.rpartition(".")[2]]


def earlier(path: Path, clip: Clip, by: int) -> Path:
    """Matroska in one cluster that begins at 0, with blocks that lie `by` milliseconds before where they were."""
    one = {"cluster_time_limit": "60000", "cluster_size_limit": "50000000"}
    data = bytearray(render(path, replace(clip, muxer=one)).read_bytes())
    at = data.index(b"\xe7\x81\x00\xa3") + 3  # the cluster's time, and the first of its blocks
    while data[at] == 0xA3:
        length = 9 - data[at + 1].bit_length()
        size = int.from_bytes(data[at + 1 : at + 1 + length]) - (1 << 7 * length)
        moment = at + 1 + length + 1  # behind the track's number
        data[moment : moment + 2] = (int.from_bytes(data[moment : moment + 2]) - by).to_bytes(2, signed=True)
        at += 1 + length + size
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("start", [0.0, 1.5, 2.5])
def test_a_matroska_file_that_begins_before_its_clock_shows_all_its_pictures(tmp_path: Path, start: float) -> None:
    source = earlier(tmp_path / "clip.mkv", Clip(codec="mpeg4", pictures=40, options={"g": "100"}), 2000)
    result, target = run(source, start=start)
    assert shown(target) == list(range(round(start * 10), 40))
    assert result.duration == 4.0 - start


def without_stamps(path: Path, clip: Clip) -> Path:
    """An MPEG-1 stream whose packets say nothing of times, as programs for disc players wrote it."""
    data = render(path, clip).read_bytes()
    head = re.compile(rb"(\x00\x00\x01\xe0..)(\xff*)([\x40-\x7f].)?([\x21-\x2f].{4}|[\x31-\x3f].{9})", re.DOTALL)

    def nothing(found: re.Match[bytes]) -> bytes:
        start, stuffing, buffer, stamps = found.groups(default=b"")
        return start + stuffing + b"\xff" * (len(stamps) - 1) + buffer + b"\x0f"

    path.write_bytes(head.sub(nothing, data))
    return path


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_file_without_any_times_shows_its_pictures_at_its_rate(tmp_path: Path, start: float) -> None:
    clip = Clip(codec="mpeg1video", rate=25, pictures=50, container="mpeg", options={"g": "8", "bf": "2"})
    result, target = run(without_stamps(tmp_path / "clip.mpg", clip), AnimationSpec(format="webp", fps=25), start=start)
    assert shown(target) == list(range(round(start * 25), 50))
    assert result.duration == 2.0 - start
    assert any("25 a second" in note for note in result.notes)


def noisy(count: int) -> Iterator[av.VideoFrame]:
    """Numbered pictures that take many bytes."""
    generator = np.random.default_rng(1)
    for number in range(count):
        pixels = numbered(number)
        pixels[48:] = generator.integers(0, 256, pixels[48:].shape, np.uint8)
        yield av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


@pytest.mark.parametrize("codec", ["mpeg4", "wmv2"])
def test_a_large_asf_is_shown_from_its_beginning_on(tmp_path: Path, codec: str) -> None:
    clip = Clip(codec=codec, container="asf", rate=25, options={"g": "50"}, source=noisy(100))
    _, target = run(render(tmp_path / "clip.wmv", clip), AnimationSpec(format="webp", fps=25))
    assert shown(target) == list(range(100))


REORDERED = {"g": "8", "bf": "2"}
BARE = {
    "mpeg1video": Clip(codec="mpeg1video", rate=25, container="mpeg1video", options=REORDERED),
    "mpeg2video": Clip(codec="mpeg2video", rate=25, container="mpeg2video", options=REORDERED),
    "h264": Clip(rate=25, container="h264", options=REORDERED),
    "hevc": Clip(rate=25, codec="libx265", container="hevc", options={"x265-params": "log-level=none:keyint=8"}),
}


@pytest.mark.parametrize("start", [0.0, 0.4])
@pytest.mark.parametrize("name", BARE)
def test_a_stream_without_a_container_shows_its_pictures(tmp_path: Path, name: str, start: float) -> None:
    clip = BARE[name]
    result, target = run(render(tmp_path / "clip.mpg", clip), AnimationSpec(format="webp", fps=25), start=start)
    assert shown(target) == list(range(round(start * 25), 20))
    assert result.duration == 0.8 - start


def two_recordings(path: Path, *, begin: int = 0) -> Path:
    clip, container = JOINED[path.name], container_of(path.name)
    ends = piece(clip, 0, 49, container=container), piece(clip, 100, 149, container=container, begin=begin)
    return joined(path, *ends)


@pytest.mark.parametrize("name", JOINED)
def test_two_recordings_with_the_same_clock_are_shown_one_after_the_other(tmp_path: Path, name: str) -> None:
    result, target = run(two_recordings(tmp_path / name), AnimationSpec(format="webp", fps=25))
    assert shown(target) == [*range(50), *range(100, 150)]
    assert result.duration == 4.0
    assert any("2 recordings" in note for note in result.notes)


@pytest.mark.parametrize("name", JOINED)
def test_offsets_count_on_the_repaired_clock(tmp_path: Path, name: str) -> None:
    source = two_recordings(tmp_path / name)
    spec = AnimationSpec(format="webp", fps=25)
    assert shown(run(source, spec, start=1.0, end=1.4)[1]) == list(range(25, 35))
    assert shown(run(source, spec, start=1.8, end=2.2)[1]) == [*range(45, 50), *range(100, 105)]
    assert shown(run(source, spec, start=-0.2)[1]) == list(range(145, 150))


@pytest.mark.parametrize("name", ["h264.ts", "mpeg2.mpg"])
def test_a_clock_that_leaps_ahead_leaves_no_hole(tmp_path: Path, name: str) -> None:
    result, target = run(two_recordings(tmp_path / name, begin=25_000), AnimationSpec(format="webp", fps=25))
    assert shown(target) == [*range(50), *range(100, 150)]
    assert result.duration == 4.0


MOVED = {"mpegts_start_pid": "512"}
ELSEWHERE = {**MOVED, "mpegts_service_id": "7", "mpegts_pmt_start_pid": "4352"}


def with_change(path: Path, **muxer: str) -> Path:
    """Two halves of a recording, of which the second one lies elsewhere in the transport stream."""
    halves = [piece(H264, 40 * half, 40 * half + 39, container="mpegts", begin=42 * half) for half in range(2)]
    return joined(path, halves[0], replace(halves[1], muxer=muxer))


@pytest.mark.parametrize("start", [0.0, 1.0, 2.0])
def test_a_recording_goes_on_where_its_video_gets_another_packet_id(tmp_path: Path, start: float) -> None:
    """But for its last picture before that, which FFmpeg gives when all is over: the one before stays."""
    source = with_change(tmp_path / "clip.ts", **MOVED)
    result, target = run(source, AnimationSpec(format="webp", fps=25), start=start)
    assert shown(target) == [number for number in range(round(start * 25), 80) if number != 39]
    assert round(result.duration * 25) == 80 - round(start * 25)


def test_another_programme_that_begins_later_costs_only_itself_and_is_told_of(tmp_path: Path) -> None:
    result, target = run(with_change(tmp_path / "clip.ts", **ELSEWHERE), AnimationSpec(format="webp", fps=25))
    assert shown(target) == list(range(40))
    assert any("another programme" in note for note in result.notes)


def test_twenty_segments_that_all_begin_at_nothing_are_one_film(tmp_path: Path) -> None:
    parts = [piece(H264, 10 * n, 10 * n + 9, container="mpegts") for n in range(20)]
    result, target = run(joined(tmp_path / "clip.ts", *parts), AnimationSpec(format="webp", fps=25))
    assert shown(target) == list(range(200))
    assert result.duration == 8.0


LIVE, FRAGMENTS = {"live": "1"}, {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
CHAINED: dict[str, Clip] = {
    "two.mkv": Clip(rate=25, container="matroska", options={"g": "8"}),
    "two.webm": Clip(codec="libvpx", rate=25, container="webm", options={"g": "8"}),
    "live.webm": Clip(codec="libvpx", rate=25, container="webm", options={"g": "8"}, muxer=LIVE),
    "fragments.mp4": Clip(rate=25, container="mp4", options={"g": "8"}, muxer=FRAGMENTS),
}


@pytest.mark.parametrize("name", CHAINED)
def test_two_files_in_one_are_both_shown(tmp_path: Path, name: str) -> None:
    """As browsers' recorders and `cat` leave them; FFmpeg reads the second's pictures with the first one's times."""
    clip = CHAINED[name]
    parts = [replace(clip, source=pictures(first, first + 49, clip=clip)) for first in (0, 100)]
    source = joined(tmp_path / name, *parts)
    result, target = run(source, AnimationSpec(format="webp", fps=25))
    assert shown(target) == [*range(50), *range(100, 150)]
    assert any("2 recordings" in note for note in result.notes)
    assert shown(run(source, AnimationSpec(format="webp", fps=25), start=-0.2)[1]) == list(range(145, 150))


def test_a_clock_that_runs_over_in_the_middle_is_one_clock(tmp_path: Path) -> None:
    """A transport stream's has 33 bits: 26.5 hours."""
    source = joined(tmp_path / "clip.ts", piece(H264, 0, 99, container="mpegts", begin=2**33 // 3600 - 85))
    result, target = run(source, AnimationSpec(format="webp", fps=25))
    assert shown(target) == list(range(100))
    assert result.notes == ()


@pytest.mark.parametrize(("gaps", "end"), [((6, 6, 6, 6), 45), ((3, 1, 4, 1), 30)])
def test_the_last_pictures_of_an_uneven_mp4_are_shown(tmp_path: Path, gaps: tuple[int, ...], end: int) -> None:
    """Its header ends with the picture that is decoded last, and others may be shown after it."""
    stamps = [*range(20), *(20 + sum(gaps[:n]) for n in range(5))]
    clip = Clip(rate=25, pictures=25, stamps=stamps, options={"bf": "3", "b-adapt": "0"})
    result, target = run(render(tmp_path / "clip.mp4", clip), AnimationSpec(format="webp", fps=25))
    assert shown(target) == list(range(25))
    assert result.duration == end / 25


@pytest.mark.parametrize("name", ["h264.ts", "h264.flv"])
def test_a_still_screen_is_no_other_recording(tmp_path: Path, name: str) -> None:
    """A recorder of screens writes nothing while nothing moves; what was reordered is decoded behind the gap."""
    stamps = [*range(25), *range(100, 115), *range(190, 210)]
    clip = Clip(rate=25, pictures=60, stamps=stamps, options=REORDERED | {"g": "100"}, container=container_of(name))
    result, target = run(render(tmp_path / name, clip), AnimationSpec(format="webp", fps=5))
    assert result.duration == 8.4
    assert not any("recordings" in note for note in result.notes)
    assert shown(target)[-5:] == [39, 42, 47, 52, 57]


def test_a_pause_in_one_recording_stays_a_pause(tmp_path: Path) -> None:
    """Nine seconds without a picture are no other clock."""
    stamps = [*range(10), *range(100, 110)]
    clip = Clip(stamps=stamps, container="mpegts", options={"bf": "0"})
    result, target = run(render(tmp_path / "clip.ts", clip), start=9.5)
    assert result.duration == 1.5
    assert shown(target) == list(range(9, 20))


def test_the_probe_tells_the_repaired_duration(tmp_path: Path) -> None:
    facts = probe(two_recordings(tmp_path / "h264.ts"))
    assert facts.video_duration == pytest.approx(4.0, abs=0.05)
    assert facts.duration == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize("delay", [0, 10])
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_hasty_gif_pictures_stay_a_tenth_of_a_second_as_in_browsers(tmp_path: Path, delay: int, start: float) -> None:
    frames = [Image.new("P", (64, 64), number) for number in range(10)]
    for frame in frames:
        frame.putpalette([c for n in range(256) for c in (n * 25 % 256, 255 - n * 25 % 256, 0)])
    source = tmp_path / "hasty.gif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=delay, loop=0)
    result, target = run(source, start=start)
    assert result.duration == 1.0 - start
    assert len(frames_of(target)) == round(10 * (1.0 - start))
    assert delay == 0 or any("browsers" in note for note in result.notes)


def test_a_gif_of_twenty_milliseconds_is_as_fast_as_it_says(tmp_path: Path) -> None:
    frames = [Image.new("P", (64, 64), number) for number in range(10)]
    frames[0].putpalette([n * 25 % 256 for n in range(256) for _ in range(3)])
    source = tmp_path / "fast.gif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=20, loop=0)
    assert run(source, AnimationSpec(format="webp", fps=50))[0].duration == 0.2


@pytest.mark.parametrize(
    ("name", "video", "audio", "container"),
    [
        ("clip.flv", "flv", "mp3", None),
        ("clip.wmv", "wmv2", "wmav2", "asf"),
        ("clip.ts", "libx264", "mp2", "mpegts"),
        ("clip.mkv", "libx264", "aac", None),
        ("clip.mov", "libx264", "aac", None),
        ("clip.avi", "mpeg4", "mp3", None),
    ],
)
def test_sound_that_outlasts_the_picture_freezes_nothing(
    tmp_path: Path, name: str, video: str, audio: str, container: str | None
) -> None:
    source = with_sound(tmp_path / name, video=video, audio=audio, seconds=5, container=container)
    result, target = run(source)
    assert result.duration == pytest.approx(1.0, abs=0.11)
    assert shown(target)[-1] == 9
    assert probe(source).duration > 4.5


@pytest.mark.parametrize("seconds", [1.0, 30.0, 0.0, -5.0])
def test_a_wrong_duration_in_an_flv_loses_and_freezes_nothing(tmp_path: Path, seconds: float) -> None:
    clip = Clip(pictures=75, rate=25, options={"g": "25"})
    result, target = run(flv_says(render(tmp_path / "clip.flv", clip), seconds), AnimationSpec(format="webp", fps=25))
    assert shown(target) == list(range(75))
    assert result.duration == 3.0
    assert seconds <= 0 or any("header says" in note for note in result.notes)


@pytest.mark.parametrize("seconds", [1.0, 30.0, 0.0])
def test_a_wrong_duration_in_an_avi_loses_and_freezes_nothing(tmp_path: Path, seconds: float) -> None:
    clip = Clip(codec="mpeg4", pictures=75, rate=25, options={"g": "25"})
    source = avi_says(render(tmp_path / "clip.avi", clip), seconds, rate=25)
    assert shown(run(source, AnimationSpec(format="webp", fps=25))[1]) == list(range(75))


@pytest.mark.parametrize("seconds", [1.0, 30.0, 0.0])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov"])
def test_a_wrong_media_header_of_an_mp4_loses_and_freezes_nothing(tmp_path: Path, name: str, seconds: float) -> None:
    source = mp4_says(render(tmp_path / name, Clip(pictures=75, rate=25, options={"g": "25"})), seconds)
    assert shown(run(source, AnimationSpec(format="webp", fps=25))[1]) == list(range(75))


@pytest.mark.parametrize("seconds", [4.1, 33.1, 0.0])
def test_a_wrong_duration_in_a_wmv_loses_and_freezes_nothing(tmp_path: Path, seconds: float) -> None:
    source = asf_says(render(tmp_path / "clip.wmv", Clip(codec="wmv2", pictures=75, rate=25)), seconds)
    assert shown(run(source, AnimationSpec(format="webp", fps=25))[1]) == list(range(75))


def test_a_file_with_an_index_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the index bears the header out, no packet is looked at; a file without an index is, all through."""
    looks: list[object] = []
    monkeypatch.setattr(duration, "steadily", lambda *given: looks.append(given) or survey.steadily(*given))
    clip = Clip(pictures=300, rate=25, options={"g": "25", "bf": "3"})
    for name in ("clip.mp4", "clip.mov"):
        with open_source(render(tmp_path / name, clip), limits=DEFAULT_LIMITS) as opened:
            assert (opened.survey, opened.duration) == (None, 12)
    assert looks == []
    with open_source(render(tmp_path / "clip.mkv", clip), limits=DEFAULT_LIMITS) as opened:
        assert (opened.survey, opened.duration) == (None, 12)
    assert len(looks) == 1
