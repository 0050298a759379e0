"""The generator of upload signatures: what it makes is believed, and nobody signs with another's key."""

import re

import pytest
from django.test import Client

from applications.models import ApiKey, User
from applications.services.keys import issue_api_key
from cloudapi.ugc.policy import believed
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]
ADDRESS = "/app/1500000001/vod/upload-signature"


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_signature_is_believed_and_carries_the_wishes(owner: User, api_key: ApiKey, procedure: Procedure) -> None:
    values = {"key": api_key.secret_id, "life": 3600, "procedure": procedure.name, "source_context": "a b&c"}
    page = _as(owner).post(ADDRESS, {**values, "one_time": "on"}).content.decode()
    policy = believed(re.findall(r'data-copy="([^"]+)"', page)[-1].replace("&#x3D;", "="))
    assert (policy.procedure, policy.is_one_time, policy.key) == (procedure.name, True, api_key)
    assert policy.signature.fields["sourceContext"] == "a b&c"


def test_without_a_key_the_page_says_what_to_do(operator: User, api_key: ApiKey) -> None:
    page = _as(operator).get(ADDRESS).content.decode()
    assert "No API key of yours" in page
    assert api_key.secret_id not in page


def test_nobody_signs_with_another_s_or_a_disabled_key(operator: User, owner: User, api_key: ApiKey) -> None:
    own = issue_api_key(user=operator, application=api_key.application)[0]
    page = _as(operator).post(ADDRESS, {"key": api_key.secret_id, "life": 3600}).content.decode()
    assert "The signature is made" not in page
    ApiKey.objects.filter(pk=own.pk).update(enabled=False)
    assert "No API key of yours" in _as(operator).get(ADDRESS).content.decode()


def test_a_viewer_is_turned_away(viewer: User) -> None:
    assert _as(viewer).get(ADDRESS).status_code == 403


def test_a_wrong_value_keeps_the_form_and_tells(owner: User, api_key: ApiKey) -> None:
    page = _as(owner).post(ADDRESS, {"key": api_key.secret_id, "life": 3600, "priority": 11}).content.decode()
    assert "is-invalid" in page
    assert "The signature is made" not in page
