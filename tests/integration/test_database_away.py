"""A database that is away is told as such at every door, in the door's own words: come back in a moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from applications.models import ApiKey, User
from applications.services.keys import issue_access_token
from cloudapi.cos.sessions import Session
from tests.integration.cloudapi.cos.conftest import Bucket, open_for, session  # noqa: F401  fixtures
from tests.integration.cloudapi.ugc.conftest import signature  # noqa: F401  a fixture
from tests.integration.cloudapi.v3.signing import Signed, code
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[OperationalError, InterfaceError])
def away(request: pytest.FixtureRequest) -> Callable[[], Any]:
    def refuse(*_: object) -> None:
        raise request.param("server closed the connection unexpectedly")

    @contextmanager
    def gone() -> Iterator[None]:
        with connection.execute_wrapper(refuse):
            yield

    return gone


def _browser() -> Client:
    return Client(raise_request_exception=False)


def test_rest_tells_of_a_problem_and_when_to_come_back(api_key: ApiKey, away: Callable[[], Any]) -> None:
    token = issue_access_token(user=api_key.user, application=api_key.application)[1]
    with away():
        answer = Api(token, _browser())("GET", "media")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert int(answer["Retry-After"]) > 0
    assert "database" in answer.json()["detail"]


def test_a_page_says_it_in_words(owner: User, away: Callable[[], Any]) -> None:
    browser = _browser()
    browser.force_login(owner)
    with away():
        answer = browser.get("/media")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"Back in a moment" in answer.content


def test_that_page_speaks_the_browsers_language(owner: User, away: Callable[[], Any]) -> None:
    browser = _browser()
    browser.force_login(owner)
    with away():
        answer = browser.get("/vod/media", headers={"Accept-Language": "ko"})
    assert answer.status_code == 503
    assert '<html lang="ko">' in answer.content.decode()
    assert b"Back in a moment" not in answer.content


def test_api_3_answers_service_unavailable(api_key: ApiKey, away: Callable[[], Any]) -> None:
    with away():
        answer = Signed(api_key.secret_id, api_key.secret_key, action="DescribeMediaInfos").send(_browser())
    assert code(answer) == "ServiceUnavailable"


def test_object_upload_answers_what_its_sdks_repeat(session: Session, away: Callable[[], Any]) -> None:  # noqa: F811
    bucket = Bucket(session, _browser())
    with away():
        answer = bucket.send("PUT", "/media.mp4", b"bytes")
    assert (answer.status_code, b"ServiceUnavailable" in answer.content) == (503, True)
    assert int(answer["Retry-After"]) > 0


def test_client_upload_says_it_in_its_envelope(signature: Callable[..., str], away: Callable[[], Any]) -> None:  # noqa: F811
    body, headers = {"signature": signature(), "videoType": "mp4"}, {"Host": "vod2.qcloud.com"}
    with away():
        answer = _browser().post(
            "/v3/index.php?Action=ApplyUploadUGC", body, content_type="application/json", headers=headers
        )
    assert (answer.status_code, answer.json()["code"]) == (200, 503)
