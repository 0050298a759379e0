"""Who may do what, over every address and method of the API: nobody, a viewer, an operator, an owner, a stranger."""

import base64
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.roles import Role
from applications.services.applications import set_role
from applications.services.keys import issue_access_token, issue_api_key, restrict_api_key, set_api_key_enabled
from media_jobs.models import Media
from media_jobs.store.storage import url_of
from tests.integration.rest.conftest import Api
from tests.integration.rest.routes import Route, ask, routes
from tests.integration.rest.tus_calls import begin

pytestmark = pytest.mark.django_db

ALL = routes()
WRITES = [route for route in ALL if route.method not in ("GET", "HEAD")]
RANDOM = {
    "template": "31999",
    "procedure": "unheard-of",
    "media": "5111111111111111111",
    "class": "987654321",
    "task": "1500000001-Procedure-00000000000000000000000000000000t0",
    "output": "987654321",
    "batch": str(uuid.UUID(int=3)),
    "snapshottemplate": "time-31999",
    "snapshots": "987654321",
    "token": "abcdefabcdefabc",
    "upload": str(uuid.UUID(int=1)),
    "direct": str(uuid.UUID(int=4)),
    "event": str(uuid.UUID(int=2)),
    "pull": "1500000001-Pull-00000000000000000000000000000000t0",
}
FIGURES = {"audit", "me", "quota", "event-state", "event-settings"}  # they tell of no single thing


def test_the_matrix_covers_the_whole_api() -> None:
    assert len(ALL) >= 35
    assert {route.kind for route in ALL if route.has_id} == set(RANDOM)


@pytest.mark.parametrize("route", ALL, ids=str)
def test_nobody_gets_in_without_showing_who_asks(nobody: Api, route: Route) -> None:
    answer = ask(nobody, route, RANDOM.get(route.kind, ""))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_viewer_changes_nothing(as_viewer: Api, belongings: dict[str, str]) -> None:
    for route in WRITES:
        answer = ask(as_viewer, route, belongings.get(route.kind, ""))
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json"), route


def test_a_stranger_sees_no_difference_between_anothers_thing_and_nothing(
    as_stranger: Api, belongings: dict[str, str]
) -> None:
    for route in (route for route in ALL if route.has_id):
        theirs = ask(as_stranger, route, belongings[route.kind])
        nothing = ask(as_stranger, route, RANDOM[route.kind])
        assert theirs.status_code == nothing.status_code == 404, route
        assert theirs.content.decode().replace(belongings[route.kind], RANDOM[route.kind]) == nothing.content.decode()


def test_a_strangers_lists_hold_nothing_of_others(as_stranger: Api, as_owner: Api, belongings: dict[str, str]) -> None:
    for route in (route for route in ALL if route.method == "GET" and not route.has_id and route.name not in FIGURES):
        own = belongings[route.kind]
        assert own in str(as_owner.get(route.path(""))), route
        assert own not in str(as_stranger.get(route.path(""))), route


def test_anothers_things_cannot_be_named_in_a_body(as_stranger: Api, belongings: dict[str, str]) -> None:
    media, definition = f"media/{belongings['foreign_media']}", int(belongings["template"])
    assert as_stranger("POST", "procedures", {"name": "x", "steps": [{"definition": definition}]}).status_code == 404
    assert as_stranger("POST", f"{media}/process", {"steps": [{"definition": definition}]}).status_code == 404
    assert as_stranger("POST", f"{media}/process", {"procedure": belongings["procedure"]}).status_code == 404
    whole = {"file_ids": [belongings["media"]], "steps": [{"definition": 20000}]}
    assert as_stranger("POST", "batches", whole).status_code == 400
    assert as_stranger("POST", "batches", {"filter": {}, "procedure": belongings["procedure"]}).status_code == 404
    assert as_stranger("PATCH", media, {"class_id": int(belongings["class"])}).status_code == 404
    assert as_stranger("POST", "classes", {"name": "x", "parent_id": int(belongings["class"])}).status_code == 404


def test_an_operator_manages_no_tokens_but_an_owner_does(as_operator: Api, as_owner: Api) -> None:
    assert as_operator("GET", "tokens").status_code == 403
    assert as_operator("POST", "tokens", {"name": "mine"}).status_code == 403
    made = as_owner.post("tokens", {"name": "shop"})
    bearer = Api(made["token"])
    assert bearer.get("me") == {
        "user": "owner",
        "application": 1500000001,
        "application_name": "Studio",
        "role": "owner",
    }
    listed = as_owner.get("tokens")["results"]
    assert [token["name"] for token in listed if token["id"] == made["id"]] == ["shop"]
    assert made["token"] not in str(listed)
    assert as_owner("DELETE", f"tokens/{made['id']}").status_code == 204
    assert bearer("GET", "me").status_code == 401


