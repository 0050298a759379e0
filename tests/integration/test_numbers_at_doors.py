"""Numbers that were once believed at a door and answered with 500: each by its symptom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from applications.whole_numbers import LARGEST, at_most, whole
from media_jobs.models import Media
from media_jobs.uploads.incoming import declared_length
from tests.integration.cloudapi.v3.signing import Signed, code

pytestmark = pytest.mark.django_db
GREAT = "9" * 4300
GREATER = "9" * 5000


@pytest.fixture
def get(owner: User, application: Application) -> Callable[..., Any]:
    client = Client(raise_request_exception=False)
    bearer = f"Bearer {issue_access_token(user=owner, application=application)[1]}"
    return lambda path, **headers: client.get(path, headers={"Authorization": bearer, **headers})


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), (str(LARGEST), LARGEST), (str(LARGEST + 1), None), ("0" * 9000 + "1", 1), (GREATER, None)]
    + [(text, None) for text in ("", "-1", "+1", "1.0", " 1", "٣", "²", "1_0", "0x1", "nan")],
)
def test_a_whole_number_is_ascii_digits_that_a_store_can_hold(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_a_range_of_thousands_of_digits_is_a_range(uploaded: Media, get: Callable[..., Any]) -> None:
    url, size = f"/media/{uploaded.storage_key}", uploaded.size
    assert at_most(GREATER, size) == size
    for digits in (GREAT, GREATER):
        assert get(url, Range=f"bytes=0-{digits}").status_code == 200
        assert get(url, Range=f"bytes=1-{digits}")["Content-Range"] == f"bytes 1-{size - 1}/{size}"
        assert get(url, Range=f"bytes=-{digits}").status_code == 200
        assert get(url, Range=f"bytes={digits}-").status_code == 416
        assert get(url, Range=f"bytes={digits}-{digits}").status_code == 416


@pytest.mark.parametrize("number", ["1" + "0" * 23, str(2**63), GREATER, "1e400", "٣"])
def test_a_class_beyond_every_store_is_refused_or_holds_nothing(get: Callable[..., Any], number: str) -> None:
    answer = get(f"/api/v1/media?class_id={number}")
    assert answer.status_code == 400 or answer.json()["count"] == 0


def test_an_application_of_five_thousand_digits_is_unknown(
    client: Client, owner: User, application: Application
) -> None:
    client.force_login(owner)
    assert client.get(f"/api/v1/media?application={GREATER}").status_code == 404
    assert client.get(f"/app/{GREATER}/vod/media").status_code == 404
    assert client.get(f"/media/{GREATER}/1/2/3.gif").status_code == 404
    assert client.get(f"/app/1500000001/vod/video-process/template/{GREATER}").status_code == 404
    assert client.get(f"/app/1500000001/vod/video-process/taskflow/{2**63}").status_code == 404
    assert client.post(f"/app/1500000001/vod/cam/capi/keys/{GREATER}/delete").status_code == 404


def test_a_content_length_of_thousands_of_digits_is_none(get: Callable[..., Any]) -> None:
    request = type("Request", (), {"META": {"CONTENT_LENGTH": GREATER}})()
    assert declared_length(request) == LARGEST


@pytest.mark.parametrize("host", ["xn--127", "xn--127:80", "xn--", "xn--a.xn--127", "..", "a..b", "a" * 300])
def test_a_host_that_no_name_can_be_is_refused(client: Client, api_key: ApiKey, host: str) -> None:
    client.raise_request_exception = False
    for path in ("/", "/api/v1/me", "/login", "/?Action=DescribeTasks", "/vod-1500000001/x", "/livez"):
        assert client.get(path, headers={"Host": host}).status_code < 500, path
    assert code(Signed(api_key.secret_id, api_key.secret_key).send(client, Host=host)) not in ("", "InternalError")


@pytest.mark.parametrize("url", ["http://xn--127/a.mp4", "http://x..y:8080/a.mp4", f"http://{'a' * 64}.com/a.mp4"])
def test_a_pull_from_a_host_that_no_name_can_be_is_refused(
    client: Client, owner: User, application: Application, url: str
) -> None:
    client.raise_request_exception = False
    headers = {"Authorization": f"Bearer {issue_access_token(user=owner, application=application)[1]}"}
    for body in ({"url": url}, {"url": "http://example.com/a.mp4", "cover_url": url}):
        answer = client.post("/api/v1/pulls", body, content_type="application/json", headers=headers)
        assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("target", ["*", "http:", "", "x", "//"])
def test_a_target_that_is_no_path_is_answered(client: Client, target: str) -> None:
    client.raise_request_exception = False
    assert client.generic("OPTIONS", "/", PATH_INFO=target).status_code < 500
