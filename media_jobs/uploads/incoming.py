"""The body of a request as a stream, whether its length was declared or it comes in chunks."""

from typing import BinaryIO

from django.http import HttpRequest, UnreadablePostError

from applications.errors import Refused
from applications.whole_numbers import LARGEST, at_most
from media_jobs.store.byte_source import ByteSource


class WrongContentType(Refused):
    status = 415
    title = "Another content type is needed"


def declared_length(request: HttpRequest) -> int | None:
    """Content-Length in bytes, None when the client sent none: a chunked body, or no body at all."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return at_most(text, LARGEST) if text.isascii() and text.isdecimal() else None


def has_body(request: HttpRequest) -> bool:
    return bool(declared_length(request)) or _is_chunked(request)


def body_of(request: HttpRequest) -> ByteSource:
    """Unread bytes of the body. Its `read` raises UnreadablePostError when the client breaks off or sends nonsense."""
    if _is_chunked(request):
        return _Chunked(request.META["wsgi.input"])
    return request


def _is_chunked(request: HttpRequest) -> bool:
    """Only where the server marks the end of the body itself; elsewhere reading on would wait for ever."""
    ends = request.META.get("wsgi.input_terminated", False)
    return declared_length(request) is None and "HTTP_TRANSFER_ENCODING" in request.META and bool(ends)


class _Chunked:
    """Django shows a body without Content-Length as empty; the server behind it knows where the chunks end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as error:  # each server has its own classes for malformed chunks
            raise UnreadablePostError(str(error)) from error
