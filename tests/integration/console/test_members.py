"""Members: let in, given another role, seen out; never without an owner."""

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from applications.roles import Role
from applications.services.keys import issue_access_token, issue_api_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def owners(client: Client, owner: User, application: Application) -> Client:
    client.force_login(owner)
    return client


def _member_url(name: str, user: User) -> str:
    return reverse(f"console:member-{name}", args=[user.memberships.get().pk])


def test_a_new_person_gets_a_password_that_is_shown_once_and_works(owners: Client, application: Application) -> None:
    answer = owners.post(reverse("console:member-add"), {"username": "zoë", "role": "viewer"})
    membership, password = answer.context["added"]
    assert password.encode() in answer.content
    assert password.encode() not in owners.get(reverse("console:members")).content
    visitor = Client()
    visitor.post(reverse("console:login"), {"username": "zoë", "password": password})
    assert visitor.get("/", follow=True).context["caller"].role == Role.VIEWER
    assert membership.application == application


def test_a_known_person_keeps_their_password(owners: Client, stranger: User) -> None:
    before = stranger.password
    owners.post(reverse("console:member-add"), {"username": "stranger", "role": "operator"})
    stranger.refresh_from_db()
    assert (stranger.memberships.get().role, stranger.password) == (Role.OPERATOR, before)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"username": "owner", "role": "viewer"}, "is a member already"),
        ({"username": "no spaces", "role": "viewer"}, "letters, digits and @ . + - _ only"),
        ({"username": "", "role": "viewer"}, "This field is required"),
        ({"username": "new", "role": "king"}, "king is not one of the available choices"),
    ],
)
def test_who_cant_be_let_in_is_told_in_words(form: dict[str, str], words: str, owners: Client) -> None:
    answer = owners.post(reverse("console:member-add"), form)
    assert words in str(answer.context["form"].errors)
    assert not User.objects.filter(username="new").exists()


def test_a_role_is_changed_at_once(owners: Client, viewer: User) -> None:
    owners.post(_member_url("change", viewer), {"role": "operator"})
    assert viewer.memberships.get().role == Role.OPERATOR
    answer = owners.post(_member_url("change", viewer), {"role": "king"})
    assert (answer.status_code, "king is not one of" in answer.content.decode()) == (200, True)
    assert viewer.memberships.get().role == Role.OPERATOR


def test_a_role_that_cant_be_given_stays_chosen_in_its_row_with_the_reason_beside_it(
    owners: Client, owner: User, viewer: User
) -> None:
    answer = owners.post(_member_url("change", owner), {"role": "viewer"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('id="role-errors"') == page.count('aria-describedby="role-errors"') == 1
    row = page[page.index("Role of owner") : page.index("Remove owner")]
    assert '<option value="viewer" selected>' in row
    assert "last owner" in row[row.index('id="role-errors"') :]
    assert owner.memberships.get().role == Role.OWNER


def test_the_last_owner_stays_the_owner(owners: Client, owner: User, viewer: User) -> None:
    answer = owners.post(_member_url("remove", owner), {})
    assert (answer.status_code, b"last owner" in answer.content) == (409, True)
    owners.post(_member_url("change", viewer), {"role": "owner"})
    owners.post(_member_url("change", owner), {"role": "viewer"})
    assert owner.memberships.get().role == Role.VIEWER


def test_who_is_removed_loses_keys_and_tokens_with_the_access(
    owners: Client, operator: User, application: Application
) -> None:
    issue_api_key(user=operator, application=application)
    _, text = issue_access_token(user=operator, application=application)
    owners.post(_member_url("remove", operator))
    assert not operator.memberships.exists()
    assert not application.api_keys.filter(user=operator).exists()
    assert Client(headers={"authorization": f"Bearer {text}"}).get("/api/v1/uploads").status_code == 401
