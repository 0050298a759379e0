"""Pictures that change on the way, or of which only a part is to be seen: each comes out in its own shape."""

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from PIL import Image

from animator.core.order import AnimationSpec
from animator.picture.geometry import Geometry
from animator.picture.orientation import Orientation
from animator.picture.scaling import Scaler
from animator.read.probe import probe
from tests.unit.animator.boxed import box, replaced, with_boxes
from tests.unit.animator.clips import Clip, Pixels, number_in, render
from tests.unit.animator.joined import joined, pictures
from tests.unit.animator.test_animate import frames_of, run, shown

RATE = 25
WEBP = AnimationSpec(format="webp", fps=RATE)
INTERLACED = {"flags": "+ilme+ildct", "top": "1", "g": "8"}


def part(first: int, last: int, **clip: Any) -> Clip:
    """A piece of a broadcast: its stamps go on where the one before ended."""
    plain = Clip(codec="mpeg2video", rate=RATE, container="mpegts", stamps=range(first, last + 1), **clip)
    source = clip.get("source") or pictures(first, last, clip=plain)
    return Clip(**{**vars_of(plain), "source": source})


def vars_of(clip: Clip) -> dict[str, Any]:
    return {name: getattr(clip, name) for name in clip.__dataclass_fields__}


def combed(first: int, last: int, *, width: int = 128, height: int = 96) -> Iterator[av.VideoFrame]:
    """A bar that moves 8 pixels a field."""
    for number in range(first, last + 1):
        pixels = np.full((height, width, 3), 30, np.uint8)
        for parity in (0, 1):
            left = 8 * (2 * number + parity) % (width - 24)
            pixels[parity::2, left : left + 16] = 220
        yield av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def combs(pixels: Pixels) -> int:
    """How much neighbouring lines differ at most: over 150 where fields are woven of two moments."""
    rows = pixels[8:-8, :, 1].astype(int)
    return int(np.abs(rows[1:] - rows[:-1]).max())


@pytest.mark.parametrize("size", [(96, 64), (192, 144), (128, 128)])
def test_an_interlaced_broadcast_may_change_its_size(tmp_path: Path, size: tuple[int, int]) -> None:
    changed = part(50, 99, width=size[0], height=size[1], options=INTERLACED)
    result, target = run(joined(tmp_path / "clip.ts", part(0, 49, options=INTERLACED), changed), WEBP)
    assert (result.width, result.height, result.frames) == (128, 96, 100)
    assert shown(target)[:50] == list(range(50))


def test_a_channel_that_saves_on_samples_still_fills_the_screen(tmp_path: Path) -> None:
    """720 and 544 numbers a line are the same television picture."""
    wide, narrow = ({"width": width, "height": 576, "options": INTERLACED} for width in (720, 544))
    source = joined(tmp_path / "clip.ts", part(0, 4, **wide), part(5, 9, **narrow))
    assert shown(run(source, WEBP)[1]) == list(range(10))


def test_a_standing_piece_in_a_lying_film_is_fitted_not_squashed(tmp_path: Path) -> None:
    source = joined(tmp_path / "clip.ts", part(0, 9), part(10, 19, width=96, height=128))
    result, target = run(source, WEBP)
    assert (result.width, result.height) == (128, 96)
    last = frames_of(target)[-1][0]
    assert last[:, :24].max() < 40
    assert last[:, -24:].max() < 40
    assert number_in(last[:, 28:100]) == 19


def test_fields_that_begin_later_are_woven_too(tmp_path: Path) -> None:
    moving = {"source": combed(50, 99), "options": {**INTERLACED, "qscale": "2", "global_quality": "236"}}
    source = joined(tmp_path / "clip.ts", part(0, 49), part(50, 99, **moving))
    result, target = run(source, WEBP)
    frames = [pixels for pixels, _ in frames_of(target)]
    assert result.frames == 100
    assert [number_in(pixels) for pixels in frames[:50]] == list(range(50))
    assert max(combs(pixels) for pixels in frames[52:98]) < 150


MARKED = {"ffv1.mkv": "ffv1", "h264.mkv": "libx264", "mjpeg.mov": "mjpeg"}


