"""Every address of every door that is asked by programs, with a query that it doesn't have: refused by name."""

import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey, Application, User
from media_jobs.models import Media, Upload
from media_jobs.states import UploadState
from tests.integration.rest.conftest import Api
from tests.integration.rest.routes import OPEN, ask, routes
from tests.integration.rest.tus_calls import BYTES, begin, upload_metadata

pytestmark = pytest.mark.django_db
VISITORS = "/upload/resumable"


def _named(answer: Any) -> tuple[int, list[str]]:
    return answer.status_code, list(answer.json().get("errors", ()))


def test_every_address_of_the_rest_api_refuses_an_unknown_parameter_by_name(
    as_owner: Api, owner: User, belongings: dict[str, str]
) -> None:
    User.objects.filter(pk=owner.pk).update(is_superuser=True)  # who alone changes quotas
    asked = 0
    for route in routes():
        answer = ask(as_owner, route, belongings.get(route.kind, ""), query="?nonsense=1")
        assert answer.status_code == 400, (route, answer.content)
        if route.method != "HEAD":
            assert answer.json()["errors"]["nonsense"] == ["There is no nonsense here."], (route, answer.content)
        asked += 1
    assert asked >= 70
    for name in OPEN:
        assert Client().get(reverse(f"api:{name}"), {"nonsense": 1}).status_code == 400
        assert Client().get(reverse(f"api:{name}")).status_code == 200


def test_a_token_answers_for_no_other_application_that_a_query_names(
    as_owner: Api, application: Application, other_application: Application
) -> None:
    assert as_owner.get(f"me?application={application.app_id}")["application"] == application.app_id
    for other in (other_application.app_id, "x", ""):
        assert as_owner("GET", f"media?application={other}").status_code == 404


@pytest.mark.parametrize("query", ["nonsense=1", "application=1500000001", "=", "filename=a.mp4"])
def test_a_visitor_s_upload_refuses_parameters_and_nothing_of_it_changes(api_key: ApiKey, query: str) -> None:
    name = query.partition("=")[0]
    begun = _visit("POST", VISITORS, api_key)
    assert begun.status_code == 201
    there = begun["Location"]
    for method, address in (("POST", VISITORS), ("PATCH", there), ("HEAD", there), ("DELETE", there)):
        answer = _visit(method, f"{address}?{query}", api_key)
        assert answer.status_code == 400, (method, answer.content)
        assert method == "HEAD" or name in answer.json()["errors"]
    overridden = _visit("POST", f"{there}?{query}", api_key, **{"X-HTTP-Method-Override": "DELETE"})
    assert _named(overridden) == (400, [name])
    for address in (VISITORS, there):
        assert _named(Client().options(f"{address}?{query}")) == (400, [name])
        first = Client().options(f"{address}?{query}", headers={"Access-Control-Request-Method": "POST"})
        assert first.status_code == 204  # else a browser's page would never read the sentence
    upload = Upload.objects.get()
    assert (upload.offset, upload.state) == (0, UploadState.OPEN)


@pytest.mark.parametrize("method", ["POST", "PATCH", "HEAD", "DELETE"])
def test_a_misspelt_header_of_tus_is_refused_with_the_one_that_was_meant(
    api_key: ApiKey, as_operator: Api, method: str, settings: LazySettings
) -> None:
    there, theirs = _visit("POST", VISITORS, api_key)["Location"], begin(as_operator)
    wrong = {"Upload-Metdata": upload_metadata(procedure="loops")}
    sentence = "There is no Upload-Metdata here. Did you mean Upload-Metadata?"
    answers = [
        _visit(method, VISITORS if method == "POST" else there, api_key, **wrong),
        _send(as_operator, method, "uploads" if method == "POST" else theirs, **wrong),
    ]
    for answer in answers:
        assert answer.status_code == 400, answer.content
        assert method == "HEAD" or answer.json()["errors"] == {"Upload-Metdata": [sentence]}
    settings.ZOETROPE_PASS_UNKNOWN_NAMES = True
    assert _visit(method, VISITORS if method == "POST" else there, api_key, **wrong).status_code < 300


FORM_QUERIES = {
    "nonsense=1": {"nonsense": "There is no nonsense here."},
    "signatur=x": {"signatur": "There is no signatur here. The form has a field signature."},
    "success_url=x": {"success_url": "There is no success_url here. The form has a field success_url."},
    "procedure=loops": {"procedure": "“procedure” belongs into the signature, where no visitor can change it"},
    "a=1&a=2": {"a": "a is given twice."},
}


@pytest.mark.parametrize("query", FORM_QUERIES)
def test_a_form_s_address_has_no_parameters(api_key: ApiKey, query: str) -> None:
    wanted = FORM_QUERIES[query]
    answer = _form(api_key, query)
    assert _named(answer) == (400, list(wanted))
    for name, sentence in wanted.items():
        assert answer.json()["errors"][name][0].startswith(sentence)
    page = _form(api_key, query, accept="text/html")
    assert all(f"<p>{sentence}" in page.content.decode() for sentence in wanted.values())
    assert not Media.objects.exists()
    assert not Upload.objects.exists()


def test_all_that_is_wrong_with_a_form_is_told_at_once(api_key: ApiKey) -> None:
    wrong = {"sucess_url": "x", "success_url": "https://elsewhere.example/"}
    answer = _form(api_key, "nonsense=1", signature="", **wrong)
    assert answer.json()["errors"].keys() == {"nonsense", "signature", *wrong}
    page = _form(api_key, "nonsense=1", accept="text/html", **wrong).content.decode()
    assert "There is no nonsense here." in page
    assert "Did you mean success_url?" in page
    assert "not allowed" in page


def _visit(method: str, address: str, key: ApiKey, **headers: str) -> Any:
    given = {"Tus-Resumable": "1.0.0", "Authorization": f"Signature {_signature(key)}", **headers}
    if "/" not in address.removeprefix(VISITORS):
        given |= {"Upload-Length": "100", "Upload-Metadata": upload_metadata(filename="clip.mp4")}
    return Client().generic(method, address, b"", BYTES, headers={"Upload-Offset": "0", **given}, CONTENT_TYPE=BYTES)


def _send(api: Api, method: str, path: str, **headers: str) -> Any:
    said = {"Upload-Length": "100", "Upload-Metadata": upload_metadata(filename="clip.mp4")}
    given = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", **said, **headers}
    return api(method, path, b"", content_type=BYTES, **given)


def _form(key: ApiKey, query: str, *, accept: str = "application/json", **fields: str) -> Any:
    signed = {"signature": _signature(key), **fields}
    form = {**{name: value for name, value in signed.items() if value}, "file": SimpleUploadedFile("a.mp4", b"x" * 99)}
    return Client().post(f"/upload?{query}", form, headers={"Accept": accept})


def _signature(key: ApiKey) -> str:
    return sign(fresh_fields(secret_id=key.secret_id, now=time.time(), life=600), secret_key=key.secret_key)
