"""Static MPEG-DASH presentations (ISO/IEC 23009-1): one period, segments or whole files."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from xml.etree.ElementTree import Element

from media_jobs.store.bounded_xml import XmlRefused, parse_xml
from media_jobs.store.formats import VIDEO
from media_jobs.uploads.manifests.pieces import (
    MAX_PIECES,
    MAX_PIECES_OF_ALL,
    Manifest,
    ManifestInvalid,
    Piece,
    safe_name,
    unique,
)

MAX_STREAMS = 200
MAX_PATTERN = 1000  # characters of a template's pattern, and of what is put into it

# Nine digits of days are more than any clock shows; without a limit a duration could be infinite.
_DURATION = re.compile(r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?", re.ASCII)
_PLACE = re.compile(r"\$(RepresentationID|Number|Bandwidth|Time)?(?:%0(\d{1,2})d)?\$", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Stream:
    """A representation with what it inherits.

    `base` is the path before its names; `seconds` is the length of its period, None when unknown.
    """

    representation: Element
    adaptation: Element
    base: str
    seconds: float | None

    @property
    def bandwidth(self) -> int:
        return _number(self.representation, "bandwidth", default=0)

    @property
    def is_video(self) -> bool:
        types = [e.get(a, "") for e in (self.representation, self.adaptation) for a in ("mimeType", "contentType")]
        return any(kind.startswith("video") for kind in types)

    def find(self, tag: str) -> Element | None:
        found = self.representation.find(tag)
        return self.adaptation.find(tag) if found is None else found


def parse_dash(text: str) -> Manifest:
    """The manifest, whose pieces are those of the video stream with the highest bandwidth. Raises ManifestInvalid."""
    streams = list(islice(_streams(_document(text)), MAX_STREAMS + 1))
    if not 0 < len(streams) <= MAX_STREAMS:
        raise ManifestInvalid(f"A presentation has 1 to {MAX_STREAMS} representations.")
    videos = [stream for stream in streams if stream.is_video] or streams
    best = max(videos, key=lambda stream: stream.bandwidth)
    pieces: dict[int, list[Piece]] = {}
    for stream in streams:
        pieces[id(stream)] = _pieces(stream)
        _check_count(sum(map(len, pieces.values())), most=MAX_PIECES_OF_ALL)
    names = [piece.name for stream in streams for piece in pieces[id(stream)]]
    suffix = pieces[id(best)][0].name.rpartition(".")[2].lower()
    extension = suffix if suffix in VIDEO else "mp4"
    return Manifest(tuple(pieces[id(best)]), names=unique(names), extension=extension)


def _document(text: str) -> Element:
    try:
        root = parse_xml(text.removeprefix("\ufeff").strip().encode())
    except (XmlRefused, UnicodeEncodeError) as error:
        raise ManifestInvalid(f"The presentation can't be read. {error}") from None
    if root.tag != "MPD" or root.get("type", "static") != "static":
        raise ManifestInvalid("This is no static DASH presentation (MPD).")
    return root


def _streams(root: Element) -> Iterator[_Stream]:
    periods = root.findall("Period")
    if len(periods) != 1:
        raise ManifestInvalid("A presentation of exactly one period can be uploaded.")
    seconds = _seconds(periods[0].get("duration") or root.get("mediaPresentationDuration"))
    before = _base(root) + _base(periods[0])
    for adaptation in periods[0].findall("AdaptationSet"):
        for representation in adaptation.findall("Representation"):
            if "ContentProtection" in {child.tag for child in [*adaptation, *representation]}:
                raise ManifestInvalid("The segments are encrypted. Upload them in the clear.")
            base = before + _base(adaptation) + _base(representation)
            yield _Stream(representation, adaptation, base=base, seconds=seconds)


def _base(element: Element) -> str:
    return (element.findtext("BaseURL") or "").strip()


def _pieces(stream: _Stream) -> list[Piece]:
    for tag, read in (("SegmentList", _listed), ("SegmentTemplate", _templated)):
        found = stream.find(tag)
        if found is not None:
            return read(found, stream)
    if not stream.base or stream.base.endswith("/"):
        raise ManifestInvalid("A representation names no file.")
    return [Piece(safe_name(stream.base))]


def _listed(segments: Element, stream: _Stream) -> list[Piece]:
    initial = segments.find("Initialization")
    pieces = [] if initial is None else [_ranged(initial, "sourceURL", "range", stream)]
    found = segments.findall("SegmentURL")
    _check_count(len(found))
    return pieces + [_ranged(segment, "media", "mediaRange", stream) for segment in found]


def _ranged(element: Element, source: str, span: str, stream: _Stream) -> Piece:
    name = safe_name(stream.base + (element.get(source) or ""))
    text = element.get(span)
    if text is None:
        return Piece(name)
    match = re.fullmatch(r"(\d{1,15})-(\d{1,15})", text, re.ASCII)
    if not match or int(match[2]) < int(match[1]):
        raise ManifestInvalid(f"“{text[:40]}” is no byte range.")
    return Piece(name, int(match[1]), int(match[2]) + 1 - int(match[1]))


def _templated(template: Element, stream: _Stream) -> list[Piece]:
    def piece(pattern: str, *, number: int = 0, time: int = 0) -> Piece:
        return Piece(safe_name(stream.base + _fill(pattern, stream, number=number, time=time)))

    initial, media = template.get("initialization"), template.get("media", "")
    first = _number(template, "startNumber", default=1)
    pieces = [piece(initial)] if initial else []
    times = list(_times(template, stream))
    return pieces + [piece(media, number=first + index, time=time) for index, time in enumerate(times)]


def _times(template: Element, stream: _Stream) -> Iterator[int]:
    """Start time of each segment, in the template's timescale."""
    timeline = template.find("SegmentTimeline")
    if timeline is not None:
        yield from _timeline(timeline)
        return
    duration = _number(template, "duration", default=0)
    if not duration or stream.seconds is None:
        raise ManifestInvalid("The number of segments can't be told from the presentation.")
    count = math.ceil(stream.seconds * _number(template, "timescale", default=1) / duration)
    _check_count(count)
    yield from range(0, count * duration, duration)


