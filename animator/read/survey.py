"""One look at every packet of a file that has no index: where its clock jumps, and when its pictures really end."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

# Formats whose clock may start anew midway because recordings are joined by putting one after the other.
JOINED = ("mpegts", "mpeg", "ogg", "flv")
# Among them, those that say nothing while nothing is recorded: there a leap ahead is a new recording, too.
LEAPING = ("mpegts", "mpeg", "ogg")
# Bare streams, as some cameras and disc programs write them: they tell no times, and FFmpeg makes some up.
BARE = ("mpegvideo", "h264", "hevc")
# So do network cameras' JPEGs, one after the other; their times are made up evenly, and never wrong.
CAMERAS = ("mjpeg", "mpjpeg")
# Their headers promise a duration that nothing checks, or none.
SURVEYED = (*JOINED, *BARE, *CAMERAS, "asf", "gif", "apng")
# Coded times never fall in one recording; muxers that round let them fall a little. Seconds.
BACK = 0.1
# Where FFmpeg makes up times of decoding, they fall by as many pictures as a codec reorders in practice.
MOST_PICTURES = 8
# As long as FFmpeg lets a clock leap ahead before it calls it another one. Seconds.
AHEAD = 10.0
# Containers that cut streams into pieces, of which each has a stamp, however many pictures begin in it; and the share
# of pictures that begin beside another from which on FFmpeg's guesses after a seek are too many. They have no place.
SHARING, MOST_SHARING = ("mpeg", "mpegts"), 0.1
# Pictures that a codec holds back, and a few more.
MOST_HELD = 18
# No picture waits longer than this, in seconds, between its decoding and its showing.
MOST_REORDERED = 2.0
# Sound that was recorded in a pause of the pictures shows that the pause was real. Seconds from its edges.
EDGE = 1.5
# So many of the last pictures tell how long they really stay, if they are no fewer than those.
RECENT, FEW = 64, 4
# Damaged places that reading goes on behind; each costs what FFmpeg skips to find its feet.
MOST_FAULTS = 1000
# Pictures that stay shorter than the first number are shown for the second one, 100 ms, by every browser: those of GIF
# from 20 ms on, of animated PNG above 10 ms, stay as they say. In hundredths and in hundred-thousandths.
HASTY = {"gif": (2, 10), "apng": (1_001, 10_000)}
USUAL_RATE = Fraction(25)

Read = "Packet[VideoStream | AudioStream]"


class Piece(NamedTuple):
    """Packets that share a clock: from the video's packet number `first` on, whose stamps are put right by `shift`."""

    first: int
    shift: int


class Survey(NamedTuple):
    """What the packets of a video say, in stamps of its stream.

    Fields:
        end: where the last picture ends, None without any picture
        heard: where the last sound ends on its own clock, in seconds; 0 without sound
        pieces: the first with a shift of 0
        packets: how many
        keys: number and mended stamp of each key frame
        hasty: whether pieces are there only because an image's pictures are too short
        untimed: whether not one packet has a stamp, so that the pictures' times are counted
        first: when the first packets are decoded
        begin: where the first picture begins
        opening: the first packet
        strangers: whether streams begin later, which can't be shown
        crowded: whether pictures share what their container cuts streams into, and only the first of each has a stamp
    """

    end: int | None
    heard: float
    pieces: tuple[Piece, ...]
    packets: int
    keys: tuple[tuple[int, int], ...]
    hasty: bool = False
    untimed: bool = False
    first: tuple[int, ...] = ()
    begin: int = 0
    opening: bytes = b""
    crowded: bool = False
    strangers: bool = False

    @property
    def is_mended(self) -> bool:
        return len(self.pieces) > 1 or self.hasty or self.untimed

    def shift(self, number: int) -> int:
        """What puts the stamps of a packet right."""
        return self.pieces[bisect_right(self.pieces, number, key=lambda piece: piece.first) - 1].shift

    def key_before(self, stamp: int) -> int:
        """The number of the key frame to begin with for pictures from `stamp` on: the first, where they are counted."""
        if self.untimed:
            return 0
        return max((number for number, moment in self.keys if moment <= stamp), default=0)


