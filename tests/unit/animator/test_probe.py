"""MediaMetaData (docs/protocol 2.8) and the poster, from clips that the tests render."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from animator.core.errors import ConfigurationUnsupported
from animator.core.media import MediaMetaData
from animator.make.poster import still
from animator.read.probe import probe
from tests.unit.animator.clips import Clip, number_in, numbered, render

PQ, HLG, BT2020, BT2020_NCL = 16, 18, 9, 9


def test_the_facts_of_a_clip_with_sound(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    with av.open(str(source), "w") as output:
        video, audio = output.add_stream("libx264", rate=25), output.add_stream("aac", rate=44_100)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.float32), format="fltp", layout="mono")
        tone.sample_rate = 44_100
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(audio.encode(tone))
        output.mux(video.encode(None))
        output.mux(audio.encode(None))
    facts = probe(source)
    assert facts.container == "mov,mp4,m4a,3gp,3g2,mj2"
    assert (facts.width, facts.height, facts.rotate) == (128, 96, 0)
    assert (facts.duration, facts.video_duration) == (2.0, 2.0)
    assert 1.0 <= facts.audio_duration < 1.1
    assert facts.size == source.stat().st_size
    assert facts.md5 == hashlib.md5(source.read_bytes()).hexdigest()
    assert facts.bitrate == pytest.approx(facts.size * 8 / 2, rel=0.01)
    (stream,) = facts.video_streams
    assert (stream.codec, stream.codec_tag, stream.fps, stream.dynamic_range) == ("h264", "avc1", 25, "SDR")
    assert [(a.codec, a.sampling_rate) for a in facts.audio_streams] == [("aac", 44_100)]


@pytest.mark.parametrize(("degrees", "rotate"), [(90, 270), (180, 180), (270, 90)])
def test_rotation_is_told_clockwise(tmp_path: Path, degrees: int, rotate: int) -> None:
    assert probe(render(tmp_path / "clip.mp4", Clip(rotation=degrees))).rotate == rotate


@pytest.mark.parametrize(("transfer", "kind"), [(PQ, "HDR10"), (HLG, "HLG")])
def test_hdr_is_told_by_its_kind(tmp_path: Path, transfer: int, kind: str) -> None:
    colour = {"color_trc": transfer, "color_primaries": BT2020, "colorspace": BT2020_NCL}
    clip = Clip(codec="libx265", pixel_format="yuv420p10le", colour=colour, options={"x265-params": "log-level=none"})
    (stream,) = probe(render(tmp_path / "clip.mp4", clip)).video_streams
    assert (stream.dynamic_range, stream.hdr_type) == ("HDR", kind)


def test_the_facts_survive_json(tmp_path: Path) -> None:
    facts = probe(render(tmp_path / "clip.mp4"))
    assert MediaMetaData.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_poster_shows_the_picture_on_screen_at_its_moment(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"poster{suffix}"
    still(render(tmp_path / "clip.mp4"), target, at=1.25)
    with Image.open(target) as image:
        assert image.format == {".jpg": "JPEG", ".webp": "WEBP"}[suffix]
        assert number_in(np.asarray(image.convert("RGB"))) == 12


@pytest.mark.parametrize(
    ("arguments", "number"), [({}, 2), ({"at": 0}, 0), ({"at": 99}, 19), ({"at": -1}, 0), ({"at": 1.999}, 19)]
)
def test_a_posters_moment_is_kept_within_the_video(tmp_path: Path, arguments: dict[str, Any], number: int) -> None:
    target = tmp_path / "poster.jpg"
    still(render(tmp_path / "clip.mp4"), target, **arguments)
    with Image.open(target) as image:
        assert number_in(np.asarray(image)) == number


def test_a_poster_is_upright_and_no_larger_than_asked(tmp_path: Path) -> None:
    target = tmp_path / "poster.jpg"
    still(render(tmp_path / "clip.mp4", Clip(rotation=90)), target, max_edge=64)
    with Image.open(target) as image:
        assert image.size == (48, 64)


def test_a_transparent_clip_has_a_white_poster(tmp_path: Path) -> None:
    def pictures() -> Any:
        yield av.VideoFrame.from_ndarray(np.zeros((96, 128, 4), np.uint8), format="rgba").reformat(format="argb")

    target = tmp_path / "poster.jpg"
    still(render(tmp_path / "clip.mov", Clip(codec="qtrle", pixel_format="argb", source=pictures())), target)
    with Image.open(target) as image:
        assert np.asarray(image).min() > 250


def test_a_poster_in_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnsupported, match="png"):
        still(render(tmp_path / "clip.mp4"), tmp_path / "poster.png")


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    cover = tmp_path / "cover.jpg"
    Image.new("RGB", (64, 64), "red").save(cover)
    source = tmp_path / "song.mp4"
    with av.open(str(source), "w") as output, av.open(str(cover)) as picture:
        audio = output.add_stream("aac", rate=44_100)
        art = output.add_stream_from_template(picture.streams.video[0])
        art.disposition = av.stream.Disposition.attached_pic
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        tone.sample_rate = 44_100
        output.mux(audio.encode(tone))
        output.mux(audio.encode(None))
        packet = next(p for p in picture.demux() if p.size)
        packet.stream = art
        output.mux(packet)
    facts = probe(source)
    assert facts.video_streams == ()
    assert (facts.width, facts.video_duration) == (0, 0.0)
    assert [stream.codec for stream in facts.audio_streams] == ["aac"]


def test_progress_of_a_probe_rises_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    probe(render(tmp_path / "clip.mp4"), on_progress=told.append)
    assert told[-1] == 1.0
