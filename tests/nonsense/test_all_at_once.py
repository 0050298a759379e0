"""Whatever is wrong with a request to the REST API is told in one answer: no second round for what was wrong all along.

A value that is refused alone, by its field's name, is named in every mix of such values, in the body and in the query.
"""

import json
from collections.abc import Callable, Iterable
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
from templates_app.models import AnimatedImageTemplate
from tests.nonsense.junk import asked
from tests.nonsense.test_rest import OPERATIONS, SCHEMA, resolved

# Of the wrong type, of no range, of no known name, too long, or of no address.
WRONG: tuple[Any, ...] = (
    *(None, True, "many", "x" * 3000, -5, 10**6, 10**30, 0.25, -1e11, [], ["x"], [{"a": 1}], {"a": 1}),
    *("http://127.0.0.1/a.mp4", "ftp://x", "a b", [{"definition": 20000, "start": 5, "end": 2}], {"fps": 999}),
    *([{"kind": "time", "definition": 10, "moments": ["x"]}], {"crossfade": 0.5, "loop": "bounce"}),
)
QUERY = ("-1", "many", "9" * 30, "2026-99-99", "x" * 300, "\0")
STRANGERS = ("fpss", "zzz", "limitt")


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_what_is_refused_alone_is_named_in_every_mix(
    owner: User,
    application: Application,
    uploaded: Media,
    procedure: Procedure,
    gif_template: AnimatedImageTemplate,
    method: str,
    path: str,
) -> None:
    known = {"file_id": uploaded.file_id, "name": procedure.name, "definition": str(gif_template.definition)}
    operation = SCHEMA["paths"][path][method.lower()]
    address, query = path, []
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] == "query":
            query.append(name)
        address = address.replace(f"{{{name}}}", quote(known.get(name, "1"), safe=""))
    client = Client(raise_request_exception=False)
    bearer = f"Bearer {issue_access_token(user=owner, application=application)[1]}"

    def named(body: dict[str, Any], query: dict[str, Any]) -> set[str]:
        """Fields of which the answer says that they are wrong."""
        where, said = f"{address}?{urlencode(query)}", json.dumps(body).encode()
        answer = client.generic(method, where, said, "application/json", headers={"Authorization": bearer})
        assert answer.status_code < 500 or answer.status_code == 507, (where, said, answer.content)
        told = answer.json() if answer.status_code == 400 else {}
        return set(told.get("errors", ())) if told.get("type") == "urn:zoetrope:InvalidValue" else set()

    _mix(_body(operation), WRONG, lambda body: named(body, {}))
    _mix(query, QUERY, lambda query: named({}, query))


def _body(operation: dict[str, Any]) -> Iterable[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return list(resolved(content.get("schema", {})).get("properties", {}))


def _mix(names: Iterable[str], values: Iterable[Any], named: Callable[[dict[str, Any]], set[str]]) -> None:
    wrong = {
        name: [value for value in values if not _leans_on_another(name, value) and name in named({name: value})]
        for name in names
    }
    each = {name: st.sampled_from(refused) for name, refused in wrong.items() if refused}
    if not each:
        return

    @asked
    @given(mix=st.fixed_dictionaries({}, optional=each), stranger=st.sampled_from(STRANGERS))
    def ask(mix: dict[str, Any], stranger: str) -> None:
        said = {**mix, stranger: "1"}
        assert said.keys() <= named(said), said

    ask()


def _leans_on_another(name: str, value: Any) -> bool:
    """No steps are right beside snapshots, so whether they are wrong isn't known while those can't be read."""
    return name == "steps" and value == []
