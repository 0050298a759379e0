"""Which packets have to be decoded in full: a look ahead at their times, before any picture is touched."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from av.packet import Packet
from av.video.stream import VideoStream

VideoPacket: TypeAlias = "Packet[VideoStream]"

# H.264 and HEVC reorder by at most 16 pictures; two fields may come as two packets.
LOOK_AHEAD = 34


def marked(packets: Iterable[VideoPacket], *, first_tick: Callable[[int], int]) -> Iterator[tuple[VideoPacket, bool]]:
    """Each packet with whether its picture will be shown, in decoding order, holding LOOK_AHEAD packets at most.

    A picture is shown when the next one, in order of presentation, begins at a later tick. A packet without a pts,
    or whose successor isn't in sight, counts as shown: decoding too much is slow, decoding too little is wrong.
    What an edit list cuts away never shows.
    """
    window: deque[VideoPacket] = deque()
    for packet in packets:
        window.append(packet)
        if len(window) > LOOK_AHEAD:
            yield _judged(window, first_tick)
    while window:
        yield _judged(window, first_tick)


def _judged(window: "deque[VideoPacket]", first_tick: Callable[[int], int]) -> tuple[VideoPacket, bool]:
    packet = window[0]
    needed = packet.pts is None or (not packet.is_discard and _is_shown(packet.pts, window, first_tick))
    return window.popleft(), needed


def _is_shown(pts: int, window: "deque[VideoPacket]", first_tick: Callable[[int], int]) -> bool:
    later = [other.pts for other in window if other.pts is not None and other.pts > pts and not other.is_discard]
    return not later or first_tick(min(later)) > first_tick(pts)
