"""Every answer is the envelope, whatever goes wrong before an action is reached (docs/protocol 1.1, 1.5)."""

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey
from cloudapi.v3 import dispatch
from cloudapi.v3.request import MAX_BODY, MAX_FORM, MAX_QUERY
from tests.integration.cloudapi.v3.signing import FORM, JSON, Signed, code, opened, send_form, sent, v1_parameters

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(api_key: ApiKey) -> Callable[..., Signed]:
    return lambda **parts: Signed(api_key.secret_id, api_key.secret_key, **parts)


def test_success_and_failure_have_the_same_envelope(signed: Callable[..., Signed], client: Client) -> None:
    good, bad = signed().send(client), signed(action="Nothing").send(client)
    assert good.keys() == {"StorageRegionInfos", "RequestId"}
    assert bad.keys() == {"Error", "RequestId"}
    assert bad["Error"].keys() == {"Code", "Message"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_unsupported(signed: Callable[..., Signed], client: Client, method: str) -> None:
    answer = client.generic(method, "/", b"{}", content_type=JSON, headers=signed().headers())
    assert code(opened(answer)) == "UnsupportedProtocol"


def test_a_path_in_the_endpoint_is_explained(signed: Callable[..., Signed], client: Client) -> None:
    answer = opened(client.generic("POST", "/api/", b"{}", content_type=JSON, headers=signed().headers()))
    assert code(answer) == "InvalidRequest"
    assert "path /" in answer["Error"]["Message"]


@pytest.mark.parametrize("path", ["/login", "/vod/media", "/app/1500000001/vod/media/upload", "/index.php", "/v2/?x=1"])
def test_a_request_that_is_sent_to_a_page_is_answered_by_the_api(path: str, api_key: ApiKey) -> None:
    """Each way of asking: by header, by signature alone, as a form, as a form labelled JSON, as JSON, by query."""
    form = urlencode(v1_parameters(api_key.secret_id, api_key.secret_key)).encode()
    ways: list[tuple[bytes, str, dict[str, str]]] = [
        (b"{}", JSON, {"X-TC-Action": "DescribeTasks"}),
        (b"{}", JSON, {"Authorization": "TC3-HMAC-SHA256 Credential=x"}),
        (form, FORM, {}),
        (form, JSON, {}),
        (b'{"Version": "2018-07-17", "Action": "DescribeTasks"}', JSON, {}),
    ]
    browser = Client(enforce_csrf_checks=True)
    for body, kind, headers in ways:
        answer = opened(browser.post(path, body, content_type=kind, headers=headers))
        assert code(answer) == "InvalidRequest" and "path /" in answer["Error"]["Message"], (body, headers)
    asked = browser.post(f"{path}{'&' if '?' in path else '?'}Action=DescribeTasks", b"", content_type="text/plain")
    assert code(opened(asked)) == "InvalidRequest"


def test_a_form_of_the_console_is_still_the_consoles() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login", {"username": "&Action=x", "password": "Action=y"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_a_scheme_in_the_endpoint_is_explained(signed: Callable[..., Signed], client: Client) -> None:
    answer = signed(host="http://127.0.0.1:18080").send(client)
    assert code(answer) == "InvalidRequest"
    assert "protocol" in answer["Error"]["Message"]


def test_a_host_that_nobody_allowed_is_refused_in_the_envelope(signed: Callable[..., Signed], client: Client) -> None:
    assert code(signed(host="evil.example").send(client)) == "InvalidRequest"


def test_the_clouds_own_host_names_are_the_apis_alone(
    signed: Callable[..., Signed], client: Client, settings: LazySettings
) -> None:
    assert code(signed(host="vod.ap-guangzhou.tencentcloudapi.com").send(client)) == ""
    stray = client.get("/anything", headers={"Host": "vod.tencentcloudapi.com"})
    assert code(opened(stray)) == "InvalidRequest"
    settings.ZOETROPE_API_HOSTS = []
    assert code(signed(host="vod.tencentcloudapi.com").send(client)) == "InvalidRequest"


def test_a_query_of_thousands_of_fields_is_answered_in_the_envelope(client: Client) -> None:
    fields = "&".join(f"a{number}=" for number in range(3000))
    assert code(opened(client.get(f"/?Action=DescribeTasks&{fields}"))) == "MissingParameter"


def test_the_consoles_own_root_is_left_alone(client: Client) -> None:
    answer = client.get("/")
    assert "application/json" not in answer["Content-Type"]


def test_what_is_too_large_is_refused_unread(signed: Callable[..., Signed], client: Client, api_key: ApiKey) -> None:
    assert code(signed(body=b" " * (MAX_BODY + 1)).send(client)) == "RequestSizeLimitExceeded"
    form = v1_parameters(api_key.secret_id, api_key.secret_key, ExtInfo="x" * MAX_FORM)
    assert code(send_form(client, form)) == "RequestSizeLimitExceeded"
    long = signed(method="GET", query="ExtInfo=" + "x" * MAX_QUERY, content_type=FORM)
    assert code(long.send(client)) == "RequestSizeLimitExceeded"


BODIES = {
    "not JSON": b"{",
    "no object": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "null": b"null",
    "two objects": b"{}{}",
    "a BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "broken UTF-8": b'{"ExtInfo":"\xff"}',
    "NaN": b'{"SubAppId":NaN}',
    "Infinity": b'{"SubAppId":-Infinity}',
    "ten thousand deep": b'{"ExtInfo":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "a hundred thousand deep": b"[" * 100_000,
    "a number of ten thousand digits": b'{"SubAppId":' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_json_object_is_an_invalid_request(
    signed: Callable[..., Signed], client: Client, body: bytes
) -> None:
    assert code(signed(body=body).send(client)) == "InvalidRequest"


def test_other_content_types(signed: Callable[..., Signed], client: Client) -> None:
    assert code(signed(content_type="application/octet-stream", body=b"\0\1").send(client)) == "InvalidRequest"
    assert code(signed(content_type="text/plain").send(client)) == "InvalidRequest"
    assert code(signed(content_type=FORM, body=b"SubAppId=1500000001").send(client)) == ""


def test_multipart(signed: Callable[..., Signed], client: Client) -> None:
    """Scalars as text, nested values as JSON text; what comes as a file is no parameter (docs/protocol 1.1)."""
    nested = '{"AnimatedGraphicTaskSet": [{"Definition": 20000}]}'
    body = (
        '--b\r\nContent-Disposition: form-data; name="FileId"\r\n\r\n1\r\n'
        '--b\r\nContent-Disposition: form-data; name="MediaProcessTask"\r\nContent-Type: application/json\r\n\r\n'
        f"{nested}\r\n--b--\r\n"
    ).encode()
    kind = "multipart/form-data; boundary=b"
    assert (
        code(signed(action="ProcessMedia", content_type=kind, body=body).send(client)) == "InvalidParameterValue.FileId"
    )
    file = b'--b\r\nContent-Disposition: form-data; name="SubAppId"; filename="x"\r\n\r\n1\r\n'
    answer = signed(action="ProcessMedia", content_type=kind, body=file + body).send(client)
    assert answer["Error"]["Message"] == "SubAppId is sent as a file; no parameter here is one."
    twice = body.replace(nested.encode(), b'{"ReviewAudioVideoTask": {}, "ReviewAudioVideoTask": {}}')
    answer = signed(action="ProcessMedia", content_type=kind, body=twice).send(client)
    assert answer["Error"]["Message"] == "ReviewAudioVideoTask is given twice."
    for broken in (b"", b"--b\r\n", b"--c--", b"x" * 100):
        answer = signed(action="ProcessMedia", content_type=kind, body=broken).send(client)
        assert code(answer).startswith("Invalid") or code(answer) == "MissingParameter"
    assert code(signed(content_type="multipart/form-data", body=body).send(client)) == "InvalidRequest"


FLAT = {
    "a gap in a list": ("Definitions.0=20000&Definitions.7=20001", ""),
    "a huge index": ("Definitions.1000000000=1", "InvalidParameter"),
    "a negative index": ("Definitions.-1=1", "InvalidParameter"),
    "a name for an index": ("Definitions.x=1", "InvalidParameter"),
    "a list that is a value": ("Definitions=1", "InvalidParameter"),
    "a value and an object": ("Definitions=1&Definitions.0=1", "InvalidParameter"),
    "an object and a value": ("Definitions.0=1&Definitions=1", "InvalidParameter"),
    "a number that is a word": ("Limit=ten", "InvalidParameter"),
    "a number with a sign": ("Limit=%2B1", "InvalidParameter"),
    "a number in other digits": ("Limit=%D9%A1", "InvalidParameter"),
    "a fraction": ("Limit=1.5", "InvalidParameter"),
    "an empty number": ("Limit=", "InvalidParameter"),
    "the same twice": ("Limit=1&Limit=2", "InvalidParameter"),
    "broken UTF-8": ("Type=%FF", "InvalidRequest"),
    "nested too deeply": (".".join(["A"] * 50) + "=1", "InvalidParameter"),
    "no name": ("=1", "UnknownParameter"),
    "dots only": ("...=1", "UnknownParameter"),
}


@pytest.mark.parametrize(("query", "wanted"), FLAT.values(), ids=FLAT)
def test_flattened_parameters(signed: Callable[..., Signed], client: Client, query: str, wanted: str) -> None:
    request = signed(action="DescribeAnimatedGraphicsTemplates", method="GET", query=query, content_type=FORM)
    assert code(request.send(client)) == wanted


@pytest.mark.parametrize("body", [b'{"Limit": 1, "Limit": 2}', b'{"Sort": {"Field": "CreateTime", "Field": "x"}}'])
def test_a_name_that_comes_twice_in_the_body_is_refused(
    signed: Callable[..., Signed], client: Client, body: bytes
) -> None:
    answer = signed(action="SearchMedia", body=body).send(client)
    assert code(answer) == "InvalidParameter" and "is given twice" in answer["Error"]["Message"]


def test_an_unknown_action_and_an_unsupported_one(signed: Callable[..., Signed], client: Client) -> None:
    assert code(signed(action="CreateLoops").send(client)) == "InvalidAction"
    answer = signed(action="CreateTranscodeTemplate").send(client)
    assert code(answer) == "UnsupportedOperation"
    assert "CreateTranscodeTemplate" in answer["Error"]["Message"]


def test_a_crash_is_an_internal_error(
    signed: Callable[..., Signed], client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_: object) -> dict[str, Any]:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(dispatch, "result_of", crash)
    answer = signed().send(client)
    assert code(answer) == "InternalError"
    assert "secret detail" not in answer["Error"]["Message"]
    assert "secret detail" in caplog.text


def test_the_hundred_and_first_request_of_a_second_is_one_too_many(
    signed: Callable[..., Signed], client: Client, settings: LazySettings, time_machine: object
) -> None:
    settings.ZOETROPE_API_RATE = 5
    time_machine.move_to(1_800_000_000.5, tick=False)  # type: ignore[attr-defined]
    codes = [code(signed().send(client)) for _ in range(6)]
    assert codes == [""] * 5 + ["RequestLimitExceeded"]
    assert code(signed(action="DescribeEventConfig").send(client)) == "", "each action has a count of its own"
    time_machine.move_to(1_800_000_001.5, tick=False)  # type: ignore[attr-defined]
    assert code(signed().send(client)) == ""


@pytest.mark.django_db(transaction=True)
def test_a_lying_length_or_an_early_end_is_answered_too(live_server: LiveServer, signed: Callable[..., Signed]) -> None:
    address = urlsplit(live_server.url).netloc
    headers = {**signed(host=address).headers(), "Content-Type": JSON, "Content-Length": str(MAX_BODY * 3)}
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest("POST", "/", skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200
    assert json.loads(answer.read())["Response"]["Error"]["Code"] == "RequestSizeLimitExceeded"
    connection.close()


def test_sent_requests_without_any_signature_are_strangers(client: Client) -> None:
    for headers in ({"X-TC-Action": "DescribeTasks"}, {"Authorization": "TC3-HMAC-SHA256"}):
        answer = sent(client, method="POST", path="/", body=b"{}", content_type=JSON, headers=headers)
        assert code(answer) == "AuthFailure.InvalidAuthorization"
    assert code(send_form(client, {"Action": "DescribeTasks"})) == "MissingParameter"
