"""The audit log: every change by people and keys, by every door, without a secret in it."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from applications.models import ApiKey, Application, AuditEntry, User
from applications.services.keys import issue_access_token
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.registry import READING
from media_jobs.models import Media
from templates_app.models import AnimatedImageTemplate
from tests.conftest import PASSWORD
from tests.integration.cloudapi.v3.signing import Signed, code
from tests.integration.test_lock_out import _basic

pytestmark = pytest.mark.django_db
SECRETS = ("hunter2hunter2", "Sup3rSecretSign")


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield


def told() -> list[tuple[str, str, str, str]]:
    return [(one.who, one.door, one.action, one.subject) for one in AuditEntry.objects.order_by("pk")]


@pytest.mark.usefixtures("in_application")
def test_changes_by_the_console_are_told_and_looks_are_not(
    client: Client, owner: User, application: Application, gif_template: AnimatedImageTemplate
) -> None:
    client.post("/login", {"username": "owner", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")
    client.get("/app/1500000001/vod/audit")
    client.post("/app/1500000001/vod/cam/user/add", {"username": "newcomer", "role": "viewer"})
    client.post("/app/1500000001/vod/cam/capi/keys", {"name": "shop"})
    client.post(reverse("console:template-delete", args=[gif_template.definition]))
    client.post(reverse("console:template-create"), {"name": "x", "fps": "nonsense"})
    client.post("/logout")
    assert told() == [
        ("owner", "console", "login", "username=owner"),
        ("owner", "console", "member-add", "username=newcomer, role=viewer"),
        ("owner", "console", "key-create", "name=shop"),
        ("owner", "console", "template-delete", f"definition={gif_template.definition}"),
        ("owner", "console", "logout", ""),
    ]
    first = AuditEntry.objects.earliest("pk")
    assert (first.application, first.address) == (None, "192.0.2.1")
    assert AuditEntry.objects.get(action="member-add").application == application


def test_changes_by_rest_name_the_key_or_token_and_refusals_are_not_told(
    client: Client, owner: User, api_key: ApiKey, application: Application
) -> None:
    headers = _basic(api_key, api_key.secret_key)
    made = client.post(
        "/api/v1/templates", {"fps": 5, "name": "mine"}, content_type="application/json", headers=headers
    )
    assert made.status_code == 201
    assert (
        client.post("/api/v1/templates", {"fps": 9999}, content_type="application/json", headers=headers).status_code
        == 400
    )
    token = issue_access_token(user=owner, application=application)[1]
    bearer = {"Authorization": f"Bearer {token}"}
    number = made.json()["definition"]
    assert client.delete(f"/api/v1/templates/{number}", headers=bearer).status_code == 204
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [(one.door, one.action, one.credential) for one in entries] == [
        ("rest", "POST template-list", api_key.secret_id),
        ("rest", "DELETE template-detail", token[:15]),
    ]
    assert f"definition={number}" in entries[0].subject and f"definition={number}" in entries[1].subject
    listed = client.get("/api/v1/audit?action=DELETE%20template-detail", headers=bearer).json()
    assert (listed["count"], listed["results"][0]["who"]) == (1, "owner")


def test_changes_by_the_api_are_told_and_work_is_not(client: Client, api_key: ApiKey, uploaded: Media) -> None:
    def call(action: str, body: str) -> str:
        return code(Signed(api_key.secret_id, api_key.secret_key, action=action, body=body.encode()).send(client))

    assert call("DescribeTasks", "{}") == ""
    work = '"MediaProcessTask": {"AnimatedGraphicTaskSet": [{"Definition": 20000}]}'
    assert call("ProcessMedia", f'{{"FileId": "{uploaded.file_id}", {work}}}') == ""
    assert call("ModifyMediaInfo", f'{{"FileId": "{uploaded.file_id}", "Name": "new"}}') == ""
    assert call("DeleteMedia", '{"FileId": "5111111111111111111"}') != ""
    (entry,) = AuditEntry.objects.all()
    assert (entry.door, entry.action, entry.credential) == ("api", "ModifyMediaInfo", api_key.secret_id)
    assert entry.subject == f"FileId={uploaded.file_id}, Name=new"


def test_the_api_tells_the_client_s_whole_address(api_key: ApiKey, uploaded: Media) -> None:
    body = f'{{"FileId": "{uploaded.file_id}", "Name": "new"}}'.encode()
    signed = Signed(api_key.secret_id, api_key.secret_key, action="ModifyMediaInfo", body=body)
    assert code(signed.send(Client(REMOTE_ADDR="2001:db8::1:2"))) == ""
    assert AuditEntry.objects.get().address == "2001:db8::1:2"


def test_what_an_operator_does_at_the_command_line_is_told(application: Application) -> None:
    call_command("unlock", "owner", stdout=StringIO())
    call_command("quota", "--max-bytes", "5", stdout=StringIO())
    assert [one[1:] for one in told()] == [
        ("command", "unlock", "username=owner"),
        ("command", "quota", "name=max_bytes"),
    ]


def test_no_secret_gets_into_the_log(client: Client, owner: User, application: Application) -> None:
    client.force_login(owner)
    new = {"new_password1": SECRETS[0], "new_password2": SECRETS[0]}
    client.post("/password", {"old_password": PASSWORD, **new})
    settings = {"mode": "PULL", "sign_key": SECRETS[1], "notification_url": ""}
    client.post("/app/1500000001/vod/callback/settings", settings)
    entries = " ".join(" ".join(map(str, one)) for one in AuditEntry.objects.values_list())
    assert AuditEntry.objects.count() == 2
    assert not [secret for secret in (*SECRETS, PASSWORD) if secret in entries]


def test_an_application_reads_its_own_entries_only(
    client: Client, owner: User, stranger: User, application: Application, other_application: Application
) -> None:
    client.force_login(owner)
    client.post("/app/1500000001/vod/cam/capi/keys", {"name": "shop"})
    assert b"name=shop" in client.get("/app/1500000001/vod/audit").content
    assert b"name=shop" in client.get("/app/1500000001/vod/audit?text=shop&door=console").content
    assert b"name=shop" not in client.get("/app/1500000001/vod/audit?text=elsewhere").content
    assert b"name=shop" not in client.get("/app/1500000001/vod/audit?door=command").content
    client.force_login(stranger)
    assert b"name=shop" not in client.get("/app/1500000001/vod/audit").content
    assert client.get("/api/v1/audit").json()["count"] == 0


def test_every_action_that_changes_something_is_told_or_is_work() -> None:
    work = {action.name for action in ACTIONS.values() if action.is_work}
    assert work == {
        *("ProcessMedia", "ProcessMediaByProcedure", "ApplyUpload", "CommitUpload", "PullUpload"),
        *("PullEvents", "ConfirmEvents"),
    }
    assert not {name for name in work if ACTIONS[name].role in READING}