def surveyed(container: InputContainer, stream: VideoStream, *, by_decoding: bool = False) -> Survey:
    """Reads the file from where it stands, its beginning, to its end; decodes nothing. `by_decoding` as in Marks."""
    surveyor = _Surveyor(container, stream, by_decoding=by_decoding)
    streams = _heard_with(container, stream)
    for packet in steadily(container, *streams, on_stranger=surveyor.meet):
        if packet.stream_index == stream.index:
            surveyor.see(packet)
        elif packet.dts is not None or packet.pts is not None:
            surveyor.hear(packet)
    return surveyor.survey()


def steadily(
    container: InputContainer,
    *streams: VideoStream | AudioStream,
    on_stranger: Callable[[], None] = lambda: None,
) -> "Iterator[Packet[VideoStream]]":
    """The packets of streams; a place that FFmpeg can't read costs what lies there, not all that follows.

    `on_stranger` is told when a stream begins that wasn't there when the file was opened. Where a transport stream goes
    on elsewhere, FFmpeg gives what it still held of it when all is over, and far too late to be shown.
    """
    furthest = dict[int, int]() if container.format.name == "mpegts" else None
    for _ in range(MOST_FAULTS):
        try:
            for packet in container.demux(*streams):
                if furthest is None or not _is_late(packet, furthest):  # type: ignore[arg-type]
                    yield packet  # type: ignore[misc]
        except IndexError:  # PyAV's way to say it
            on_stranger()
        except av.error.FFmpegError as error:
            if isinstance(error, MemoryError):
                raise
        else:
            return


