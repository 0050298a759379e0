"""What can't be shown, and what may not be written over: said by name, and never at the price of a file."""

import json
import os
import shlex
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from animator.__main__ import main
from animator.confine.sandbox import Sandbox
from animator.core.errors import (
    ConfigurationUnsupported,
    ContentMalformed,
    ContentUnsupported,
    InvalidTimeOffset,
    NoVideoMedia,
)
from animator.core.order import AnimationSpec, Order
from animator.make.pipeline import animate
from animator.make.poster import still
from animator.read.probe import probe
from animator.read.source import open_container
from tests.unit.animator.boxed import box, replaced, with_boxes
from tests.unit.animator.clips import Clip, render
from tests.unit.animator.test_animate import run

SCHEMES = [b"cenc", b"cbcs", b"cens", b"cbc1", b"piff"]
WEBP = AnimationSpec(format="webp", fps=10)


def protected(scheme: bytes) -> bytes:
    """ISO 14496-12 8.12: which coding it was, and by which scheme it is encrypted."""
    said = box(b"frma", b"avc1") + box(b"schm", bytes(4) + scheme + b"\0\1\0\0")
    return box(b"sinf", said + box(b"schi", box(b"tenc", bytes(6) + b"\1\x08" + bytes(16))))


def mp4_encrypted(path: Path, scheme: bytes = b"cenc") -> Path:
    return with_boxes(render(path), protected(scheme), entry=b"encv")


def webm_encrypted(path: Path) -> Path:
    """The track's number in the world gives way to the word that its content is encrypted: 11 bytes each."""
    data = render(path, Clip(codec="libvpx")).read_bytes()
    at = data.index(b"\x73\xc5\x88")
    return replaced(path, data[at : at + 11], b"\x6d\x80\x88\x62\x40\x85\x50\x33\x82\x00\x01")


def ts_scrambled(path: Path) -> Path:
    data = bytearray(render(path, Clip(container="mpegts", options={"g": "5"})).read_bytes())
    with open_container(path) as container:
        number = container.streams.video[0].id
    for at in range(0, len(data), 188):
        if (data[at + 1] & 0x1F) << 8 | data[at + 2] == number:
            data[at + 3] |= 0x80
    path.write_bytes(data)
    return path


def mpg_scrambled(path: Path) -> Path:
    data = bytearray(render(path, Clip(codec="mpeg2video", rate=25, container="vob")).read_bytes())
    at = data.find(b"\0\0\1\xe0")
    while at >= 0:
        if data[at + 6] & 0xC0 == 0x80:
            data[at + 6] |= 0x10
        at = data.find(b"\0\0\1\xe0", at + 6)
    path.write_bytes(data)
    return path


def wmv_encrypted(path: Path) -> Path:
    """The list of codecs, which nobody needs, becomes a Content Encryption Object."""
    render(path, Clip(codec="wmv2"))
    data = path.read_bytes()
    at = data.index(bytes.fromhex("4052d1861d31d011a3a400a0c90348f6"))
    size = int.from_bytes(data[at + 16 : at + 24], "little")
    secret = struct.pack("<I", size - 24 - 16) + bytes(size - 24 - 16 + 12)
    name = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    return replaced(path, data[at : at + size], name + data[at + 16 : at + 24] + secret)


def flv_encrypted(path: Path) -> Path:
    data = bytearray(render(path, Clip(codec="flv")).read_bytes())
    at = 13
    while at + 11 < len(data):
        if data[at] == 9:
            data[at] |= 0x20
        at += 15 + int.from_bytes(data[at + 1 : at + 4])
    path.write_bytes(data)
    return path


ENCRYPTED: dict[str, Callable[[Path], Path]] = {
    "clip.mp4": mp4_encrypted,
    "clip.mov": mp4_encrypted,
    "clip.webm": webm_encrypted,
    "clip.ts": ts_scrambled,
    "clip.mpg": mpg_scrambled,
    "clip.wmv": wmv_encrypted,
    "clip.flv": flv_encrypted,
}


