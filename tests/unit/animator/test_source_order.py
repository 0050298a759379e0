"""Pictures that are decoded in another order than they are shown, where the file tells only the former."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from animator.core.order import AnimationSpec
from tests.unit.animator.chunked import Packets, avi, bitmap, matroska
from tests.unit.animator.clips import Clip, numbered, render
from tests.unit.animator.test_animate import frames_of, number_in, run

REORDERED = {"g": "12", "bf": "2"}
H264 = Clip(rate=25, pictures=40, options=REORDERED)
MPEG4 = Clip(codec="mpeg4", rate=25, pictures=40, options=REORDERED)
MPEG2 = Clip(codec="mpeg2video", rate=25, pictures=40, options=REORDERED)
HEVC = Clip(codec="libx265", rate=25, pictures=40, options={"x265-params": "log-level=none:keyint=12:bframes=3"})
# As FFmpeg writes them: ASF and MXF with what is decoded when; MPEG's with a time for every two kilobytes.
KINDS = {
    "mpeg4.wmv": MPEG4,
    "mpeg2.wmv": MPEG2,
    "h264.wmv": H264,
    "h264.mxf": H264,
    "mpeg4.avi": MPEG4,
    "h264.avi": H264,
    "mpeg2.mpg": replace(MPEG2, container="vob"),
    "h264.mpg": replace(H264, container="vob"),
    "hevc.mpg": replace(HEVC, container="vob"),
}
STARTS = [0.0, 1.0, 1.24]


def seen(source: Path, clip: Clip, *, start: float = 0) -> list[int]:
    """The number on screen at each tick."""
    _, target = run(source, AnimationSpec(format="webp", fps=clip.rate), start=start)
    return [number_in(pixels) for pixels, lasts in frames_of(target) for _ in range(round(lasts * clip.rate / 1000))]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", KINDS)
def test_reordered_pictures_are_shown_in_time_in_every_container(tmp_path: Path, name: str, start: float) -> None:
    clip = KINDS[name]
    assert seen(render(tmp_path / name, clip), clip, start=start) == list(range(round(start * 25), 40))


def packets_of(path: Path, clip: Clip) -> tuple[Packets, bytes]:
    """With the codec's parameters."""
    with av.open(str(render(path, clip))) as source:
        parameters = source.streams.video[0].codec_context.extradata or b""
        return [(bytes(packet), packet.is_keyframe) for packet in source.demux(video=0) if packet.size], parameters


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("clip", "fourcc"), [(MPEG4, b"XVID"), (replace(H264, container="h264"), b"H264")])
def test_an_old_avi_in_a_matroska_file_is_shown_in_time(
    tmp_path: Path, clip: Clip, fourcc: bytes, start: float
) -> None:
    """As mkvmerge puts them there: with the AVI's own times."""
    packets, parameters = packets_of(tmp_path / "clip.avi", clip)
    source = tmp_path / "clip.mkv"
    private = bitmap(clip, fourcc) + parameters
    source.write_bytes(matroska(packets, clip, codec=b"V_MS/VFW/FOURCC", private=private, stated=10**9 // clip.rate))
    assert seen(source, clip, start=start) == list(range(round(start * 25), 40))


def stamped_when_decoded(path: Path, clip: Clip) -> Path:
    """As by muxers that know nothing of reordered pictures: each is said to be shown when it is decoded."""
    plain = render(path.with_name(f"plain.{path.name}"), clip)
    with av.open(str(plain)) as source, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size and packet.dts is not None]
        begin = packets[0].dts or 0
        for packet in packets:
            packet.pts = packet.dts = (packet.dts or 0) - begin
            packet.stream = stream
            output.mux(packet)
    return path


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("clip", [H264, MPEG4, HEVC], ids=lambda clip: clip.codec)
def test_pictures_that_are_stamped_when_they_are_decoded_are_shown_in_time(
    tmp_path: Path, clip: Clip, start: float
) -> None:
    source = stamped_when_decoded(tmp_path / "clip.mp4", clip)
    assert seen(source, clip, start=start) == list(range(round(start * 25), 40))


STAYS = 7  # each so many pictures one stays for another turn


def with_stays(path: Path, clip: Clip) -> tuple[Path, list[int]]:
    """An AVI of which some chunks say that nothing has changed (VOPs that aren't coded); and what is seen when."""
    stamps = [number + number // STAYS for number in range(clip.pictures)]

    def pictures() -> Iterator[av.VideoFrame]:
        for number in range(clip.pictures):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24").reformat(format="yuv420p")
            if number % STAYS == STAYS - 1:
                frame.pict_type = 2  # nothing that is decoded later is shown before it
            yield frame

    timed = replace(clip, stamps=stamps, time_base=Fraction(1, clip.rate), source=pictures(), container="nut")
    with av.open(str(render(path.with_suffix(".nut"), timed))) as source:
        stream = source.streams.video[0]
        parameters = bytes(stream.codec_context.extradata or b"")
        packets = [
            (bytes(packet), packet.is_keyframe, round(packet.pts * packet.time_base * clip.rate))
            for packet in source.demux(stream)
            if packet.size and packet.pts is not None
        ]
    stays = [moment for moment in range(stamps[-1]) if moment not in stamps]
    chunks: list[tuple[bytes, bool]] = []
    last = 0
    for data, is_key, moment in packets:
        while stays and stays[0] < moment and moment > last:
            chunks.append((_not_coded(stays[0], after=last, rate=clip.rate), False))
            last = stays.pop(0)
        chunks.append((data, is_key))
        last = max(last, moment)
    path.write_bytes(avi(chunks, clip, fourcc=b"XVID", parameters=parameters))
    return path, [sum(stamp <= tick for stamp in stamps) - 1 for tick in range(stamps[-1] + 1)]


def _not_coded(moment: int, *, after: int, rate: int) -> bytes:
    """A VOP (ISO 14496-2, 6.2.5) that says that nothing has changed since the one `after`, both in pictures."""
    seconds = moment // rate - after // rate
    bits = f"01{'1' * seconds}01{moment % rate:0{(rate - 1).bit_length()}b}10" + "0"
    bits += "1" * (-len(bits) % 8)
    return b"\0\0\1\xb6" + int(bits, 2).to_bytes(len(bits) // 8)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_picture_that_stays_in_an_avi_stays_no_longer_than_told(tmp_path: Path, between: int, start: float) -> None:
    clip = replace(MPEG4, options={"g": "14", "bf": str(between)})
    source, right = with_stays(tmp_path / "clip.avi", clip)
    assert seen(source, clip, start=start) == right[round(start * 25) :]
