"""Which packets have to be decoded in full: a look ahead at their times, before any picture is touched."""

from bisect import bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TypeAlias

from av.packet import Packet
from av.video.stream import VideoStream

VideoPacket: TypeAlias = "Packet[VideoStream]"

# H.264 and HEVC reorder by at most 16 pictures; two fields may come as two packets.
LOOK_AHEAD = 34


def marked(
    packets: Iterable[VideoPacket],
    *,
    first_tick: Callable[[int], int],
    ticks: int,
    wanted: Callable[[int, int], bool] | None = None,
) -> Iterator[tuple[VideoPacket, bool]]:
    """Each packet with whether its picture will be shown, in decoding order, holding LOOK_AHEAD packets at most.

    A picture is shown when it begins before `ticks` and the next one, in order of presentation, at a later tick. A
    packet without a pts, or whose successor isn't in sight, counts as shown: decoding too much is slow, decoding too
    little is wrong. Of pictures whose ticks lie before a second one it can be said that they aren't `wanted`.
    What an edit list cuts away never shows.
    """
    window = _Window(first_tick, ticks, wanted)
    for packet in packets:
        window.add(packet)
        if len(window) > LOOK_AHEAD:
            yield window.pop()
    while len(window):
        yield window.pop()


def told_by_decoding(packets: Iterator[VideoPacket]) -> tuple[bool, Iterator[VideoPacket]]:
    """Whether the packets in sight are shown in the order in which they are decoded, as they say; and those again.

    Of a video that reorders its pictures that can't be: its muxer knew nothing of when they are shown.
    """
    seen = list(islice(packets, LOOK_AHEAD))
    stamps = [packet.pts for packet in seen if packet.pts is not None]
    return stamps == sorted(stamps) or len(set(stamps)) < len(stamps), chain(seen, packets)


class _Window:
    """The packets in sight, and the stamps of those just gone: the next to be shown may have been decoded before."""

    def __init__(self, first_tick: Callable[[int], int], ticks: int, wanted: Callable[[int, int], bool] | None) -> None:
        self._first_tick = first_tick
        self._ticks = ticks
        self._wanted = wanted
        self._packets: deque[VideoPacket] = deque()
        self._gone: deque[int] = deque()
        self._stamps: list[int] = []

    def __len__(self) -> int:
        return len(self._packets)

    def add(self, packet: VideoPacket) -> None:
        self._packets.append(packet)
        if packet.pts is not None and not packet.is_discard:
            insort(self._stamps, packet.pts)

    def pop(self) -> tuple[VideoPacket, bool]:
        packet = self._packets.popleft()
        if packet.pts is None or packet.is_discard:
            return packet, not packet.is_discard
        shown = self._is_shown(packet.pts)
        self._forget(packet.pts)
        return packet, shown

    def _is_shown(self, pts: int) -> bool:
        first, successor = self._first_tick(pts), bisect_right(self._stamps, pts)
        if first >= self._ticks or successor == len(self._stamps):
            return first < self._ticks
        end = self._first_tick(self._stamps[successor])
        return end > first and (self._wanted is None or self._wanted(first, end))

    def _forget(self, pts: int) -> None:
        self._gone.append(pts)
        if len(self._gone) > LOOK_AHEAD:
            self._stamps.remove(self._gone.popleft())
