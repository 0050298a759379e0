"""One request as WSGI has it, and the application's answer to it, ready to be sent by somebody else."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from django.http.response import HttpResponseBase

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_BLOCK = 256 * 1024


class Body(Protocol):
    def read(self, size: int | None = -1, /) -> bytes: ...


class Pieces(Protocol):
    """Bytes of an answer, a piece at a time: `read` gives b"" at the end."""

    def read(self) -> bytes: ...

    def close(self) -> None: ...


class HeaderName(bytes):
    """Is sent as it was written, and known in any case; uvicorn would send `etag`.

    Names have no case, but the object storage's SDK for Python gives its answers' headers as a plain dictionary, in
    which programs look for `ETag` and `Content-Length`.
    """

    def lower(self) -> "HeaderName":
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and bytes.lower(self) == bytes.lower(other)

    def __hash__(self) -> int:
        return hash(bytes.lower(self))


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is all of it, or what it is to be read from."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | Pieces


class FilePieces:
    """What a server offers as wsgi.file_wrapper: it comes back as it was given, and nothing was read yet."""

    def __init__(self, file: Any, block_size: int = _BLOCK) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read():
            yield block

    def read(self) -> bytes:
        data: bytes = self._file.read(_BLOCK)
        return data

    def close(self) -> None:
        self._file.close()


class _Streamed:
    """An answer that its view makes piece by piece."""

    def __init__(self, response: Iterable[bytes]) -> None:
        self._response = response
        self._pieces = iter(response)

    def read(self) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")

    def close(self) -> None:
        _close(self._response)


def environ_of(scope: Any, body: Body) -> Environ:
    """PEP 3333. Of names that would be one in it, those with an underscore are left out: proxies vouch for others."""
    headers = _headers(scope["headers"])
    host, port = scope["server"] or ("localhost", 0)
    client_host, client_port = scope["client"] or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "REMOTE_ADDR": client_host,
        "REMOTE_PORT": str(client_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FilePieces,
    }
    environ.update(headers)
    return environ


def answer_of(application: Application, environ: Environ) -> Answer:
    """Everything that needs the application's thread is done when this returns."""
    began: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        told = [(HeaderName(name.encode("latin-1")), value.encode("latin-1")) for name, value in headers]
        began[:] = [int(status[:3]), told]

    response = application(environ, start_response)
    body = _body(response)
    return Answer(began[0], began[1], body)


def _body(response: Iterable[bytes]) -> bytes | Pieces:
    if isinstance(response, FilePieces):
        return response
    if isinstance(response, HttpResponseBase) and response.streaming:
        return _Streamed(response)
    try:
        return b"".join(response)
    finally:
        _close(response)


def _close(response: Iterable[bytes]) -> None:
    close = getattr(response, "close", None)
    if close is not None:
        close()


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Environ:
    found: Environ = {}
    for raw, value in pairs:
        if b"_" in raw:
            continue
        name = raw.decode("latin-1").replace("-", "_").upper()
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        text = value.decode("latin-1")
        if name in found:
            text = found[name] + ("; " if name == "HTTP_COOKIE" else ",") + text
        found[name] = text
    return found