def _timeline(timeline: Element) -> Iterator[int]:
    time, count = 0, 0
    for run in timeline.findall("S"):
        time = _number(run, "t", default=time)
        repeats = _number(run, "r", default=0)
        if repeats < 0:
            raise ManifestInvalid("A timeline without an end can't be uploaded.")
        count += repeats + 1
        _check_count(count)
        for _ in range(repeats + 1):
            yield time
            time += _number(run, "d", default=0)


def _fill(pattern: str, stream: _Stream, *, number: int, time: int) -> str:
    values = {"Number": number, "Time": time, "Bandwidth": stream.bandwidth}
    if len(pattern) + len(stream.representation.get("id", "")) > MAX_PATTERN:
        raise ManifestInvalid(f"A template and the id that it names have at most {MAX_PATTERN} characters.")

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        if match[1] == "RepresentationID":
            return stream.representation.get("id", "")
        return f"{values[match[1]]:0{int(match[2] or 1)}d}"

    return _PLACE.sub(value, pattern)


def _check_count(count: int, *, most: int = MAX_PIECES) -> None:
    if not 0 < count <= most:
        raise ManifestInvalid(
            f"A representation has 1 to {MAX_PIECES} segments, a presentation at most {MAX_PIECES_OF_ALL}."
        )


def _number(element: Element, name: str, *, default: int) -> int:
    text = element.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d{1,18}", text.strip(), re.ASCII):
        raise ManifestInvalid(f"“{text[:40]}” is no number.")
    return int(text)


def _seconds(text: str | None) -> float | None:
    match = _DURATION.fullmatch(text.strip()) if text else None
    if not match:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds
