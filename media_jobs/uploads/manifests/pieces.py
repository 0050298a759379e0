"""What a manifest comes down to."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from applications.errors import InvalidValue

MAX_PIECES = 20_000
MAX_PIECES_OF_ALL = 100_000  # of all streams of a presentation together
MAX_NAME = 200


class ManifestInvalid(InvalidValue):
    """It can't be read, or needs something that joining files can't give (keys, live templates, other hosts)."""


class MasterPlaylist(ManifestInvalid):
    """A playlist of playlists: one of those that it names is wanted instead."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file: `length` of them from `start` on, or all up to its end when `length` is None.

    `name` is a relative path below the manifest's folder.
    """

    name: str
    start: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says: the `pieces` to join, in order, and the `extension` of the file that they become.

    `names` are all files that the manifest refers to.
    """

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]
    extension: str


def safe_name(uri: str) -> str:
    """A URI of a manifest as a relative path that stays below the manifest's folder. Raises ManifestInvalid."""
    name = unquote(re.split(r"[?#]", uri.strip(), maxsplit=1)[0])
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or re.search(r"[\\\x00-\x1f\x7f:]", name):
        raise ManifestInvalid(f"“{uri[:80]}” does not name a file beside the manifest.")
    if len(str(path)) > MAX_NAME or not str(path).isprintable():
        raise ManifestInvalid(f"“{uri[:80]}” is too long or holds characters that can't be printed.")
    return str(path)


def unique(names: "list[str]") -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
