"""HTTP Live Streaming media playlists (RFC 8216)."""

import re
from dataclasses import dataclass, field

from media_jobs.store.formats import VIDEO
from media_jobs.uploads.manifests.pieces import (
    MAX_PIECES,
    Manifest,
    ManifestInvalid,
    MasterPlaylist,
    Piece,
    safe_name,
    unique,
)

MAX_LINES, MAX_LINE = 200_000, 8192  # a line: characters

# Looked for where a name begins only: a long name without a value would else be read once from each of its letters.
_ATTRIBUTE = re.compile(r'(?<![A-Z0-9-])([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # what splitlines goes by
_MASTER_TAGS = ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-MEDIA:")
_FRAGMENTED = frozenset({"m4s", "mp4", "m4v", "cmfv"})


@dataclass(slots=True)
class _State:
    """What the lines before a segment said about it."""

    pieces: list[Piece] = field(default_factory=list)
    initial: Piece | None = None
    span: tuple[int, int | None] | None = None
    ends: dict[str, int] = field(default_factory=dict)


def parse_hls(text: str) -> Manifest:
    """The manifest of one playlist. Raises MasterPlaylist for a playlist of playlists.

    Raises ManifestInvalid for what is no playlist, has no segment, is encrypted, or has several initial sections.
    """
    lines = _lines(text.removeprefix("\ufeff"))
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise ManifestInvalid("This is no HLS playlist: it does not begin with #EXTM3U.")
    if any(line.startswith(_MASTER_TAGS) for line in lines):
        raise MasterPlaylist("This is a master playlist. Upload one of the media playlists that it names.")
    state = _State()
    for line in lines:
        _take(line, state)
        if len(state.pieces) > MAX_PIECES:
            raise ManifestInvalid(f"A playlist names at most {MAX_PIECES} segments.")
    if not state.pieces:
        raise ManifestInvalid("The playlist names no segment.")
    return _manifest(state)


def _lines(text: str) -> list[str]:
    if sum(map(text.count, _BREAKS)) > MAX_LINES:
        raise ManifestInvalid(f"A playlist has at most {MAX_LINES} lines.")
    lines = [line.strip() for line in text.splitlines()]
    if any(len(line) > MAX_LINE for line in lines):
        raise ManifestInvalid(f"A line of a playlist has at most {MAX_LINE} characters.")
    return lines


def _take(line: str, state: _State) -> None:
    if line.startswith("#EXT-X-KEY:"):
        if _attributes(line).get("METHOD", "NONE") != "NONE":
            raise ManifestInvalid("The segments are encrypted. Upload them in the clear.")
    elif line.startswith("#EXT-X-MAP:"):
        _take_initial(_attributes(line), state)
    elif line.startswith("#EXT-X-BYTERANGE:"):
        state.span = _span(line.partition(":")[2])
    elif line and not line.startswith("#"):
        _take_segment(safe_name(line), state)


def _take_initial(attributes: dict[str, str], state: _State) -> None:
    start, length = 0, None
    if "BYTERANGE" in attributes:
        length, offset = _span(attributes["BYTERANGE"])
        start = offset or 0
    piece = Piece(safe_name(attributes.get("URI", "")), start, length)
    if state.initial not in (None, piece):
        raise ManifestInvalid("The playlist changes its initial section (#EXT-X-MAP) on the way.")
    if state.initial is None and state.pieces:
        raise ManifestInvalid("The initial section (#EXT-X-MAP) comes after the first segment.")
    state.initial = piece


def _take_segment(name: str, state: _State) -> None:
    if state.span is None:
        state.pieces.append(Piece(name))
        return
    length, offset = state.span
    start = state.ends.get(name, 0) if offset is None else offset
    state.ends[name] = start + length
    state.pieces.append(Piece(name, start, length))
    state.span = None


def _span(text: str) -> tuple[int, int | None]:
    """The length and offset that n[@o] gives. An offset of None means: right behind the range before it."""
    match = re.fullmatch(r"\s*(\d{1,15})(?:@(\d{1,15}))?\s*", text, re.ASCII)
    if not match:
        raise ManifestInvalid(f"“{text[:40]}” is no byte range.")
    return int(match[1]), int(match[2]) if match[2] else None


def _attributes(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(line.partition(":")[2])}


def _manifest(state: _State) -> Manifest:
    pieces = ([state.initial] if state.initial else []) + state.pieces
    suffix = state.pieces[0].name.rpartition(".")[2].lower()
    if state.initial or suffix in _FRAGMENTED:
        extension = "mp4"
    else:
        extension = suffix if suffix in VIDEO else "ts"
    return Manifest(tuple(pieces), names=unique([piece.name for piece in pieces]), extension=extension)
