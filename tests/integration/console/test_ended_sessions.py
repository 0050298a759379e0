"""A session ends while somebody works: nothing that they typed or chose is lost."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.models import Media
from procedures.models import Procedure
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

TEMPLATE = {"name": "Loop “one”", "format": "webp", "fps": "12", "quality": "80", "width": "320", "height": ""}


def _hidden(html: str) -> dict[str, list[str]]:
    """Of the page's own forms: the choice of the language is on each."""
    html = re.sub(r'<form method="post" action="/language".*?</form>', "", html, flags=re.DOTALL)
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html):
        found.setdefault(name, []).append(value)
    found.pop("csrfmiddlewaretoken", None)
    return found


def _sign_in(client: Client, page: str, *, password: str = PASSWORD) -> str:
    form = {"username": "operator", "password": password, **_hidden(page)}
    return client.post(reverse("console:login"), form, follow=True).content.decode()


def test_process_after_the_session_ended_starts_the_task_after_the_sign_in(
    client: Client, operator: User, uploaded: Media, procedure: Procedure
) -> None:
    address = reverse("console:media-process")
    asked = client.post(address, {"procedure": procedure.name, "file_id": [uploaded.file_id]})
    assert asked.status_code == 401
    offered = _sign_in(client, asked.content.decode())
    assert f'action="{address}"' in offered
    assert not uploaded.tasks.filter(procedure=procedure.name).exists(), "nothing happens without a click"

    fields = _hidden(offered)
    assert fields == {"procedure": [procedure.name], "file_id": [uploaded.file_id]}
    assert client.post(address, fields).status_code == 302
    assert uploaded.tasks.filter(procedure=procedure.name).count() == 1


def test_a_filled_form_comes_back_as_it_was_even_after_a_wrong_password(
    client: Client, operator: User, application: Application
) -> None:
    asked = client.post(reverse("console:template-create"), TEMPLATE).content.decode()
    again = _sign_in(client, asked, password="wrong")
    offered = _sign_in(client, again)
    assert "Loop “one”" in offered
    client.post(reverse("console:template-create"), _hidden(offered))
    assert application.templates.get().name == "Loop “one”"


def test_what_others_made_up_is_never_offered_to_be_sent(client: Client, operator: User) -> None:
    form = {"username": "operator", "password": PASSWORD, "held": "W10:1abc:forged"}
    assert client.post(reverse("console:login"), form).status_code == 302


def test_the_sign_in_after_a_lost_form_can_lead_back_to_its_page_and_to_no_other_site(
    client: Client, operator: User
) -> None:
    address = reverse("console:template-create")
    for page, back in ((f"http://testserver{address}", address), ("https://elsewhere.example/x", "elsewhere")):
        html = client.post(address, TEMPLATE, headers={"Referer": page}).content.decode()
        assert (back in _hidden(html)["next"][0]) == (back == address)
