"""Whatever is sent, the answer is an RFC 9457 problem with a status below 500."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.rest.calling import PerCallerThrottle
from procedures.models import Procedure
from tests.faults.instance import Instance
from tests.integration.rest.conftest import Api
from tests.integration.rest.routes import routes

pytestmark = pytest.mark.django_db

BAD_BODIES = {
    "cut off": b'{"fps": ',
    "not utf-8": b'{"name": "\xff"}',
    "utf-16": '{"fps": 5}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"fps": 5}',
    "NaN": b'{"fps": 5, "quality": NaN}',
    "Infinity": b'{"fps": 5, "quality": -Infinity}',
    "1e400": b'{"fps": 5, "quality": 1e400}',
    "too many digits": b'{"fps": ' + b"9" * 5000 + b"}",
    "NUL": b'{"fps": 5, "name": "a\\u0000b"}',
    "NUL in a key": b'{"fps": 5, "a\\u0000b": 1}',
    "half a surrogate pair": b'{"fps": 5, "name": "\\ud800"}',
    "half a surrogate pair in a choice": b'{"fps": 5, "format": "\\udfff"}',
    "too deep": b'{"fps": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "raw control character": b'{"fps": 5, "name": "a\nb"}',
}
ODD_QUERIES = [
    "limit=-1",
    "limit=" + "9" * 5000,
    "limit=1e3&offset=NaN",
    "offset=" + "9" * 40,
    "name=%00",
    "name=%ff%fe",
    "name=%ED%A0%80",
    "file_id=%00,1",
    "file_id=" + "9" * 5000,
    "class_id=" + "9" * 400,
    "class_id=1e400",
    "class_id=NaN",
    "definition=" + "9" * 400,
    "created_after=yesterday",
    "created_before=9999-99-99T00:00:00Z",
    "created_before=0001-01-01T00:00:00%2B23:59",
    "created_after=9999-12-31T23:59:59-23:59",
    "status=%27%3B--",
    "task_id[$ne]=1",
    "name=" + "%25" * 3000,
    "procedure=%00&session_id=%00&tag=%00&task_id=%00",
]


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_no_proper_json_is_a_bad_request(as_operator: Api, body: bytes) -> None:
    _is_problem(as_operator("POST", "templates", body), 400)


def test_a_body_over_the_limit_is_too_large(as_operator: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    _is_problem(as_operator("POST", "templates", {"comment": "x" * 1000}), 413)


def test_json_in_chunks_is_refused_rather_than_taken_for_nothing(served: Instance) -> None:
    made = served.api.post("templates", json={"fps": 5}).json()
    chunks = iter([b'{"fps"', b": 7}"])
    kind = {"Content-Type": "application/json"}
    answer = served.api.patch(f"templates/{made['definition']}", content=chunks, headers=kind)
    assert (answer.status_code, answer.headers["Content-Type"]) == (411, "application/problem+json")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "x"])
def test_another_content_type_is_unsupported(as_operator: Api, content_type: str) -> None:
    _is_problem(as_operator("POST", "templates", b"fps=5", content_type=content_type), 415)


@pytest.mark.parametrize("charset", ["utf-16", "hex", "zlib", "nonsense"])
def test_a_charset_is_no_way_around_utf_8(as_operator: Api, charset: str) -> None:
    answer = as_operator("POST", "templates", {"fps": 5}, content_type=f"application/json; charset={charset}")
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "path", ["", "nothing", "templates/", "templates/x", "media/1/2", "tasks/%00", "a%0Ab", "../v2"]
)
def test_an_unknown_address_is_a_problem_and_no_page(nobody: Api, path: str) -> None:
    _is_problem(nobody("GET", path), 404)


def test_a_wrong_method_is_not_allowed(as_operator: Api, procedure: Procedure) -> None:
    for method, path in [
        ("PUT", "templates/20000"),
        ("DELETE", "media"),
        ("PATCH", "procedures/loops"),
        ("POST", "me"),
    ]:
        _is_problem(as_operator(method, path, {}), 405)


def test_a_method_that_is_not_offered_with_an_accept_that_cannot_be_met_is_a_problem_too(as_operator: Api) -> None:
    for path in ("me", "procedures//clone"):
        _is_problem(as_operator("POST", path, {}, Accept="0"), 406)


def test_options_is_for_uploads_alone(as_owner: Api) -> None:
    for path in {route.path("1") for route in routes()}:
        expected = {204} if path.startswith("uploads") else {404, 405}
        assert as_owner("OPTIONS", path).status_code in expected, path


def test_an_odd_query_breaks_nothing(as_operator: Api, procedure: Procedure) -> None:
    lists = [route.path("") for route in routes() if route.method == "GET" and not route.has_id]
    for path, query in itertools.product(lists, ODD_QUERIES):
        answer = as_operator("GET", f"{path}?{query}")
        assert answer.status_code in (200, 400, 403), (path, query, answer.content)


def test_too_many_requests_are_told_to_wait(as_viewer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PerCallerThrottle, "THROTTLE_RATES", {"caller": "3/hour"})
    answers = [as_viewer("GET", "me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([2**63, -1, 20000, "", "\0"]),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=8), values, max_size=4),
    max_leaves=8,
)
TEMPLATE = ["name", "comment", "format", "width", "height", "resolution_adaptive", "fps", "quality", "effort", "score"]
PROCESS = ["procedure", "steps", "priority", "notify_mode", "session_id", "session_context"]
MEDIA = ["name", "description", "class_id", "status", "tags"]
NAMES = st.sampled_from([*TEMPLATE, *PROCESS, *MEDIA, "definition", "start", "end"])
PATHS = st.sampled_from(["templates", "procedures", "media", "steps"])


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(NAMES, JSON, max_size=6), path=st.sampled_from(["templates", "procedures", "media", "steps"])
)
def test_no_body_brings_the_server_down(as_operator: Api, uploaded_id: str, body: dict[str, Any], path: str) -> None:
    data = json.dumps(body).encode()
    match path:
        case "media":
            answer = as_operator("PATCH", f"media/{uploaded_id}", data)
        case "steps":
            answer = as_operator("POST", f"media/{uploaded_id}/process", data)
        case _:
            answer = as_operator("POST", path, data)
    assert answer.status_code < 500 and answer.status_code != 401
    if answer.status_code >= 400:
        _is_problem(answer, answer.status_code)


@pytest.fixture
def uploaded_id(uploaded: Any) -> str:
    return str(uploaded.file_id)


def _is_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"] and body["title"] and body["detail"]


def test_a_stranger_is_told_every_way_to_show_who_is_asking(nobody: Api) -> None:
    answer = nobody("GET", "me")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer, Basic realm="zoetrope"')
