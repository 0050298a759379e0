"""Whatever a signed request holds, the answer is a result or a refusal: no InternalError (docs/reliability.md 4.3)."""

import json
import os
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.models import ApiKey
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.shapes import Int, ListOf, Number, Shape, Struct, Text
from media_jobs.models import Media
from procedures.models import Procedure
from tests.integration.cloudapi.v3.signing import FORM, Signed, code

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("ZOETROPE_FUZZ_EXAMPLES", "30"))  # an action
NASTY = st.sampled_from(
    [
        "\0",
        "\ud800",
        "%",
        "_",
        "\\",
        "' OR '1'='1' --",
        '";DROP TABLE media_jobs_media;',
        "a" * 20_000,
        "2026-13-45T99:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+14:00",
        "../../etc/passwd",
        "http://[::1",
        "http://a@127.0.0.1/",
        "１２",
        "",
        " ",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**400]),
    st.floats(),
    st.text(max_size=40),
    NASTY,
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


def _fitting(shape: Shape) -> st.SearchStrategy[Any]:
    if isinstance(shape, Int):
        return st.integers(max(shape.low, -(2**40)), min(shape.high, 2**40)) | st.sampled_from([shape.low, shape.high])
    if isinstance(shape, Number):
        return st.floats(-1000, 1000) | st.integers(-1000, 1000)
    if isinstance(shape, Text):
        return st.sampled_from(shape.choices) if shape.choices else st.text(max_size=min(shape.most, 60))
    if isinstance(shape, ListOf):
        return st.lists(_around(shape.item), max_size=3)
    if isinstance(shape, Struct):
        return _arguments(shape)
    return JUNK


def _around(shape: Shape) -> st.SearchStrategy[Any]:
    """Mostly what fits, at times what doesn't."""
    return st.one_of(_fitting(shape), _fitting(shape), _fitting(shape), JUNK)


def _arguments(struct: Struct) -> st.SearchStrategy[dict[str, Any]]:
    required = {one.name: _around(one.shape) for one in struct.parameters if one.required}
    optional = {one.name: _around(one.shape) for one in struct.parameters if not one.required}
    return st.fixed_dictionaries(required, optional=optional)


@pytest.fixture
def quick(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ZOETROPE_API_RATE = 10**9
    monkeypatch.setattr("media_jobs.events.services.PULL_SECONDS", 0.0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_no_arguments_crash_an_action(
    api_key: ApiKey, uploaded: Media, procedure: Procedure, client: Client, action: str
) -> None:
    known = st.sampled_from([uploaded.file_id, procedure.name, uploaded.application.app_id])

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(arguments=_arguments(ACTIONS[action].parameters), identifier=known)
    def ask(arguments: dict[str, Any], identifier: object) -> None:
        for name in ("FileId", "ProcedureName"):
            if name in arguments and isinstance(identifier, str):
                arguments[name] = identifier
        arguments.pop("SubAppId", None) if action != "ModifySubAppIdStatus" else None
        body = json.dumps(arguments).encode()
        request = Signed(api_key.secret_id, api_key.secret_key, action=action, body=body)
        assert code(request.send(client)) != "InternalError", body

    ask()


@pytest.mark.usefixtures("quick")
def test_no_body_crashes_the_door(api_key: ApiKey, client: Client) -> None:
    bodies = st.binary(max_size=200) | JUNK.map(lambda junk: json.dumps(junk).encode())

    @settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(action=st.sampled_from(sorted(ACTIONS)), body=bodies)
    def ask(action: str, body: bytes) -> None:
        request = Signed(api_key.secret_id, api_key.secret_key, action=action, body=body)
        assert code(request.send(client)) != "InternalError"

    ask()


@pytest.mark.usefixtures("quick")
def test_no_query_crashes_the_door(api_key: ApiKey, client: Client) -> None:
    names = st.sampled_from(
        [
            "SubAppId",
            "Definitions.0",
            "Definitions.-1",
            "Definitions.999999999",
            "MediaProcessTask.AnimatedGraphicTaskSet.0.Definition",
            "MediaProcessTask.AnimatedGraphicTaskSet.x",
            "MediaProcessTask",
            "Sort.Field",
            "CreateTime.After",
            "A..B",
            ".",
        ]
    ) | st.text(max_size=20)
    queries = st.lists(st.tuples(names, st.text(max_size=20) | st.integers().map(str)), max_size=6)

    @settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(action=st.sampled_from(sorted(ACTIONS)), query=queries)
    def ask(action: str, query: list[tuple[str, str]]) -> None:
        text = urlencode([pair for pair in query if all(_encodable(part) for part in pair)])
        parts = {"method": "GET", "query": text, "content_type": FORM}
        request = Signed(api_key.secret_id, api_key.secret_key, action=action, **parts)
        assert code(request.send(client)) != "InternalError"

    ask()


@pytest.mark.usefixtures("quick")
def test_no_header_crashes_the_door(client: Client) -> None:
    texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120)
    authorizations = texts | texts.map(
        lambda text: f"TC3-HMAC-SHA256 Credential={text}, SignedHeaders=content-type;host, Signature={'0' * 64}"
    )

    @settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(authorization=authorizations, moment=texts, token=texts, host=texts)
    def ask(authorization: str, moment: str, token: str, host: str) -> None:
        request = Signed("AKID", "SK")
        changed = {"Authorization": authorization, "X_TC_Timestamp": moment, "X_TC_Token": token, "Host": host}
        assert code(request.send(client, **changed)) not in ("", "InternalError")

    ask()


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
