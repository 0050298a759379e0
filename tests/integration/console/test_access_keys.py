"""API keys and access tokens: shown once, switched off before they go."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import ApiKey, Application, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def owners(client: Client, owner: User, application: Application) -> Client:
    client.force_login(owner)
    return client


def test_a_keys_secret_is_shown_in_the_answer_to_its_making_only(owners: Client, application: Application) -> None:
    made = owners.post(reverse("console:key-create"), {"name": "shop"})
    secret = application.api_keys.get().secret_key.encode()
    assert secret in made.content
    assert "no-store" in made["Cache-Control"]
    assert secret not in owners.get(reverse("console:access")).content


def test_a_key_must_be_disabled_before_it_is_deleted(owners: Client, api_key: ApiKey) -> None:
    delete, switch = (reverse(f"console:key-{what}", args=[api_key.pk]) for what in ("delete", "switch"))
    assert owners.post(delete).status_code == 409
    owners.post(switch)
    api_key.refresh_from_db()
    assert not api_key.enabled
    assert owners.post(delete).status_code == 302
    assert not ApiKey.objects.exists()


def test_the_page_says_what_a_key_is_from_now_on(owners: Client, api_key: ApiKey) -> None:
    switch, restrict = (reverse(f"console:key-{what}", args=[api_key.pk]) for what in ("switch", "restrict"))
    assert b"is disabled: requests" in owners.post(switch, follow=True).content
    assert b"is enabled." in owners.post(switch, follow=True).content
    narrowed = owners.post(restrict, {"access": "read-only", "policy": ""}, follow=True)
    assert b"read only, from now on" in narrowed.content.lower()


def test_a_third_key_is_refused_in_words(owners: Client, api_key: ApiKey) -> None:
    owners.post(reverse("console:key-create"), {"name": "second"})
    answer = owners.post(reverse("console:key-create"), {"name": "third"})
    assert b"at most 2 API keys" in answer.content
    assert ApiKey.objects.count() == 2


def test_a_token_opens_the_rest_api_until_it_is_deleted(owners: Client, application: Application) -> None:
    made = owners.post(reverse("console:token-create"), {"name": "nightly"})
    token, text = made.context["new_token"]
    assert text.encode() in made.content
    visitor = Client(headers={"authorization": f"Bearer {text}"})
    assert visitor.get("/api/v1/uploads").status_code == 200
    owners.post(reverse("console:token-delete", args=[token.digest]))
    assert visitor.get("/api/v1/uploads").status_code == 401


def test_a_keys_access_is_narrowed_on_the_page(owners: Client, api_key: ApiKey) -> None:
    restrict = reverse("console:key-restrict", args=[api_key.pk])
    rules = [{"effect": "allow", "action": "Describe*", "resource": "*"}]
    owners.post(restrict, {"access": "custom", "policy": json.dumps(rules)})
    api_key.refresh_from_db()
    assert (api_key.access, api_key.policy) == ("custom", rules)
    page = owners.get(reverse("console:access")).content
    assert b"Custom" in page and b"Describe*" in page
    for wrong in ({"access": "custom", "policy": "[]"}, {"access": "custom", "policy": "{"}, {"access": "some"}):
        assert b"alert-danger" in owners.post(restrict, wrong, follow=True).content
        api_key.refresh_from_db()
        assert api_key.access == "custom"
    owners.post(restrict, {"access": "read-only", "policy": ""})
    api_key.refresh_from_db()
    assert (api_key.access, api_key.policy) == ("read-only", [])


def test_web_pages_are_named_one_a_line_and_a_mistake_costs_none_of_them(
    owners: Client, operator: User, application: Application
) -> None:
    address = reverse("console:origins-allow")
    done = owners.post(address, {"origins": "https://shop.example\r\n\r\nhttps://www.shop.example"}, follow=True)
    assert "2 web pages may call the REST API" in done.content.decode()
    wrong = owners.post(address, {"origins": "https://shop.example\r\nshop"}).content.decode()
    assert "“shop” is no origin" in wrong
    assert "https://shop.example\nshop" in wrong.replace("\r", "")
    owners.force_login(operator)
    assert owners.post(address, {"origins": ""}).status_code == 403
    assert application.allowed_origins.count() == 2
