"""Whatever is wrong with a request to the REST API is told in one answer: no second round for what was wrong all along.

A value that is refused alone, by its field's name, is named in every mix of such values, in the body and in the query,
together with what the address has no parameter or field for, and with the address's own name of what isn't there.
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
REFUSED = ("urn:zoetrope:InvalidValue", "urn:zoetrope:NotFound")
# What is there no more, where another name than a number is asked for.
GONE = {
    "procedures": "nothing",
    "snapshot-templates": "time-99999",
    **dict.fromkeys(("uploads", "direct-uploads", "events", "batches"), "00000000-0000-0000-0000-000000000099"),
}
# What is there, or would have such a name.
THERE = {"snapshot-templates": "time-10", "batches": GONE["batches"], "events": GONE["events"]}
# They take no JSON (tests/integration/rest/test_all_of_an_upload.py).
STREAMS = {
    ("/api/v1/media", "POST"),
    ("/api/v1/uploads", "POST"),
    *(("/api/v1/uploads/{id}", method) for method in ("HEAD", "PATCH", "DELETE")),
}


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
    address, query, gone = path, [], {}
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] == "query":
            query.append(name)
        elif parameter["in"] == "path":
            of = path.split("/")[3]
            gone = {name: path.replace(f"{{{name}}}", GONE.get(of, "99"))}
            address = address.replace(f"{{{name}}}", quote(THERE.get(of) or known.get(name, "1"), safe=""))
    User.objects.filter(pk=owner.pk).update(is_superuser=True)  # who alone changes quotas
    client = Client(raise_request_exception=False)
    bearer = f"Bearer {issue_access_token(user=owner, application=application)[1]}"

    def named(body: dict[str, Any], query: dict[str, Any], address: str = address) -> set[str]:
        """Fields of which the answer says that they are wrong."""
        where, said = f"{address}?{urlencode(query)}", json.dumps(body).encode()
        answer = client.generic(method, where, said, "application/json", headers={"Authorization": bearer})
        assert answer.status_code < 500 or answer.status_code == 507, (where, said, answer.content)
        told = answer.json() if answer.status_code in (400, 404) else {}
        return set(told.get("errors", ())) if told.get("type") in REFUSED else set()

    in_body = {name: _refused(WRONG, name, lambda said: named(said, {})) for name in _body(operation)}
    in_query = {name: _refused(QUERY, name, lambda said: named({}, said)) for name in query}
    strangers = st.sampled_from(STRANGERS)
    has_body = "requestBody" in operation

    @asked
    @given(body=_some(in_body), query=_some(in_query), stranger=strangers, lost=strangers, nowhere=st.booleans())
    def ask(body: dict[str, Any], query: dict[str, Any], stranger: str, lost: str, nowhere: bool) -> None:
        said = {**body, stranger: "1"} if has_body else {}
        searched = {**query, f"{lost}_": "1"}
        elsewhere = gone if nowhere else {}
        told = named(said, searched, *elsewhere.values())
        assert told >= {*said, *searched, *elsewhere}, (said, searched, elsewhere, told)

    if (path, method) not in STREAMS:
        ask()


def _body(operation: dict[str, Any]) -> Iterable[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return list(resolved(content.get("schema", {})).get("properties", {}))


def _refused(values: Iterable[Any], name: str, named: Callable[[dict[str, Any]], set[str]]) -> list[Any]:
    """The values that are refused alone, by the field's name."""
    return [value for value in values if not _leans_on_another(name, value) and name in named({name: value})]


def _some(wrong: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(values) for name, values in wrong.items() if values}
    )


def _leans_on_another(name: str, value: Any) -> bool:
    """No steps are right beside snapshots, so whether they are wrong isn't known while those can't be read."""
    return name == "steps" and value == []