@pytest.mark.parametrize("name", ENCRYPTED)
def test_an_encrypted_video_is_refused_as_such(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentUnsupported, match="encrypted"):
        run(ENCRYPTED[name](tmp_path / name))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_of_common_encryption_is_refused(tmp_path: Path, scheme: bytes) -> None:
    source = mp4_encrypted(tmp_path / "clip.mp4", scheme)
    with pytest.raises(ContentUnsupported, match="encrypted"):
        run(source)
    with pytest.raises(ContentUnsupported, match="encrypted"):
        still(source, tmp_path / "poster.jpg")


def test_a_protected_apple_entry_is_refused(tmp_path: Path) -> None:
    source = with_boxes(render(tmp_path / "clip.m4v", Clip(container="mp4")), b"", entry=b"drmi")
    with pytest.raises(ContentUnsupported, match=r"encrypted|drmi"):
        run(source)


def dolby(profile: int, compatible: int) -> bytes:
    """DOVIDecoderConfigurationRecord."""
    return struct.pack(">BBHB", 1, 0, profile << 9 | 6 << 3 | 5, compatible << 4) + bytes(19)


@pytest.mark.parametrize(("kind", "profile", "compatible"), [(b"dvcC", 5, 0), (b"dvvC", 10, 0), (b"dvwC", 20, 0)])
def test_dolby_vision_without_another_base_is_refused_by_name(
    tmp_path: Path, kind: bytes, profile: int, compatible: int
) -> None:
    source = with_boxes(render(tmp_path / "clip.mp4"), box(kind, dolby(profile, compatible)))
    with pytest.raises(ContentUnsupported, match=f"Dolby Vision profile {profile}"):
        run(source)
    (stream,) = probe(source).video_streams
    assert (stream.dynamic_range, stream.hdr_type) == ("HDR", "DolbyVision")


def checked(section: bytes) -> bytes:
    """With the CRC-32 of ISO 13818-1 annex A."""
    crc = 0xFFFFFFFF
    for byte in section:
        crc ^= byte << 24
        for _ in range(8):
            crc = crc << 1 & 0xFFFFFFFF ^ (0x04C11DB7 if crc & 0x80000000 else 0)
    return section + struct.pack(">I", crc)


def ts_dolby(path: Path, profile: int, compatible: int) -> Path:
    """One descriptor more in each map of the programme, whose first stream is the video."""
    clip = Clip(codec="libx265", container="mpegts", options={"x265-params": "log-level=none"})
    data = bytearray(render(path, clip).read_bytes())
    descriptor = b"\xb0\x05" + dolby(profile, compatible)[:5]
    for at in range(0, len(data), 188):
        if data[at + 1] & 0x40 and data[at + 5] == 2 and data[at + 3] & 0x30 == 0x10:
            section = bytearray(data[at + 5 : at + 8 + ((data[at + 6] & 15) << 8 | data[at + 7]) - 4])
            section[2] += len(descriptor)
            section[16] += len(descriptor)
            whole = checked(bytes(section) + descriptor)
            data[at + 5 : at + 5 + len(whole)] = whole
    path.write_bytes(data)
    return path


def test_dolby_vision_in_a_transport_stream_is_told_by_its_programme_map(tmp_path: Path) -> None:
    with pytest.raises(ContentUnsupported, match="Dolby Vision profile 5"):
        run(ts_dolby(tmp_path / "five.ts", 5, 0))
    assert run(ts_dolby(tmp_path / "eight.ts", 8, 1))[0].frames == 20


MATROSKA_DOLBY = b"\x41\xe4\x8f\x41\xe7\x84dvcC\x41\xed\x85" + dolby(5, 0)[:5]


def test_dolby_vision_in_a_matroska_is_refused_by_name(tmp_path: Path) -> None:
    """In place of the colours, the writer's name for the codec's version and the like: 19 bytes."""
    colour = {"colorspace": 6, "color_primaries": 6, "color_trc": 6, "color_range": 1}
    source = render(tmp_path / "clip.mkv", Clip(colour=colour))
    data = source.read_bytes()
    at = data.index(b"\x73\xc5\x88")
    # The track's number in the world and what follows it as far as its language: 11, 3 and 7 bytes.
    room = len(MATROSKA_DOLBY)
    source.write_bytes(
        data[:at] + MATROSKA_DOLBY + b"\xec" + bytes([0x80 + 21 - room - 2]) + bytes(21 - room - 2) + data[at + 21 :]
    )
    with pytest.raises(ContentUnsupported, match="Dolby Vision profile 5"):
        run(source)


