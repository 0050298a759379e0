"""The decoder's own edges: what is decoded, and what may be asked when."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from animator.confine.sandbox import Sandbox
from animator.core.limits import DEFAULT_LIMITS
from animator.core.order import AnimationSpec, Order
from animator.core.timeline import Segment
from animator.read.decode import Picker
from animator.read.packets import marked
from animator.read.source import open_source
from tests.unit.animator.clips import Clip, render


def test_notes_can_be_read_after_the_file_was_closed(tmp_path: Path) -> None:
    """In a child: what used to happen here was a read of freed memory."""
    source = render(tmp_path / "clip.flv", Clip(pictures=60))
    damaged = bytearray(source.read_bytes())
    damaged[len(damaged) // 2 :] = bytes(len(damaged) - len(damaged) // 2)
    source.write_bytes(damaged)
    sandbox = Sandbox()
    try:
        for _ in range(3):
            sandbox.animate(source, tmp_path / "out.gif", Order(spec=AnimationSpec(format="gif", fps=10)))
    finally:
        sandbox.close()
    with open_source(source, limits=DEFAULT_LIMITS) as opened:
        picker = Picker(opened, Segment(Fraction(0), Fraction(1)), fps=Fraction(10))
        assert len(list(picker)) == 10
    del opened
    assert [note for note in picker.notes if "damaged" in note] == []
    assert "header says 6.200 s" in picker.notes[0]


def needed(path: Path, fps: int, segment: Segment) -> list[int]:
    """The stamps of the packets that are marked as shown."""
    with open_source(path, limits=DEFAULT_LIMITS) as source:
        first_tick = segment.first_tick_of_stamps(Fraction(fps), time_base=source.time_base, origin=source.origin)
        packets: Iterator[av.Packet[av.VideoStream]] = (p for p in source.container.demux(source.stream) if p.size)
        found = marked(packets, first_tick=first_tick, ticks=segment.ticks(Fraction(fps)))
        return sorted(round(float(p.pts * source.time_base) * 25) for p, shown in found if shown and p.pts is not None)


@pytest.mark.parametrize("b_frames", [0, 2, 3])
def test_only_packets_whose_pictures_show_are_marked(tmp_path: Path, b_frames: int) -> None:
    """25 pictures a second, 5 ticks: picture n shows at tick k when it is the last before (k + ½)/5 s."""
    source = render(tmp_path / "clip.mp4", Clip(pictures=100, rate=25, options={"bf": str(b_frames), "g": "30"}))
    segment = Segment(Fraction(1), Fraction(3))
    assert needed(source, 5, segment) == [27, 32, 37, 42, 47, 52, 57, 62, 67, 72]


def test_every_packet_is_marked_when_every_picture_shows(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4", Clip(pictures=50, rate=25, options={"bf": "3"}))
    assert needed(source, 25, Segment(Fraction(0), Fraction(2))) == list(range(50))