@pytest.mark.parametrize("name", MARKED)
def test_fields_that_only_the_container_knows_of_are_woven(tmp_path: Path, name: str) -> None:
    colour = {"colorspace": 6, "color_primaries": 6, "color_trc": 6, "color_range": 1}
    clip = Clip(codec=MARKED[name], rate=RATE, source=combed(0, 19), colour=colour if name.endswith("mkv") else {})
    if name == "mjpeg.mov":
        frames = (frame.reformat(format="yuvj420p") for frame in combed(0, 19))
        clip = Clip(codec="mjpeg", pixel_format="yuvj420p", rate=RATE, source=frames)
    source = render(tmp_path / name, clip)
    if name.endswith("mov"):
        with_boxes(source, box(b"fiel", b"\x02\x01"))
    else:
        data = source.read_bytes()
        at = data.index(b"\x55\xb0\x90\x55\xba")
        replaced(source, data[at : at + 19], b"\x9a\x81\x01\x9d\x81\x01\xec\x8b" + bytes(11))
    frames_shown = [pixels for pixels, _ in frames_of(run(source, WEBP)[1])]
    assert len(frames_shown) == 20
    assert max(combs(pixels) for pixels in frames_shown[2:-2]) < 150


def test_whole_pictures_are_left_as_they_are(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mkv", Clip(codec="ffv1", rate=RATE, source=combed(0, 9)))
    assert max(combs(pixels) for pixels, _ in frames_of(run(source, WEBP)[1])) > 150


def test_an_aspect_that_changes_on_air_is_each_pieces_own(tmp_path: Path) -> None:
    narrow, wide = Fraction(1), Fraction(4, 3)
    source = joined(tmp_path / "clip.ts", part(0, 49, aspect=narrow), part(50, 99, aspect=wide))
    assert [run(source, WEBP, start=start, end=start + 0.4)[0].width for start in (0.0, 1.0, 3.0)] == [128, 128, 171]
    whole = [pixels for pixels, _ in frames_of(run(source, WEBP)[1])]
    assert number_in(whole[10]) == 10
    assert whole[80][:8].max() < 40
    assert number_in(whole[80][12:84]) == 80
    assert len(whole) == 100


@pytest.mark.parametrize("left", [2, 34, 40])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_what_the_codec_cuts_off_at_the_left_is_not_seen(tmp_path: Path, codec: str, left: int) -> None:
    pixels = np.full((96, 128, 3), 200, np.uint8)
    pixels[:, :left] = (220, 20, 20)
    frames = [av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p") for _ in range(2)]
    clip = Clip(
        codec=codec,
        rate=RATE,
        source=frames,
        # two pictures are too few for its B-frames: now and then their time stamps are nonsense
        options={"x265-params": "log-level=none:info=0:pools=none:frame-threads=1:bframes=0"},
    )
    plain = render(tmp_path / "plain.mp4", clip)
    source = tmp_path / "clip.mp4"
    with av.open(str(plain)) as given, av.open(str(source), "w") as output:
        stream = output.add_stream_from_template(given.streams.video[0])
        kind = {"libx264": "h264", "libx265": "hevc"}[codec]
        cut = av.BitStreamFilterContext(f"{kind}_metadata=crop_left={left}:crop_top=6", given.streams.video[0], stream)
        for packet in given.demux(video=0):
            for changed in cut.filter(packet if packet.size else None):
                changed.stream = stream
                output.mux(changed)
    result, target = run(source, WEBP)
    assert (result.width, result.height) == (128 - left, 90)
    assert np.abs(frames_of(target)[0][0].astype(int) - 200).max() < 24


CLAP = struct.pack(">IIIIiIiI", 96, 1, 64, 1, 8, 1, -4, 1)


@pytest.mark.parametrize("name", ["clip.mov", "clip.mp4", "clip.mkv"])
def test_the_part_that_a_container_asks_for_is_what_is_seen(tmp_path: Path, name: str) -> None:
    """96x64 pixels from 24,12 of 128x96."""
    pixels = np.full((96, 128, 3), 20, np.uint8)
    pixels[12:76, 24:120] = (40, 190, 60)
    colour = {"colorspace": 6, "color_primaries": 6, "color_trc": 6, "color_range": 1}
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    source = render(tmp_path / name, Clip(rate=RATE, source=[frame], colour=colour))
    if name.endswith("mkv"):
        data = source.read_bytes()
        at = data.index(b"\x55\xb0\x90\x55\xba")
        crops = b"\x54\xcc\x81\x18\x54\xbb\x81\x0c\x54\xdd\x81\x08\x54\xaa\x81\x14\xec\x81\x00"
        replaced(source, data[at : at + 19], crops)
    else:
        with_boxes(source, box(b"clap", CLAP))
    result, target = run(source, WEBP)
    assert (result.width, result.height) == (96, 64)
    assert frames_of(target)[0][0][..., 1].min() > 150
    assert any("96x64 from 24,12" in note for note in result.notes)


@pytest.mark.parametrize("clap", [struct.pack(">IIIIiIiI", 500, 1, 64, 1, 0, 1, 0, 1), struct.pack(">8I", *[0] * 8)])
def test_a_window_that_makes_no_sense_is_none(tmp_path: Path, clap: bytes) -> None:
    source = with_boxes(render(tmp_path / "clip.mp4"), box(b"clap", clap))
    assert run(source)[0].width == 128


def palette_clip(path: Path, *, seconds: int = 3, codec: str = "rawvideo") -> Path:
    """Eight colours, by number, in a file whose palette comes once."""
    pixels = np.repeat(np.arange(8, dtype=np.uint8), 16)[None].repeat(96, axis=0)
    entries = np.zeros(256, np.uint32)
    entries[:8] = COLOURS
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "pal8"
        for number in range(10 * seconds):
            frame = av.VideoFrame(128, 96, "pal8")
            for plane, data in zip(frame.planes, (pixels, entries), strict=True):
                raw = np.zeros(plane.buffer_size, np.uint8)
                flat = data.tobytes() if plane.buffer_size == data.nbytes else None
                if flat is None:
                    raw.reshape(96, -1)[:, :128] = data
                    flat = raw.tobytes()
                plane.update(flat)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


COLOURS = [0xFFFF0000, 0xFF00FF00, 0xFF0000FF, 0xFFFFFF00, 0xFF00FFFF, 0xFFFF00FF, 0xFF808080, 0xFFFFFFFF]


WANTED = np.array([[value >> 16 & 255, value >> 8 & 255, value & 255] for value in COLOURS])


@pytest.mark.parametrize("name", ["raw.avi", "raw.mov"])
@pytest.mark.parametrize("start", [0.0, 1.5, -0.5])
def test_a_palette_that_comes_once_is_kept_from_any_start(tmp_path: Path, name: str, start: float) -> None:
    source = palette_clip(tmp_path / name)
    _, target = run(source, AnimationSpec(format="gif", fps=10), start=start)
    with Image.open(target) as image:
        row = np.asarray(image.convert("RGB"))[48, 8::16]
    assert np.abs(row.astype(int) - WANTED).max() <= 3


@pytest.mark.parametrize("name", ["raw.avi", "msrle.avi", "png.mov", "smc.mov"])
@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_pictures_of_a_palette_are_scaled(tmp_path: Path, name: str, kind: Literal["gif", "webp"]) -> None:
    source = palette_clip(tmp_path / name, codec={"raw.avi": "rawvideo"}.get(name, name.split(".")[0]))
    _, target = run(source, AnimationSpec(format=kind, fps=10, width=192, height=144))
    with Image.open(target) as image:
        row = np.asarray(image.convert("RGB"))[72, 12::24]
    assert np.abs(row.astype(int) - WANTED).max() <= (3 if kind == "gif" else 12)


@pytest.mark.parametrize(
    "form",
    [
        "rgba64be",
        "ya16be",
        "gbrap16be",
        "yuva420p10be",
        "yuva444p16be",
        "ayuv64le",
        "vuya",
        "uyva",
        "ya8",
        "ya16le",
        "pal8",
    ],
)
@pytest.mark.parametrize("target", ["rgba", "yuva420p"])
def test_pictures_with_alpha_in_an_unusual_order_of_bytes_are_scaled(form: str, target: str) -> None:
    """FFmpeg's filters of alpha end the process when they are given such."""
    pixels = np.full((96, 128, 4), (90, 90, 90, 255), np.uint8)
    pixels[:, 64:, 3] = 0
    plain = av.VideoFrame.from_ndarray(pixels, format="rgba")
    frame = plain.reformat(format=form) if form != "pal8" else av.VideoFrame(128, 96, "pal8")
    film = Geometry.of(frame, aspect=None, orientation=Orientation())
    scaled = Scaler(width=64, height=48, pixel_format=target, film=film).scaled(frame, aspect=None)
    assert (scaled.width, scaled.height, scaled.format.name) == (64, 48, target)
    if form != "pal8":
        seen = scaled.to_ndarray(format="rgba")[24]
        assert np.abs(seen[:24].astype(int) - (90, 90, 90, 255)).max() <= 3
        assert seen[40:, 3].max() == 0


def test_a_quicktime_of_deep_png_with_alpha_is_shown(tmp_path: Path) -> None:
    frames = [av.VideoFrame.from_ndarray(np.full((96, 128, 4), 40000, np.uint16), format="rgba64be") for _ in range(3)]
    clip = Clip(codec="png", pixel_format="rgba64be", source=frames)
    result, _ = run(render(tmp_path / "clip.mov", clip), AnimationSpec(format="webp", fps=10, width=64))
    assert (result.width, result.height) == (64, 48)


@pytest.mark.parametrize("start", [0.0, 0.3, 1.3])
def test_a_picture_that_its_codec_alone_says_is_turned_is_turned(tmp_path: Path, start: float) -> None:
    """A key frame says it, and what hangs on it means it too, whichever picture is shown first."""
    plain = render(tmp_path / "plain.mp4", Clip(options={"g": "100"}))
    with av.open(str(plain)) as source, av.open(str(tmp_path / "clip.mp4"), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        turning = BitStreamFilterContext("h264_metadata=rotate=90:display_orientation=insert", source.streams.video[0])
        for packet in source.demux(video=0):
            for turned in turning.filter(packet if packet.size else None):
                turned.stream = stream
                output.mux(turned)
    result, target = run(tmp_path / "clip.mp4", start=start)
    assert (result.width, result.height) == (96, 128)
    with Image.open(target) as image:
        upright = np.asarray(image.convert("RGB").transpose(Image.Transpose.ROTATE_270))
    assert number_in(upright) == round(start * 10)
    assert probe(tmp_path / "clip.mp4").rotate in (90, 270)


def veiled(path: Path, *, rotation: int = 0) -> Path:
    """A red box, 20 to 60 across and 15 to 45 down of 128x96, on nothing."""

    def frames() -> Iterator[av.VideoFrame]:
        for _ in range(5):
            pixels = np.zeros((96, 128, 4), np.uint8)
            pixels[15:45, 20:60] = (255, 0, 0, 255)
            yield av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format="yuva420p")

    return render(path, Clip(codec="libvpx-vp9", pixel_format="yuva420p", source=frames(), rotation=rotation))


def box_of(target: Path) -> tuple[int, int, int, int] | None:
    with Image.open(target) as image:
        return image.convert("RGBA").getchannel("A").point(lambda value: 255 * (value > 128)).getbbox()


@pytest.mark.parametrize("name", ["copied.webm", "copied.mkv"])
def test_alpha_outlives_a_stream_copy(tmp_path: Path, name: str) -> None:
    """A copy names the alpha in a tag alone, in capitals."""
    source = tmp_path / name
    with av.open(str(veiled(tmp_path / "clip.webm"))) as given, av.open(str(source), "w") as output:
        stream = output.add_stream_from_template(given.streams.video[0])
        stream.metadata["ALPHA_MODE"] = "1"
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    assert b"ALPHA_MODE" in source.read_bytes()
    assert box_of(run(source)[1]) == (20, 15, 60, 45)


@pytest.mark.parametrize(
    ("rotation", "box"), [(90, (15, 68, 45, 108)), (180, (68, 51, 108, 81)), (-90, (51, 20, 81, 60))]
)
def test_alpha_is_turned_with_its_picture(tmp_path: Path, rotation: int, box: tuple[int, int, int, int]) -> None:
    assert box_of(run(veiled(tmp_path / "clip.webm", rotation=rotation))[1]) == box


@pytest.mark.parametrize("codec", ["png", "qtrle", "prores_ks"])
@pytest.mark.parametrize("width", [32, 80, 300])
def test_an_edge_of_alpha_isnt_darker_than_its_picture(tmp_path: Path, codec: str, width: int) -> None:
    """A red disc on black that can't be seen."""
    rows, columns = np.mgrid[:96, :128]
    pixels = np.zeros((96, 128, 4), np.uint8)
    pixels[(rows - 48) ** 2 + (columns - 64) ** 2 < 30**2] = (255, 0, 0, 255)
    kind = {"png": "rgba", "qtrle": "argb", "prores_ks": "yuva444p10le"}[codec]
    frame = av.VideoFrame.from_ndarray(pixels, format="rgba").reformat(format=kind)
    clip = Clip(codec=codec, pixel_format=kind, source=[frame], options={"profile": "4444"} if kind[0] == "y" else {})
    _, target = run(render(tmp_path / "clip.mov", clip), AnimationSpec(format="webp", fps=10, width=width, quality=90))
    with Image.open(target) as image:
        shown_pixels = np.asarray(image.convert("RGBA"))
    seen = shown_pixels[shown_pixels[..., 3] > 64]
    edge = seen[seen[:, 3] < 240]
    assert len(edge) > 10
    assert np.percentile(edge[:, 0], 5) >= 240
    assert (shown_pixels[..., 3] > 128).mean() == pytest.approx(0.235, abs=0.05)
    rows, columns = np.mgrid[: shown_pixels.shape[0], :width] * 128 / width
    far, pixel = np.hypot(rows + 64 / width - 48.5, columns + 64 / width - 64.5), 128 / width
    assert shown_pixels[far < 28.5 - pixel, 3].min() == 255
    assert shown_pixels[far > 31.5 + pixel, 3].max() == 0


def waves(number_of: int, *, width: int = 256, height: int = 192) -> Iterator[av.VideoFrame]:
    """Smooth colours that move in all directions, and a little noise."""
    chance = np.random.default_rng(20261127)
    y, x = np.mgrid[0:height, 0:width]
    for number in range(number_of):
        red = 128 + 60 * np.sin((x + 3 * number) / 9) + 40 * np.sin((y - 2 * number) / 5)
        green, blue = 128 + 90 * np.sin((x * y / 900 + number) / 7), 128 + 70 * np.cos((x - y + 5 * number) / 11)
        noisy = np.stack([red, green, blue], -1) + chance.normal(0, 4, (height, width, 3))
        yield av.VideoFrame.from_ndarray(np.clip(noisy, 0, 255).astype(np.uint8), format="rgb24")


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_what_an_old_encoder_says_once_counts_from_whatever_second_it_is_shown(tmp_path: Path, container: str) -> None:
    """Decoders read 4:4:4 by the build of x264 that wrote it: unless they hear of an old one, its pictures are noise.
    No old one is at hand. So the number is made false here, and what is noise shows that it was heard.
    """
    options = {"g": "10", "bf": "0", "crf": "20"}
    clip = Clip(pixel_format="yuv444p", options=options, width=256, height=192, container=container, source=waves(20))
    source = render(tmp_path / "clip.x", clip)
    written = source.read_bytes()
    at = written.index(b"x264 - core 1") + len(b"x264 - core ")
    spec = AnimationSpec(format="webp", fps=10, quality=100)
    right = [frames_of(run(source, spec, start=start)[1])[0][0] for start in (0.0, 1.0)]
    source.write_bytes(written[:at] + b"142" + written[at + 3 :])
    heard = [frames_of(run(source, spec, start=start)[1])[0][0] for start in (0.0, 1.0)]
    assert [np.abs(a.astype(float) - b).mean() > 20 for a, b in zip(heard, right, strict=True)] == [True, True]