@pytest.mark.parametrize(("profile", "compatible"), [(8, 1), (8, 4), (7, 6), (9, 2), (10, 1)])
def test_dolby_vision_with_another_base_shows_that_base(tmp_path: Path, profile: int, compatible: int) -> None:
    kind = b"dvvC" if profile > 7 else b"dvcC"
    source = with_boxes(render(tmp_path / "clip.mp4"), box(kind, dolby(profile, compatible)))
    assert run(source)[0].frames == 20


def stills(folder: Path) -> dict[str, Path]:
    found = {}
    for kind in ("JPEG", "PNG", "WebP", "BMP", "TIFF", "AVIF"):
        found[kind] = folder / f"still.{kind.lower()}"
        Image.new("RGB", (64, 64), "red").save(found[kind], kind)
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "BMP", "TIFF", "AVIF"])
def test_a_still_is_called_one(tmp_path: Path, kind: str) -> None:
    source = stills(tmp_path)[kind]
    for look in (lambda: run(source), lambda: probe(source)):
        with pytest.raises(NoVideoMedia, match=rf"still picture \({kind}\)"):
            look()


def test_raw_pictures_are_called_so(tmp_path: Path) -> None:
    source = tmp_path / "clip.mpg"
    source.write_bytes(b"YUV4MPEG2 W64 H64 F25:1 Ip A1:1 C420\nFRAME\n" + bytes(64 * 96))
    with pytest.raises(ContentUnsupported, match=r"raw pictures \(y4m\)"):
        run(source)


def test_the_pictures_of_an_animated_avif_are_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 64), (25 * number, 120, 200)) for number in range(10)]
    source = tmp_path / "moving.avif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=100)
    result, target = run(source)
    assert result.duration == 1.0
    with Image.open(target) as image:
        assert image.n_frames == 10  # type: ignore[attr-defined]
        image.seek(9)
        assert abs(image.convert("RGB").getpixel((32, 32))[0] - 225) < 8  # type: ignore[index]


TYPES = {"flt": np.float32, "s16": np.int16, "s32": np.int32}


