"""Scripts of other web pages at /api/v1 (CORS): only for origins that the application names."""

from typing import Any

import pytest
from django.test import Client

from applications.errors import InvalidValue, LimitReached
from applications.models import Application, User
from applications.services.keys import issue_access_token
from applications.services.origins import MAX_ORIGINS, set_allowed_origins

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example"


@pytest.fixture
def token(operator: User, application: Application) -> str:
    return issue_access_token(user=operator, application=application)[1]


def test_no_page_may_ask_before_it_is_named(token: str) -> None:
    assert "Access-Control-Allow-Origin" not in _preflight(SHOP)
    answer = _get(SHOP, token)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer


def test_a_named_page_may_ask_send_every_method_and_read_what_tus_answers(token: str, application: Application) -> None:
    set_allowed_origins(application=application, origins=[SHOP])
    asked = _preflight(SHOP)
    assert asked["Access-Control-Allow-Origin"] == SHOP
    assert {"PATCH", "PUT", "DELETE"} <= set(asked["Access-Control-Allow-Methods"].split(", "))
    assert {"authorization", "upload-offset", "upload-concat"} <= set(asked["Access-Control-Allow-Headers"].split(", "))
    answer = _get(SHOP, token)
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert "origin" in answer["Vary"].lower()
    assert {"location", "upload-offset"} <= set(answer["Access-Control-Expose-Headers"].split(", "))
    for other in ("https://shop.example.evil.example", "http://shop.example", "null", "https://other.example"):
        assert "Access-Control-Allow-Origin" not in _get(other, token)
        assert "Access-Control-Allow-Origin" not in _preflight(other)


def test_a_page_reads_the_answers_of_those_applications_that_name_it(
    token: str, application: Application, other_application: Application
) -> None:
    set_allowed_origins(application=other_application, origins=[SHOP])
    assert "Access-Control-Allow-Origin" not in _get(SHOP, token)


def test_a_named_page_may_read_that_its_token_is_wrong(application: Application) -> None:
    set_allowed_origins(application=application, origins=[SHOP])
    answer = _get(SHOP, "nonsense")
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, SHOP)


def test_cookies_of_other_pages_are_never_taken(operator: User, application: Application) -> None:
    set_allowed_origins(application=application, origins=[SHOP])
    assert "Access-Control-Allow-Credentials" not in _preflight(SHOP)
    client = Client()
    client.force_login(operator)
    assert "Access-Control-Allow-Origin" not in client.get("/app/1/vod/media", headers={"Origin": SHOP})


def test_an_origin_is_scheme_host_and_port_as_browsers_write_it(application: Application) -> None:
    kept = set_allowed_origins(
        application=application,
        origins=["HTTPS://Shop.example:443 ", "http://127.0.0.1:8080", "http://[::1]:3000", "https://shop.example"],
    )
    assert kept == ["http://127.0.0.1:8080", "http://[::1]:3000", SHOP]
    for wrong in (
        "shop.example",
        "https://shop.example/",
        "*",
        "null",
        "ftp://shop.example",
        "https://a b",
        "https://",
    ):
        with pytest.raises(InvalidValue):
            set_allowed_origins(application=application, origins=[wrong])
    with pytest.raises(LimitReached):
        set_allowed_origins(application=application, origins=[f"https://{n}.example" for n in range(MAX_ORIGINS + 1)])
    assert application.allowed_origins.count() == 3
    assert set_allowed_origins(application=application, origins=[]) == []


def _preflight(origin: str) -> Any:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    return Client().options("/api/v1/uploads", headers={"Origin": origin, **asked})


def _get(origin: str, token: str) -> Any:
    return Client().get("/api/v1/me", headers={"Origin": origin, "Authorization": f"Bearer {token}"})
