"""The OpenAPI schema: committed, current, and shown on a page that needs no other site."""

import io
import re
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from tests.contract import COMMITTED
from tests.integration.rest.conftest import Api
from tests.integration.rest.routes import routes


def test_the_committed_schema_is_current() -> None:
    fresh = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=fresh)
    assert COMMITTED.read_text() == fresh.getvalue().rstrip("\n") + "\n", (
        "Write it anew: manage.py spectacular --file docs/openapi.yaml"
    )


@pytest.mark.django_db
def test_the_served_schema_tells_of_every_address(nobody: Api) -> None:
    answer = nobody.client.get("/api/v1/schema")
    assert answer["Content-Type"].startswith("application/vnd.oai.openapi")
    schema = yaml.safe_load(answer.content)
    told = {(method.upper(), path) for path, methods in schema["paths"].items() for method in methods}
    silent = {("HEAD", "/api/v1/uploads/{}"), ("POST", "/api/v1/uploads/{}")}  # tus' own; the protocol tells of them
    for route in routes():
        address = (route.method, f"/api/v1/{route.path('{}')}")
        assert address in silent or address in {(method, _bare(path)) for method, path in told}, route


@pytest.mark.django_db
def test_the_documentation_page_loads_only_from_here_and_runs_no_inline_script(client: Client) -> None:
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    assert "script-src" not in page["Content-Security-Policy"]
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert address.startswith("/"), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    script = client.get("/api/v1/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema" in script.content.decode()


@pytest.mark.django_db
def test_a_fault_of_ours_is_still_a_problem(as_viewer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("templates_app.api.templates_for", broken)
    as_viewer.client.raise_request_exception = False
    answer = as_viewer("GET", "templates")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_a_request_for_another_host_is_a_problem(nobody: Api) -> None:
    answer = nobody.client.get("/api/v1/me", headers={"Host": "evil.example"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def _bare(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)
