"""Nonsense wherever the REST API's schema has room for it: no 500, no answer that isn't in the schema, no body taken.

`make nonsense` asks each address 150 times."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from applications.models import Application, User
from applications.services.keys import issue_access_token
from media_jobs.models import Media
from procedures.models import Procedure
from tests.contract import faults_of_answer, faults_of_query, faults_of_request, schema
from tests.nonsense.junk import HARD_NUMBERS, VALUES, WORDS, asked

SCHEMA = schema()
OPERATIONS = sorted(
    (method.upper(), path) for path, methods in SCHEMA["paths"].items() for method in methods if method != "parameters"
)
HEADERS = ("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Checksum", "Range", "If-None-Match", "Accept")


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_no_nonsense_makes_rest_crash(
    owner: User, application: Application, uploaded: Media, procedure: Procedure, method: str, path: str
) -> None:
    operation = SCHEMA["paths"][path][method.lower()]
    ids = {"file_id": uploaded.file_id, "name": procedure.name, "definition": "20000"}
    client = Client(raise_request_exception=False)
    bearer = f"Bearer {issue_access_token(user=owner, application=application)[1]}"

    @asked
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        query, address = {}, path
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            if parameter["in"] == "query" and data.draw(st.booleans()):
                query[name] = data.draw(WORDS)
            elif parameter["in"] == "path":
                known = st.just(ids.get(name, "1"))
                address = address.replace(f"{{{name}}}", quote(data.draw(known | WORDS), safe=""))
        said = data.draw(_bodies(operation))
        body = json.dumps(said).encode()
        headers = {name: data.draw(_HEADER) for name in data.draw(st.lists(st.sampled_from(HEADERS), max_size=3))}
        headers |= {"Authorization": bearer, "Tus-Resumable": "1.0.0"}
        where = f"{address}?{urlencode(query, errors='replace')}"
        answer = client.generic(method, where, body, "application/json", headers=headers)
        case = (where, body[:500], headers, answer.status_code)
        assert answer.status_code < 500 or answer.status_code == 507, case
        kind = answer.headers.get("Content-Type", "")
        told = b"" if answer.streaming else answer.content
        got = answer.request["PATH_INFO"]
        faults = faults_of_answer(method, got, status=answer.status_code, content_type=kind, body=told)
        assert not faults, (*case, faults)
        if answer.status_code < 300:
            assert not faults_of_request(operation, said), (*case, faults_of_request(operation, said))

    ask()


_HEADER = WORDS.map(lambda text: "".join(c for c in text if " " <= c <= "~"))


def _bodies(operation: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Objects with the fields that the schema has, mostly of what doesn't fit; or anything at all."""
    content = operation.get("requestBody", {}).get("content", {})
    fields = _fields(next(iter(content.values()))["schema"]) if content else {}
    some = st.fixed_dictionaries({}, optional=fields)
    return some | some | VALUES


def _fields(schema: dict[str, Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: _fitting(inner) | VALUES for name, inner in resolved(schema).get("properties", {}).items()}


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    schema = resolved(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        return st.fixed_dictionaries({}, optional=_fields(schema))
    if kind == "array":
        return st.lists(_fitting(schema["items"]), max_size=3)
    if kind in ("integer", "number"):
        return st.integers(0, 5000) | st.sampled_from([2**31, 2**63 - 1, 10**23])
    return st.sampled_from(["a", "2026-01-01T00:00:00Z", "http://example.com/a.mp4", "http://x..y/a.mp4"])


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    for inner in schema.get("allOf", schema.get("oneOf", ())):
        if "$ref" in inner:
            return resolved(inner)
    if "$ref" in schema:
        found: dict[str, Any] = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


ODD = ("", " ", "x", "yes", "TRUE", "1,x", ",", "+1", "1.0", "0x1", "null", "2026-99-99", "a" * 300)


@pytest.mark.django_db
def test_no_query_makes_rest_crash_or_is_taken_for_another(owner: User, application: Application) -> None:
    """Each parameter of each list alone, so that one refusal doesn't hide another's crash.

    What is taken is what the schema knows: a filter that is passed over would find everything.
    """
    client = Client(raise_request_exception=False)
    bearer = f"Bearer {issue_access_token(user=owner, application=application)[1]}"
    asked_for = 0
    for method, path in OPERATIONS:
        if method != "GET" or "{" in path:
            continue
        operation = SCHEMA["paths"][path]["get"]
        names = [one["name"] for one in operation.get("parameters", ())]
        for name in [*names, "application"]:
            for text in (*HARD_NUMBERS, *ODD):
                answer = client.get(path, {name: text}, headers={"Authorization": bearer})
                assert answer.status_code < 500, (path, name, text[:40])
                faults = faults_of_query(operation, {name: text}) if answer.status_code < 300 else []
                assert not faults, (path, name, text[:40], faults)
                asked_for += 1
    assert asked_for > 300