def sound(path: Path, *, codec: str, container: str, rate: int = 44_100) -> Path:
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.codec_context.layout = "mono"
        kind = stream.codec_context.format.name if stream.codec_context.format else "s16"
        fifo = av.AudioFifo()
        tone = np.zeros((1, rate), TYPES[kind.rstrip("p")])
        frame = av.AudioFrame.from_ndarray(tone, format=kind, layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        stream.codec_context.open()
        fifo.write(frame)
        size = stream.codec_context.frame_size or 1024
        while (block := fifo.read(size)) is not None:
            output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    return path


SOUNDS = {
    "song.mp3": ("libmp3lame", "mp3", 44_100),
    "song.wav": ("pcm_s16le", "wav", 44_100),
    "song.flac": ("flac", "flac", 44_100),
    "song.aac": ("aac", "adts", 44_100),
    "song.amr": ("libopencore_amrnb", "amr", 8_000),
    "song.ogg": ("libopus", "ogg", 48_000),
    "song.m4a": ("aac", "ipod", 44_100),
}
NAMES = {"libmp3lame": "mp3", "libopencore_amrnb": "amr_nb", "libopus": "opus"}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_has_its_facts_and_no_pictures(tmp_path: Path, name: str) -> None:
    codec, container, rate = SOUNDS[name]
    source = sound(tmp_path / name, codec=codec, container=container, rate=rate)
    facts = probe(source)
    assert facts.video_streams == ()
    assert [(stream.codec, stream.sampling_rate) for stream in facts.audio_streams] == [(NAMES.get(codec, codec), rate)]
    assert facts.audio_duration == pytest.approx(1.0, abs=0.15)
    with pytest.raises(NoVideoMedia, match="sound alone"):
        run(source)


def damaged(path: Path, clip: Clip) -> Path:
    """A hole in the middle of one packet far from the start."""
    render(path, clip)
    with open_container(path) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        place, size = packets[7].pos, packets[7].size
    assert place is not None
    data = bytearray(path.read_bytes())
    middle = place + size // 2
    hole = min(40, size // 3)
    data[middle : middle + hole] = bytes(range(200, 200 + hole))
    path.write_bytes(data)
    return path


DAMAGED = {
    "png.mov": Clip(codec="png", pixel_format="rgb24"),
    "ffv1.mkv": Clip(codec="ffv1"),
    "prores.mov": Clip(codec="prores_ks", pixel_format="yuv422p10le"),
    "dnxhd.mov": Clip(codec="dnxhd", pixel_format="yuv422p", options={"profile": "dnxhr_sq"}, width=256, height=128),
    "mjpeg.avi": Clip(codec="mjpeg", pixel_format="yuvj420p"),
    "huffyuv.avi": Clip(codec="huffyuv", pixel_format="yuv422p"),
    "qtrle.mov": Clip(codec="qtrle", pixel_format="rgb24"),
    "vp8.webm": Clip(codec="libvpx", options={"g": "5"}),
    "vp9.webm": Clip(codec="libvpx-vp9", options={"g": "5"}),
    "av1.mp4": Clip(codec="libsvtav1"),
    "hevc.mp4": Clip(codec="libx265", options={"x265-params": "log-level=none:keyint=5"}),
    "mpeg4.avi": Clip(codec="mpeg4", options={"g": "5"}),
    "gif.gif": Clip(codec="gif", pixel_format="rgb8"),
    "cinepak.avi": Clip(codec="cinepak", pixel_format="rgb24"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_packet_costs_no_more_than_what_hangs_on_it(tmp_path: Path, name: str) -> None:
    result, _ = run(damaged(tmp_path / name, DAMAGED[name]))
    assert result.duration == 2.0
    assert result.frames >= 11


@pytest.mark.parametrize("fps", [3])
@pytest.mark.parametrize(
    "name", ["h264.ts", "hevc.mkv", "mpeg2.mpg", "mpeg4.avi", "vp9.webm", "av1.mp4", "h264_fields.ts", "flv1.flv"]
)
def test_a_fine_file_has_no_damaged_packets(tmp_path: Path, name: str, fps: int) -> None:
    source = render(tmp_path / name, FINE[name])
    result, _ = run(source, AnimationSpec(format="webp", fps=fps), start=0.7)
    assert not any("damaged" in note for note in result.notes)


B_FRAMES = {"g": "8", "bf": "3"}
FINE = {
    "h264.ts": Clip(options=B_FRAMES, container="mpegts"),
    "hevc.mkv": Clip(codec="libx265", options={"x265-params": "log-level=none:keyint=8:open-gop=1"}),
    "mpeg2.mpg": Clip(codec="mpeg2video", rate=25, pictures=50, options=B_FRAMES),
    "mpeg4.avi": Clip(codec="mpeg4", options={"bf": "2", "g": "8"}),
    "vp9.webm": Clip(codec="libvpx-vp9", options={"auto-alt-ref": "1", "lag-in-frames": "10"}),
    "av1.mp4": Clip(codec="libsvtav1"),
    "h264_fields.ts": Clip(
        options={"x264-params": "tff=1:interlaced=1", "flags": "+ilme+ildct", **B_FRAMES}, container="mpegts"
    ),
    "flv1.flv": Clip(codec="flv"),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    found = Sandbox()
    yield found
    found.close()


def same(source: Path, how: str) -> Path:
    target = source.with_name("other.webp")
    if how == "path":
        return source
    if how == "way":
        return source.parent / "." / ".." / source.parent.name / source.name
    (os.link if how == "hard link" else os.symlink)(source, target)
    return target


@pytest.mark.parametrize("how", ["path", "way", "hard link", "symlink"])
@pytest.mark.parametrize("role", ["picture", "poster"])
def test_an_output_that_is_the_source_is_refused_and_the_source_stays(
    tmp_path: Path, sandbox: Sandbox, how: str, role: str
) -> None:
    source = render(tmp_path / "clip.webp", Clip(container="mp4"))
    before, target = source.read_bytes(), same(source, how)
    roles = {"target": target} if role == "picture" else {"target": tmp_path / "out.gif", "poster": target}
    spec = AnimationSpec(format="gif", fps=10)
    with pytest.raises(ConfigurationUnsupported, match="source itself"):
        animate(source, order=Order(spec=spec), **roles)
    with pytest.raises(ConfigurationUnsupported, match="source itself"):
        sandbox.animate(source, order=Order(spec=spec), **roles)
    assert main(
        [str(source), *map(str, [roles["target"]]), "--format=gif", *([f"--poster={target}"] * (role != "picture"))]
    )
    assert source.read_bytes() == before
    assert not (tmp_path / "out.gif").exists()


def test_a_picture_and_its_poster_are_two_files(tmp_path: Path) -> None:
    source, target = render(tmp_path / "clip.mp4"), tmp_path / "out.webp"
    with pytest.raises(ConfigurationUnsupported, match="Two of the files"):
        animate(source, target, Order(spec=WEBP), poster=target)


def test_an_older_picture_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    source, target = render(tmp_path / "clip.mp4"), tmp_path / "out.webp"
    target.write_bytes(b"older")
    seen: list[bytes] = []
    animate(source, target, Order(spec=WEBP), on_progress=lambda _: seen.append(target.read_bytes()))
    assert set(seen) == {b"older"}
    assert target.stat().st_size > 500
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "out.webp"]


def test_a_picture_may_have_the_longest_name(tmp_path: Path) -> None:
    source, target = render(tmp_path / "clip.mp4"), tmp_path / f"{'é' * 125}.webp"
    assert target.name in animate(source, target, Order(spec=WEBP)).recipe["command"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", target.name]


def test_a_link_to_an_older_picture_stays_a_link(tmp_path: Path) -> None:
    source, link, target = render(tmp_path / "clip.mp4"), tmp_path / "out.webp", tmp_path / "real.webp"
    target.write_bytes(b"older")
    target.chmod(0o640)
    link.symlink_to(target)
    animate(source, link, Order(spec=WEBP))
    assert link.is_symlink()
    assert (target.stat().st_size > 500, target.stat().st_mode & 0o777) == (True, 0o640)


def test_a_name_like_an_option_has_a_recipe_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    render(tmp_path / "-dash.mp4")
    assert main(["--json", "--start=-1", "--fps=5", "--", "-dash.mp4", "-out.gif"]) == 0
    first = (tmp_path / "-out.gif").read_bytes()
    command = shlex.split(json.loads(capsys.readouterr().out)["recipe"]["command"])
    (tmp_path / "-out.gif").unlink()
    assert main(command[3:]) == 0
    assert (tmp_path / "-out.gif").read_bytes() == first


@pytest.mark.parametrize("word", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("option", ["--poster-at", "--start", "--end"])
def test_a_moment_that_is_no_number_makes_no_sense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, word: str
) -> None:
    source = render(tmp_path / "clip.mp4")
    command = [str(source), str(tmp_path / "out.gif"), f"{option}={word}", "--poster", str(tmp_path / "poster.jpg")]
    assert main(command) == 2
    assert "number of seconds" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("moment", [float("nan"), float("inf"), float("-inf")])
def test_a_stills_moment_that_is_no_number_is_refused(tmp_path: Path, moment: float) -> None:
    source = render(tmp_path / "clip.mp4")
    with pytest.raises(InvalidTimeOffset, match="number of seconds"):
        still(source, tmp_path / "poster.jpg", at=moment)


def test_a_beginning_without_pictures_is_called_so(tmp_path: Path) -> None:
    """What describes pictures that other files hold, or a download that broke off: no offset is to blame."""
    whole = render(tmp_path / "whole.mp4", Clip(muxer={"movflags": "frag_keyframe+empty_moov"})).read_bytes()
    (tmp_path / "clip.mp4").write_bytes(whole[: whole.index(b"moof") - 4])
    with pytest.raises(ContentMalformed, match="Not one picture"):
        run(tmp_path / "clip.mp4")
