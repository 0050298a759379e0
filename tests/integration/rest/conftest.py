"""Callers of the REST API: each a test client that shows an access token."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from applications.models import Application, User
from applications.rest.calling import PerCallerThrottle
from applications.services.keys import issue_access_token
from tests.faults.instance import Instance


@dataclass
class Api:
    """Sends JSON to /api/v1/<path> as the bearer of `token`; "" for nobody."""

    token: str = ""
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = headers.pop("content_type", "application/json")
        return self.client.generic(  # CONTENT_TYPE: the client leaves it out of a request without a body
            method, f"/api/v1/{path}", data, content_type, headers=headers, CONTENT_TYPE=content_type
        )

    def get(self, path: str) -> Any:
        """The answer's JSON; it must be 200."""
        answer = self("GET", path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any = None, *, status: int = 201) -> Any:
        answer = self("POST", path, body)
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture(autouse=True)
def no_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test asks faster than any client; the one about the limit sets its own."""
    cache.clear()
    monkeypatch.setattr(PerCallerThrottle, "THROTTLE_RATES", {"caller": None})


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The real thing, web server and worker, for whoever speaks HTTP by other means than Django's test client."""
    environment = {
        "ZOETROPE_UPLOAD_REDIRECTS": "https://shop.example,http://shop.example:8080",
        "ZOETROPE_STOP_GRACE_SECONDS": "1",
    }
    instance = Instance(tmp_path_factory.mktemp("served"), **environment)
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture
def as_owner(owner: User, application: Application) -> Api:
    return Api(issue_access_token(user=owner, application=application)[1])


@pytest.fixture
def as_operator(operator: User, application: Application) -> Api:
    return Api(issue_access_token(user=operator, application=application)[1])


@pytest.fixture
def as_viewer(viewer: User, application: Application) -> Api:
    return Api(issue_access_token(user=viewer, application=application)[1])


@pytest.fixture
def as_stranger(stranger: User, other_application: Application) -> Api:
    return Api(issue_access_token(user=stranger, application=other_application)[1])


@pytest.fixture
def nobody(db: None) -> Api:
    return Api()
