"""A page's signatures, and a way to send what the page's SDK sends."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def signature(api_key: ApiKey) -> Callable[..., str]:
    def made(*, now: float = 0, life: int = 3600, **fields: str | int) -> str:
        required = fresh_fields(secret_id=api_key.secret_id, now=now or time.time(), life=life)
        return sign({**required, **fields}, secret_key=api_key.secret_key)

    return made


@pytest.fixture
def call(signature: Callable[..., str]) -> Call:
    """`call("Apply", videoType="mp4")` signs and sends; `signature=` overrides."""

    def send(action: str, **body: object) -> dict[str, Any]:
        body = {"signature": signature(), **body}
        answer = Client(headers={"Host": "vod2.qcloud.com"}).post(
            f"/v3/index.php?Action={action}UploadUGC", body, content_type="application/json"
        )
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == "*"
        return dict(answer.json())

    return send
