"""An open upload session, and a way to send signed object requests for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from applications.models import Application
from cloudapi.cos.sessions import Session, begin_session
from media_jobs.uploads.services import Wanted
from tests.integration.cloudapi.cos.signing import as_header, q_sign


@pytest.fixture
def open_for(application: Application) -> Callable[..., Session]:
    def opened(**wanted: Any) -> Session:
        asked = Wanted(**{"name": "clip.mp4", "by_objects": True, **wanted})
        return begin_session(application=application, wanted=asked, door="api3")

    return opened


@pytest.fixture
def session(open_for: Callable[..., Session]) -> Session:
    return open_for(cover_type="png")


@dataclass
class Bucket:
    """Sends requests to the bucket's own host name, signed with the session's temporary key."""

    session: Session
    client: Client

    @property
    def host(self) -> str:
        return f"{self.session.bucket}.cos.{self.session.region}.myqcloud.com"

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        start: int = -60,
        end: int = 900,
    ) -> Any:
        items = q_sign(self.session.temporary_key, method=method, path=path, params=params, start=start, end=end)
        sent = {
            "Host": self.host,
            "Authorization": as_header(items),
            "x-cos-security-token": self.session.temporary_key.token,
            **(headers or {}),
        }
        return self.raw(method, path, body, params=params, headers=sent)

    def raw(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        query = f"?{urlencode(params)}" if params else ""
        address = quote(path) + query
        return self.client.generic(method, address, body, "application/octet-stream", headers=dict(headers or {}))


@pytest.fixture
def bucket(session: Session) -> Bucket:
    return Bucket(session, Client(raise_request_exception=True))
