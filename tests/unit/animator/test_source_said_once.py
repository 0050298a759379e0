"""Messages that H.264 and HEVC carry beside their first picture, and mean for all that follow."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet

from animator.read.probe import probe
from tests.unit.animator.clips import Clip, number_in, render
from tests.unit.animator.test_animate import frames_of, run, shown

HEADS = {"h264": b"\x06", "hevc": b"\x4e\x01"}
QUARTER = f"{3 << 14:016b}"
# Not cancelled, no mirror, three quarters against the clock; for all that follow (H.264 D.1.29, HEVC D.2.16).
TURNED = {"h264": f"000{QUARTER}01001", "hevc": f"000{QUARTER}11000"}
# Not cancelled, straight, 8 bits, from 0 to 255, no clipping (HEVC F.14.2.8).
HAS_ALPHA = f"0000000{0:09b}{255:09b}01000000"


def unit(codec: str, kind: int, bits: str) -> bytes:
    message = int(bits, 2).to_bytes(len(bits) // 8)
    return HEADS[codec] + bytes((kind, len(message))) + message + b"\x80"


def saying(path: Path, clip: Clip, said: bytes) -> Path:
    """With a unit before the first packet's own, and before no other one's."""
    plain = render(path.with_name(f"plain.{path.name}"), clip)
    with av.open(str(plain)) as source, av.open(str(path), "w", format=clip.container) as output:
        old = source.streams.video[0]
        stream = output.add_stream_from_template(old)
        by_length = (old.codec_context.extradata or b"\0")[0] == 1
        before = (len(said).to_bytes(4) if by_length else b"\0\0\0\1") + said
        for packet in source.demux(old):
            if packet.size:
                told = Packet(before + bytes(packet))
                told.pts, told.dts, told.time_base = packet.pts, packet.dts, packet.time_base
                told.duration, told.is_keyframe, told.stream = packet.duration or 0, packet.is_keyframe, stream
                output.mux(told)
                before = b""
    return path


def coded(codec: str, container: str) -> Clip:
    if codec == "h264":
        return Clip(options={"g": "5"}, container=container)
    return Clip(codec="libx265", options={"x265-params": "log-level=none:keyint=5"}, container=container)


@pytest.mark.parametrize("start", [0.0, 0.7, 1.3])
@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts", "flv"])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_a_codec_says_once_of_its_turn_counts_past_later_key_frames(
    tmp_path: Path, codec: str, container: str, start: float
) -> None:
    source = saying(tmp_path / "clip", coded(codec, container), unit(codec, 47, TURNED[codec]))
    result, target = run(source, start=start)
    assert (result.width, result.height) == (96, 128)
    upright = [np.rot90(pixels, 1 if probe(source).rotate == 90 else -1) for pixels, _ in frames_of(target)]
    assert [number_in(pixels) for pixels in upright] == list(range(round(start * 10), 20))


@pytest.mark.parametrize("container", ["mp4", "matroska", "mpegts"])
def test_alpha_in_a_second_layer_of_hevc_is_said_to_be_lost(tmp_path: Path, container: str) -> None:
    """As of telephones and editors; FFmpeg shows the first layer alone, which is opaque."""
    source = saying(tmp_path / "clip", coded("hevc", container), unit("hevc", 165, HAS_ALPHA))
    result, target = run(source)
    assert shown(target) == list(range(20))
    assert any("comes out opaque" in note for note in result.notes)


def test_alpha_that_the_parameters_of_hevc_tell_of_is_said_to_be_lost(tmp_path: Path) -> None:
    plain, source = render(tmp_path / "plain.mp4", coded("hevc", "mp4")), tmp_path / "clip.mp4"
    said = unit("hevc", 165, HAS_ALPHA)
    with av.open(str(plain)) as opened, av.open(str(source), "w") as output:
        stream = output.add_stream_from_template(opened.streams.video[0])
        parameters = bytearray(stream.codec_context.extradata or b"")
        parameters[22] += 1  # arrays of units
        parameters += bytes((39, 0, 1)) + len(said).to_bytes(2) + said
        stream.codec_context.extradata = bytes(parameters)
        for packet in opened.demux(video=0):
            if packet.size:
                packet.stream = stream
                output.mux(packet)
    assert any("comes out opaque" in note for note in run(source)[0].notes)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_nothing_is_said_of_alpha_where_there_is_none(tmp_path: Path, codec: str) -> None:
    assert run(render(tmp_path / "clip.mp4", coded(codec, "mp4")))[0].notes == ()