def believed_end(pictures: Iterable[tuple[int, int]], told: int) -> int:
    """When the last of these pictures ends, each told with its stamp and how long it is said to stay; `told` by that.

    Where all are said to stay equally long, but come twice or half as often, the last one stays as long as most.
    """
    stamps, lasting = sorted({shown for shown, _ in pictures}), {stays for _, stays in pictures}
    if len(stamps) < FEW or len(lasting) > 1:
        return told
    gaps = sorted(after - before for before, after in pairwise(stamps))
    usual, said = gaps[len(gaps) // 2], lasting.pop()
    return told if said <= 2 * usual and usual <= 2 * said else stamps[-1] + usual


def _is_late(packet: "Packet[VideoStream]", furthest: dict[int, int]) -> bool:
    """Whether it lies before another packet of its stream that has come; `furthest` has where the last one did."""
    if packet.pos is None:
        return False
    before = furthest.get(packet.stream_index, -1)
    furthest[packet.stream_index] = max(before, packet.pos)
    return packet.pos < before


def frame_seconds(stream: VideoStream) -> Fraction:
    """How long a picture lasts when nothing more exact is known."""
    return 1 / (stream.average_rate or stream.guessed_rate or USUAL_RATE)


def _heard_with(container: InputContainer, stream: VideoStream) -> list[VideoStream | AudioStream]:
    wanted: list[VideoStream | AudioStream] = [stream, *container.streams.audio[:1]]
    for other in container.streams:
        if other not in wanted:
            other.discard = Discard.all
    return wanted


class _Surveyor:
    def __init__(self, container: InputContainer, stream: VideoStream, *, by_decoding: bool) -> None:
        self._by_decoding = by_decoding
        self._leaps = container.format.name in LEAPING
        self._scale = float(stream.time_base or Fraction(1, av.time_base))
        self._usual = max(1, round(frame_seconds(stream) / (stream.time_base or Fraction(1, av.time_base))))
        self._back = BACK if self._leaps else max(BACK, MOST_PICTURES * float(frame_seconds(stream)))
        self._is_bare = container.format.name in BARE
        self._least, self._unhurried = HASTY.get(container.format.name, (0, 0))
        self._hasty = False
        self._shares = container.format.name in SHARING
        self._count = self._timed = self._next = self._sharing = self._late = 0
        self._first: list[int] = []
        self._strangers, self._opening = False, b""
        self._stated = container.format.name.startswith("matroska")
        self._recent: deque[tuple[int, int]] = deque(maxlen=RECENT)
        self._before: float | None = None
        self._made_up = self._paused = False
        self._heard = 0.0
        self._starts = [0]
        self._spans: list[tuple[int, int]] = []
        self._keys: list[tuple[int, int, int]] = []

    def meet(self) -> None:
        """A stream that begins later."""
        self._strangers = True

    def hear(self, packet: "Packet[VideoStream]") -> None:
        stamp = packet.dts if packet.dts is not None else packet.pts
        assert stamp is not None
        moment = stamp * float(packet.time_base)
        self._heard = max(self._heard, moment + (packet.duration or 0) * float(packet.time_base))
        if self._before is not None and moment > self._before + EDGE:
            self._paused = True
            self._latest = moment

    def see(self, packet: "Packet[VideoStream]") -> None:
        if packet.size == 0:
            return
        pts, dts = (None, None) if self._is_bare else (packet.pts, packet.dts)
        self._timed += pts is not None or dts is not None
        self._sharing += self._shares and packet.pos is None
        decoded, shown = self._times(pts, dts)
        if dts is not None or pts is None:
            self._follow(decoded, shown, keyed=packet.is_keyframe)
        if not self._count:
            self._opening = bytes(packet)
        if len(self._first) < MOST_HELD:
            self._first.append(decoded)
        self._next = decoded + (packet.duration or self._usual)
        stays, is_hasty = self._stays(packet)
        self._recent.append((shown, stays))
        self._widen(shown, shown + stays)
        if is_hasty:
            self._hasty = True
            self._starts.append(self._count + 1)
        if packet.is_keyframe:
            self._keys.append((self._count, shown, len(self._starts) - 1))
        self._count += 1

    def _times(self, pts: int | None, dts: int | None) -> tuple[int, int]:
        """Of decoding and showing. Packets without any stamp follow one another, and are shown as late as a key."""
        if dts is None and pts is None:
            return self._next, self._next + self._late
        if dts is None or pts is None or self._by_decoding:
            stamp = pts if dts is None else dts
            assert stamp is not None
            return stamp, stamp
        if self._count == 0:
            self._late = pts - dts
        return dts, pts

    def _follow(self, dts: int, shown: int, *, keyed: bool) -> None:
        """FFmpeg makes up times of decoding where there are none, and goes on with them into the next recording."""
        late = (shown - dts) * self._scale
        made_up = late < -MOST_REORDERED or late > AHEAD
        moment = (shown if made_up else dts) * self._scale
        back = self._back if made_up == self._made_up else max(self._back, MOST_REORDERED)
        if self._before is not None and self._jumps(moment, back=back, keyed=keyed and made_up == self._made_up):
            self._starts.append(self._count)
        self._before, self._made_up, self._paused = moment, made_up, False

    def _stays(self, packet: "Packet[VideoStream]") -> tuple[int, bool]:
        """How long a picture is shown, and whether it is a hasty one, after which all that follow come later."""
        if (packet.duration or 0) < self._least:
            return self._unhurried, True
        return packet.duration or self._usual, False

    def _jumps(self, moment: float, *, back: float, keyed: bool) -> bool:
        """Only one that was begun anew has a key frame that isn't decoded later than the picture before it."""
        assert self._before is not None
        if moment < self._before - back or (self._leaps and keyed and moment <= self._before):
            return True
        recorded = self._paused and self._latest < moment - EDGE
        return self._leaps and moment > self._before + AHEAD and not recorded

    def _widen(self, low: int, high: int) -> None:
        if len(self._spans) < len(self._starts):
            self._spans.append((low, high))
        else:
            before = self._spans[-1]
            self._spans[-1] = (min(before[0], low), max(before[1], high))

    def survey(self) -> Survey:
        """Each piece begins where the one before it ends."""
        if self._stated and len(self._spans) == 1:
            self._spans = [(self._spans[0][0], believed_end(self._recent, self._spans[0][1]))]
        shifts, end = [], None
        for low, high in self._spans:
            shifts.append(0 if end is None else end - low)
            end = high + shifts[-1]
        return Survey(
            end=end,
            heard=self._heard,
            pieces=tuple(Piece(*pair) for pair in zip(self._starts, shifts, strict=False)),
            hasty=self._hasty,
            untimed=not self._timed,
            first=tuple(self._first),
            strangers=self._strangers,
            opening=self._opening,
            begin=self._spans[0][0] if self._spans else 0,
            crowded=self._sharing > MOST_SHARING * self._count,
            packets=self._count,
            keys=tuple((number, stamp + shifts[piece]) for number, stamp, piece in self._keys),
        )