def test_a_key_pair_is_as_good_as_a_token_until_it_is_disabled(owner: User, application: Application) -> None:
    key, secret = issue_api_key(user=owner, application=application)
    client = Api()
    assert _basic(client, key.secret_id, secret).json()["role"] == "owner"
    assert _basic(client, key.secret_id, secret + "x").status_code == 401
    assert _basic(client, key.secret_id, "").status_code == 401
    assert _basic(client, "a\0b", secret).status_code == 401
    assert _basic(client, "ключ", "ключ").status_code == 401
    set_api_key_enabled(key=key, enabled=False)
    assert _basic(client, key.secret_id, secret).status_code == 401


def test_a_key_can_do_no_more_than_its_access_says(owner: User, application: Application) -> None:
    key, secret = issue_api_key(user=owner, application=application)
    client, basic = Api(), _credentials(key.secret_id, secret)
    restrict_api_key(key=key, access=ApiKey.Access.READ_ONLY)
    assert client("GET", "templates", Authorization=basic).status_code == 200
    assert client("POST", "templates", {"fps": 5}, Authorization=basic).status_code == 403
    rules = [{"effect": "allow", "action": "vod:*", "resource": "*"}]
    restrict_api_key(key=key, access=ApiKey.Access.CUSTOM, policy=rules)
    assert client("GET", "templates", Authorization=basic).status_code == 403
    restrict_api_key(key=key, access=ApiKey.Access.FULL)
    assert client("POST", "templates", {"fps": 5}, Authorization=basic).status_code == 201


def test_a_token_can_do_what_its_user_can_do_now(viewer: User, application: Application) -> None:
    api = Api(issue_access_token(user=viewer, application=application)[1])
    assert api("POST", "templates", {"fps": 5}).status_code == 403
    set_role(application=application, user=viewer, role=Role.OPERATOR)
    assert api("POST", "templates", {"fps": 5}).status_code == 201
    viewer.memberships.all().delete()
    assert api("GET", "templates").status_code == 404
    viewer.is_active = False
    viewer.save()
    assert api("GET", "templates").status_code == 401


@pytest.mark.parametrize("status", ["Off", "Destroying", "Destroyed"])
def test_a_token_of_an_application_that_is_switched_off_or_terminated_opens_nothing(
    as_owner: Api, application: Application, status: str
) -> None:
    upload = begin(as_owner).rpartition("/")[2]
    application.status = status
    application.save()
    assert as_owner("GET", "templates").status_code == 404
    assert as_owner("HEAD", f"uploads/{upload}", **{"Tus-Resumable": "1.0.0"}).status_code == 404


@pytest.mark.parametrize("status", ["Off", "Destroying"])
def test_media_of_an_application_that_is_switched_off_or_terminated_are_not_served(
    client: Client, uploaded: Media, run_jobs: Callable[[], int], status: str
) -> None:
    run_jobs()
    uploaded.refresh_from_db()
    addresses = [url_of(uploaded.storage_key), url_of(uploaded.poster_key)]
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    Application.objects.update(status=status)
    assert [client.get(address).status_code for address in addresses] == [404, 404]


def test_a_session_reads_by_itself_but_writes_only_with_the_csrf_token(owner: User, application: Application) -> None:
    api = Api()
    api.client.handler.enforce_csrf_checks = True
    api.client.force_login(owner)
    assert api.get("me")["user"] == "owner"
    assert api("POST", "templates", {"fps": 5}).status_code == 403
    assert api("POST", "uploads", **{"Tus-Resumable": "1.0.0", "Upload-Length": "5"}).status_code == 403
    form = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.mp4\r\n\r\nx\r\n--b--\r\n"
    assert api("POST", "media", form, content_type="multipart/form-data; boundary=b").status_code == 403
    api.client.cookies["csrftoken"] = "t" * 32
    assert api("POST", "templates", {"fps": 5}, **{"X-CSRFToken": "t" * 32}).status_code == 201


def test_a_session_names_the_application_that_it_means(
    owner: User, application: Application, other_application: Application
) -> None:
    set_role(application=other_application, user=owner, role=Role.VIEWER)
    api = Api()
    api.client.force_login(owner)
    assert api.get("me")["application"] == application.app_id
    assert api.get(f"me?application={other_application.app_id}")["role"] == "viewer"
    for nonsense in ("1", "x", "", "9" * 5000, "٣", "-1", "1500000002%00"):
        assert api("GET", f"me?application={nonsense}").status_code == 404


def _basic(api: Api, name: str, password: str) -> Any:
    return api("GET", "me", Authorization=_credentials(name, password))


def _credentials(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
