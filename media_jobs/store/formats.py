"""File types that may be uploaded (docs/protocol 6, "Upload formats") and the names that media get from files."""

import unicodedata
from pathlib import PurePosixPath

from applications.errors import InvalidValue

_THE_CLOUDS = (
    *("3gp", "asf", "asx", "avi", "dat", "f4v", "flv", "m4v", "mkv", "mov", "mp4", "mp4v", "mpe", "mpeg", "mpg", "mxf"),
    *("ogg", "qt", "ram", "rm", "rmvb", "ts", "vob", "webm", "wm", "wmv"),
)
# The same containers by the names that camcorders, telephones, recorders and older programs give them; and streams
# without one.
_BESIDE_THEM = (
    *("3g2", "3gp2", "3gpp", "apng", "divx", "dv", "gif", "ivf", "lrv", "m2p", "m2t", "m2ts", "mk3d", "mod", "mts"),
    *("nut", "ogm", "ogv", "tod", "tp", "trp", "264", "265", "h264", "h265", "hevc", "m1v", "m2v", "mjpeg", "mjpg"),
)
VIDEO = frozenset({*_THE_CLOUDS, *_BESIDE_THEM})
AUDIO = frozenset(["mp3", "m4a", "flac", "ogg", "wav", "ra", "aac", "amr"])
MANIFESTS = frozenset({"m3u8", "mpd"})
COVERS = frozenset(["jpg", "jpeg", "png", "gif", "bmp", "tiff", "ai", "cdr", "eps", "tif", "heif"])
MAX_NAME = 255

CONTENT_TYPES = {
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "apng": "image/apng",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "vtt": "text/vtt",
    "bmp": "image/bmp",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "ts": "video/mp2t",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "wmv": "video/x-ms-wmv",
    "m2ts": "video/mp2t",
    "mts": "video/mp2t",
    "ogg": "video/ogg",
    "ogv": "video/ogg",
    "3gp": "video/3gpp",
}


def split_name(file_name: str, *, media_type: str = "", manifests: bool = False) -> tuple[str, str]:
    """(media name, extension in lower case) of a file name from outside, made safe to store and to show.

    Raises InvalidValue when neither the name nor `media_type` tells an accepted type; HLS and DASH manifests are such
    only where their segments can come along.
    """
    plain = PurePosixPath(file_name.replace("\\", "/")).name
    plain = "".join(c for c in unicodedata.normalize("NFC", plain) if unicodedata.category(c)[0] != "C")
    stem, dot, suffix = plain.rpartition(".")
    extension = (media_type or suffix).lower().lstrip(".")
    if extension not in VIDEO | AUDIO | (MANIFESTS if manifests else frozenset()):
        raise InvalidValue(_not_taken(plain or "The file", extension[:20]), field="name")
    name = stem if dot and suffix.lower() == extension else plain
    return (name or "untitled")[:MAX_NAME], extension


def _not_taken(file: str, kind: str) -> str:
    known = "mp4, mov, mkv, webm, avi, flv, ts, mpg, wmv, gif"
    if kind:
        return f"“{file}” is not of a type that can be uploaded (it is “{kind}”, and not {known}, …)."
    return f"“{file}” is not of a type that can be uploaded ({known}, …)."


def check_cover_type(extension: str) -> str:
    """In lower case; "" stays "". Raises InvalidValue for what is no picture."""
    plain = extension.lower().lstrip(".")
    if plain and plain not in COVERS:
        raise InvalidValue("A cover is a picture: jpg, png, gif, bmp, …", field="cover_type")
    return plain


def content_type(extension: str) -> str:
    """For serving: only types that a browser plays or shows; anything else is a plain download."""
    return CONTENT_TYPES.get(extension, "application/octet-stream")
