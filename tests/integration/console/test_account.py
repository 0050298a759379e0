"""Signing in, the own password, and switching between applications."""

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, application: Application) -> None:
    answer = client.post(reverse("console:login"), {"username": "owner", "password": PASSWORD, "next": "/vod/task"})
    assert answer["Location"] == "/vod/task"


def test_signing_in_never_leads_to_another_site(client: Client, application: Application) -> None:
    form = {"username": "owner", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post(reverse("console:login"), form)["Location"] == "/"


def test_after_ten_wrong_passwords_even_the_right_one_waits(client: Client, application: Application) -> None:
    for _ in range(10):
        client.post(reverse("console:login"), {"username": "owner", "password": "wrong"})
    answer = client.post(reverse("console:login"), {"username": "owner", "password": PASSWORD})
    assert answer.status_code == 429
    assert b"too many" in answer.content.lower()


def test_signing_out_needs_a_post_and_ends_the_session(client: Client, owner: User, application: Application) -> None:
    client.force_login(owner)
    assert client.get(reverse("console:logout")).status_code == 405
    client.post(reverse("console:logout"))
    assert client.get("/").status_code == 302


def test_the_password_is_changed_by_whoever_knows_the_old_one(
    client: Client, owner: User, application: Application
) -> None:
    client.force_login(owner)
    new = "seven blue horses run"
    url = reverse("console:password")
    wrong = client.post(url, {"old_password": "guess", "new_password1": new, "new_password2": new})
    assert b"old password was entered incorrectly" in wrong.content
    client.post(url, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    owner.refresh_from_db()
    assert owner.check_password(new)


def test_a_visitor_cant_change_a_password(client: Client) -> None:
    answer = client.get(reverse("console:password"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("console:login"))


def test_a_region_that_refreshes_itself_reloads_the_page_once_the_session_is_over(client: Client) -> None:
    answer = client.get("/vod/task", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert client.get("/vod/task").status_code == 302


def test_somebody_without_an_application_is_told_whom_to_ask(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    answer = client.get("/")
    assert answer.status_code == 403
    assert b"Ask the owner of an application" in answer.content
