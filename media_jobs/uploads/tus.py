"""The resumable upload protocol tus 1.0.0 (tus.io/protocols/resumable-upload): its headers, read and written."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import http_date

from applications.errors import InvalidValue, Refused
from applications.unknown_names import once, unknown
from applications.whole_numbers import whole
from media_jobs.models import PARTIAL, Upload
from media_jobs.store.byte_source import ByteSource
from media_jobs.uploads.incoming import WrongContentType

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,concatenation,termination,expiration,checksum"
ALGORITHMS = ("sha1", "sha256")
CONTENT_TYPE = "application/offset+octet-stream"
_MOST = 10**18 - 1
_HEADERS = (
    *("Tus-Resumable", "Upload-Length", "Upload-Defer-Length", "Upload-Metadata", "Upload-Offset"),
    *("Upload-Concat", "Upload-Checksum"),
)
_OWN = ("upload-", "tus-")


class UnsupportedVersion(Refused):
    status = 412
    title = "Another version of the tus protocol"


class ChecksumMismatch(Refused):
    """The bytes of this request were thrown away; the offset is where it was before."""

    status = 460
    title = "Checksum mismatch"


class Checksummed:
    """A body whose sender gave a checksum: once it was read, `holds` tells whether it is what was sent."""

    def __init__(self, source: ByteSource, *, algorithm: str, expected: bytes) -> None:
        self._source = source
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._expected = expected

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self._digest.update(data)
        return data

    def holds(self) -> bool:
        return hmac.compare_digest(self._digest.digest(), self._expected)


def capabilities() -> dict[str, str]:
    """What OPTIONS answers."""
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.ZOETROPE_MAX_UPLOAD_BYTES),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def state(upload: Upload) -> dict[str, str]:
    """How far an upload is, and until when it can go on."""
    headers = {"Upload-Offset": str(upload.offset), "Upload-Expires": http_date(upload.expires_at.timestamp())}
    if upload.length is None:
        headers["Upload-Defer-Length"] = "1"
    else:
        headers["Upload-Length"] = str(upload.length)
    if upload.concat:
        headers["Upload-Concat"] = upload.concat
    if upload.media is not None:
        headers["Zoetrope-File-Id"] = upload.media.file_id
    return headers


def check_version(headers: Mapping[str, str]) -> None:
    if headers.get("Tus-Resumable") != VERSION:
        raise UnsupportedVersion(f"Send the header Tus-Resumable: {VERSION}.")


def strangers(headers: Mapping[str, str]) -> Iterator[InvalidValue]:
    """Headers that look like the protocol's and aren't: what a misspelt one asks for wouldn't happen."""
    known = {name.lower() for name in _HEADERS}
    given = [name for name in headers if name.lower().startswith(_OWN) and name.lower() not in known]
    for name, sentence in unknown(given, known=_HEADERS).items():
        yield InvalidValue(sentence, field=name)


def check_content_type(headers: Mapping[str, str]) -> None:
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise WrongContentType(f"The bytes of an upload are sent with Content-Type: {CONTENT_TYPE}.")


def number(headers: Mapping[str, str], name: str) -> int:
    """A header that counts bytes."""
    size = whole(headers.get(name, ""), most=_MOST)
    if size is None:
        raise InvalidValue(f"{name} must be a number of bytes.", field=name)
    return size


def length(headers: Mapping[str, str]) -> int:
    """Upload-Length. An empty file is refused: no video is in it."""
    size = number(headers, "Upload-Length")
    if size == 0:
        raise InvalidValue("The file is empty (0 bytes).", field="Upload-Length")
    return size


def length_or_deferred(headers: Mapping[str, str]) -> int | None:
    """Upload-Length of a new upload, None for Upload-Defer-Length: 1."""
    return None if headers.get("Upload-Defer-Length") == "1" else length(headers)


def pieces(headers: Mapping[str, str]) -> list[str]:
    """Ids of the uploads that Upload-Concat puts together, by their addresses' ends; [] for none."""
    kind, _, addresses = headers.get("Upload-Concat", "").partition(";")
    if kind not in ("", PARTIAL, "final") or (kind == "final") != bool(addresses.strip()):
        raise InvalidValue("Upload-Concat is “partial”, or “final;” and the pieces' addresses.", field="Upload-Concat")
    return [urlsplit(address).path.rpartition("/")[2] for address in addresses.split()]


def metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """Upload-Metadata decoded: names to text; a name without a value means ""."""
    pairs = [pair.split() for pair in headers.get("Upload-Metadata", "").split(",") if pair.strip()]
    try:
        return once([_pair(parts) for parts in pairs])
    except ValueError as error:
        raise InvalidValue(str(error), field="Upload-Metadata") from None


def checksum(headers: Mapping[str, str]) -> tuple[str, bytes] | None:
    """Upload-Checksum: the algorithm and the digest; None when the client sent none."""
    if "Upload-Checksum" not in headers:
        return None
    algorithm, _, value = headers["Upload-Checksum"].partition(" ")
    if algorithm not in ALGORITHMS:
        raise InvalidValue(f"A checksum is of {' or '.join(ALGORITHMS)}.", field="Upload-Checksum")
    return algorithm, _base64(value, header="Upload-Checksum")


def checksummed(headers: Mapping[str, str], source: ByteSource) -> Checksummed | None:
    """`source` with the checksum of this request; None without one."""
    told = checksum(headers)
    return Checksummed(source, algorithm=told[0], expected=told[1]) if told else None


def _pair(parts: list[str]) -> tuple[str, str]:
    if len(parts) > 2:
        raise InvalidValue("Upload-Metadata is a list of: name, space, value in base64.", field="Upload-Metadata")
    try:
        return parts[0], _base64("".join(parts[1:]), header="Upload-Metadata").decode()
    except UnicodeDecodeError:
        raise InvalidValue(f"The metadata {parts[0]} is not UTF-8 text.", field="Upload-Metadata") from None


def _base64(text: str, *, header: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError:
        raise InvalidValue(f"{header} holds a value that is not base64.", field=header) from None
