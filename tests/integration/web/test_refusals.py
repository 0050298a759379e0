"""Who comes when there is too much to do is told so in his door's own words."""

import io
import json
from typing import Any

import pytest

from config.web.call import Answer, environ_of
from config.web.refusals import refusal_of


def _refused(path: str, *, host: str = "localhost", method: str = "POST", **headers: str) -> Answer:
    pairs = [
        (b"host", host.encode()),
        *((name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()),
    ]
    scope: dict[str, Any] = {
        "method": method, "raw_path": path.encode(), "query_string": b"", "http_version": "1.1", "headers": pairs,
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 4000),
    }  # fmt: skip
    return refusal_of(environ_of(scope, io.BytesIO(b"")))


def _body(answer: Answer) -> bytes:
    assert isinstance(answer.body, bytes)
    return answer.body


def test_the_api_says_what_sdks_retry() -> None:
    answer = _refused("/", x_tc_action="DescribeTasks")
    assert answer.status == 200
    assert json.loads(_body(answer))["Response"]["Error"]["Code"] == "RequestLimitExceeded"


def test_object_uploads_are_told_to_slow_down() -> None:
    answer = _refused("/1/2/v.mp4", host="vod-1500000001.cos.ap-guangzhou.myqcloud.com", method="PUT")
    assert answer.status == 503
    assert b"<Code>SlowDown</Code>" in _body(answer)


@pytest.mark.parametrize("path", ["/v3/index.php", "/api/v1/media", "/login"])
def test_everybody_else_gets_503_and_when_to_come_again(path: str) -> None:
    answer = _refused(path, method="GET")
    assert answer.status == 503
    assert (b"Retry-After", b"1") in answer.headers
