"""The body of a request as a stream, whether its length was declared or it comes in chunks."""

from typing import BinaryIO, cast

from django.http import HttpRequest, UnreadablePostError


def declared_length(request: HttpRequest) -> int | None:
    """Content-Length in bytes, None when the client sent none (a chunked body)."""
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


def body_of(request: HttpRequest) -> BinaryIO:
    """Unread bytes of the body. Its `read` raises UnreadablePostError when the client breaks off or sends nonsense."""
    if declared_length(request) is None and request.META.get("wsgi.input_terminated"):
        return cast(BinaryIO, _Chunked(request.META["wsgi.input"]))
    return cast(BinaryIO, request)


class _Chunked:
    """Django shows a body without Content-Length as empty; the server behind it knows where the chunks end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except Exception as error:  # each server has its own classes for malformed chunks
            raise UnreadablePostError(str(error)) from error
