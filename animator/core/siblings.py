"""Files that are made beside a picture, of the same pictures at the same moments: for those who can show more, or less.

What a template asks for is written as names with commas between: "mp4,webm,poster".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

# Stills of one moment: a JPEG, which all show, and a WebP, which is smaller and may be transparent.
POSTER, POSTER_WEBP = "poster", "poster-webp"
POSTERS = (POSTER, POSTER_WEBP)
# Each with the suffix of its file; two, where another kind has the one already.
SUFFIXES = {
    "webp": "webp",
    "gif": "gif",
    "avif": "avif",
    "apng": "apng",
    "mp4": "mp4",
    "webm": "webm",
    POSTER: "jpg",
    POSTER_WEBP: "poster.webp",
}
ON_WHITE = "An MP4 or AVIF made here has no transparency: it is shown on white."


class Sibling(NamedTuple):
    """One such file as written.

    Fields:
        kind: a name of SUFFIXES
        width, height: pixels
        frames: pictures in the file
        duration: seconds; 0 for a poster
        size: bytes
        md5: in hex
        score: as a Result's; None for a poster, too
    """

    kind: str
    width: int
    height: int
    frames: int
    duration: float
    size: int
    md5: str
    score: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Sibling":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        whole = ("width", "height", "frames", "size")
        told = values["score"]
        return cls(
            kind=str(values["kind"]),
            md5=str(values["md5"]),
            duration=float(values["duration"]),
            score=None if told is None else {name: float(told[name]) for name in ("mean", "worst", "worst_at")},
            **{name: int(values[name]) for name in whole},
        )


class Beside(NamedTuple):
    """What was made beside a picture, and what a person should know of it."""

    made: tuple[Sibling, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"made": [one.as_dict() for one in self.made], "notes": self.notes}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Beside":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        notes = tuple(str(note) for note in values["notes"])
        return cls(tuple(Sibling.from_dict(one) for one in values["made"]), notes)

    def within(self, most: int) -> "Beside":
        """Without those of more bytes, which the notes tell of."""
        too_large = [one for one in self.made if one.size > most]
        notes = (
            f"Without the {one.kind}: it would have {one.size:,} bytes, and the source has {most:,}."
            for one in too_large
        )
        return Beside(tuple(one for one in self.made if one.size <= most), (*self.notes, *notes))


def about(note: str) -> set[str]:
    """The kinds that a note of a picture is about; none when it is about the picture."""
    if note == ON_WHITE:
        return {"mp4", "avif"}
    return {kind for kind in SUFFIXES if is_left_out(kind, [note])}


def is_left_out(kind: str, notes: Sequence[str]) -> bool:
    """Whether it is larger than it may be: such notes begin as `Beside.within` writes them."""
    return any(note.startswith(f"Without the {kind}: ") for note in notes)


def named(siblings: str) -> tuple[str, ...]:
    """In the order in which they were asked for."""
    return tuple(name.strip() for name in siblings.split(",")) if siblings else ()


def mistake_of(siblings: str, *, picture: str) -> str:
    """Why they can't be made beside a picture of this format, in a sentence; "" when they can."""
    names = named(siblings)
    if not set(names) <= SUFFIXES.keys() or len(set(names)) != len(names):
        return f"Name each of {', '.join(SUFFIXES)} once at most, with commas between."
    if picture in names:
        return f"The picture itself is the {picture}: name what is made beside it."
    return ""


def sibling_paths(target: Path, siblings: str) -> dict[str, Path]:
    """Where each is written: beside the picture, with a suffix of its own, or two."""
    return {kind: target.with_suffix(f".{SUFFIXES[kind]}") for kind in named(siblings)}
