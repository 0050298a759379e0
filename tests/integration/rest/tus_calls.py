"""The requests of a tus client, one function each."""

import base64
import hashlib
from typing import Any

from tests.integration.rest.conftest import Api

DATA = bytes(range(256)) * 40
BYTES = "application/offset+octet-stream"


class Bytes:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int, /) -> bytes:
        piece, self.data = self.data[:size], self.data[size:]
        return piece


def ask(api: Api, method: str, path: str, body: bytes = b"", **headers: Any) -> Any:
    given = {"Tus-Resumable": "1.0.0", **headers}
    return api(method, path, body, **{name: value for name, value in given.items() if value is not None})


def create(api: Api, body: bytes = b"", *, path: str = "uploads", **headers: Any) -> Any:
    given = {"Upload-Length": str(len(DATA)), "Upload-Metadata": upload_metadata(filename="clip.mp4"), **headers}
    return ask(api, "POST", path, body, **given)


def begin(api: Api, **metadata: str) -> str:
    answer = create(api, **{"Upload-Metadata": upload_metadata(filename="clip.mp4", **metadata)})
    assert answer.status_code == 201, answer.content
    return location_of(answer)


def location_of(answer: Any) -> str:
    return str(answer["Location"].removeprefix("/api/v1/"))


def head(api: Api, location: str) -> Any:
    return ask(api, "HEAD", location)


def send(
    api: Api,
    location: str,
    data: bytes,
    *,
    offset: int | str | None,
    checksum: str | None = None,
    content_type: str = BYTES,
    **headers: str,
) -> Any:
    numbers = {"Upload-Offset": None if offset is None else str(offset), "Upload-Checksum": checksum}
    return ask(api, "PATCH", location, data, content_type=content_type, **numbers, **headers)


def checksum_of(algorithm: str, data: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def upload_metadata(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())
