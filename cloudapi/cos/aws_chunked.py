"""Bodies in aws-chunked form: the object's bytes in chunks, each perhaps signed, with checksums perhaps behind them.

    <size in hex>[;chunk-signature=<hex>] CRLF <bytes> CRLF … 0[;chunk-signature=<hex>] CRLF [<name>:<value> CRLF]… CRLF

What is read here are the bytes alone. Broken framing and wrong signatures raise ObjectRefused, so that nothing is kept.
"""

import re
from typing import Protocol

from cloudapi.cos.errors import ObjectRefused
from media_jobs.store.byte_source import ByteSource
from media_jobs.store.checksums import Checksum, begun

_BLOCK = 256 * 1024
_MOST_LINE, _MOST_TRAILERS = 4096, 20
_HEAD = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?", re.ASCII)
SIGNATURE = "x-amz-trailer-signature"


class Signer(Protocol):
    """Goes from one signature to the next; both raise ObjectRefused (SignatureDoesNotMatch)."""

    def check_chunk(self, sha256: str, *, signature: str) -> None: ...

    def check_trailer(self, sha256: str, *, signature: str) -> None: ...


class Dechunked:
    """The bytes within; `trailers`, names in lower case, once `read` has told the end by b""."""

    def __init__(self, source: ByteSource, *, signer: Signer | None, announced: frozenset[str]) -> None:
        """`announced` are the trailers that must come; others may not."""
        self._wire = _Wire(source)
        self._signer = signer
        self._announced = announced
        self._left = 0
        self._ended = False
        self._signature = ""
        self._sum: Checksum = begun("sha256")
        self.trailers: dict[str, str] = {}

    def read(self, size: int, /) -> bytes:
        pieces: list[bytes] = []
        wanted = size
        while wanted and not self._ended:
            if piece := self._piece(wanted):
                pieces.append(piece)
                wanted -= len(piece)
        return b"".join(pieces)

    def _piece(self, most: int) -> bytes:
        if not self._left and not self._begin_chunk():
            return b""
        piece = self._wire.some(min(most, self._left))
        self._left -= len(piece)
        if self._signer:
            self._sum.update(piece)
        if not self._left:
            self._end_chunk()
        return piece

    def _begin_chunk(self) -> bool:
        """False when that was the last one, with all that follows it."""
        found = _HEAD.fullmatch(self._wire.line())
        if found is None or (self._signer is not None) != (found[2] is not None):
            raise _broken("A chunk does not begin with its size, and its signature where chunks are signed.")
        self._left, self._signature = int(found[1], 16), (found[2] or b"").decode()
        self._sum = begun("sha256")
        if self._left:
            return True
        self._check_chunk()
        self._take_trailers()
        self._ended = True
        return False

    def _end_chunk(self) -> None:
        if self._wire.line():
            raise _broken("A chunk is longer than it says.")
        self._check_chunk()

    def _check_chunk(self) -> None:
        if self._signer:
            self._signer.check_chunk(self._sum.digest().hex(), signature=self._signature)

    def _take_trailers(self) -> None:
        signed = begun("sha256")
        for _ in range(_MOST_TRAILERS):
            line = self._wire.last_line()
            if not line:
                break
            name, _, value = line.decode("ascii", "replace").partition(":")
            name = name.strip().lower()
            if name not in self._announced | {SIGNATURE} or name in self.trailers:
                raise _broken("A trailer came that x-amz-trailer does not name, or came twice.")
            self.trailers[name] = value.strip()
            if name != SIGNATURE:
                signed.update(f"{name}:{value.strip()}\n".encode())
        if self._announced - self.trailers.keys() or not self._wire.is_at_end():
            raise _broken("A trailer that x-amz-trailer names is missing, or more came than that.")
        if self._signer and self._announced:
            self._signer.check_trailer(signed.digest().hex(), signature=self.trailers.get(SIGNATURE, ""))


class _Wire:
    """The body as it came, with lines in it."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._buffer = b""
        self._at = 0

    def some(self, most: int) -> bytes:
        """At least one byte. Raises ObjectRefused (IncompleteBody) at the end."""
        if self._at >= len(self._buffer) and not self._more():
            raise ObjectRefused("IncompleteBody", "The body ended within a chunk.")
        piece = self._buffer[self._at : self._at + most]
        self._at += len(piece)
        return piece

    def line(self) -> bytes:
        """Without its CRLF. Raises ObjectRefused (IncompleteBody)."""
        line = self._line()
        if line is None:
            raise ObjectRefused("IncompleteBody", "The body ended before its last chunk.")
        return line

    def last_line(self) -> bytes:
        """As `line`; b"" at the end, since some clients leave the last CRLF out."""
        return self._line() or b""

    def is_at_end(self) -> bool:
        return self._at >= len(self._buffer) and not self._more()

    def _line(self) -> bytes | None:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > _MOST_LINE:
                raise _broken("A line between chunks is too long.")
            if not self._more():
                return None
        line = self._buffer[self._at : end]
        self._at = end + 1
        return line.removesuffix(b"\r")

    def _more(self) -> bool:
        block = self._source.read(_BLOCK)
        self._buffer, self._at = self._buffer[self._at :] + block, 0
        return bool(block)


def _broken(why: str) -> ObjectRefused:
    return ObjectRefused("InvalidRequest", f"The body is not in aws-chunked form. {why}")
