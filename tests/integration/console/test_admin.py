"""/admin/: every table to read, for staff alone; a few safe actions, through the services."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import ApiKey, AuditEntry, User
from console.admin import site
from media_jobs.models import Media
from media_jobs.states import TaskStatus
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def administrators(client: Client, owner: User) -> Client:
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
    client.force_login(owner)
    return client


def _act(client: Client, model: str, action: str, pk: object) -> str:
    address = reverse(f"admin:{model}_changelist")
    answer = client.post(address, {"action": action, "_selected_action": [str(pk)]}, follow=True)
    return answer.content.decode()


def test_every_table_is_listed_searched_and_read_without_secrets(
    administrators: Client, api_key: ApiKey, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    for model in site._registry:
        address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        assert administrators.get(f"{address}?q=a").status_code == 200, address
        assert administrators.get(address.replace("?", "") + "add/").status_code == 403, address
    page = administrators.get(reverse("admin:applications_apikey_change", args=[api_key.pk])).content.decode()
    assert api_key.secret_id in page
    assert api_key.sealed_secret_key not in page
    page = administrators.get(reverse("admin:media_jobs_proceduretask_change", args=[task.pk])).content.decode()
    assert task.task_id in page
    assert 'name="_save"' not in page
    owner = administrators.get(reverse("admin:applications_user_changelist")).content.decode()
    assert "md5$" not in owner


@pytest.mark.parametrize("who", ["owner", "operator", "viewer", None])
def test_nobody_but_staff_gets_in(who: str | None, client: Client, request: pytest.FixtureRequest) -> None:
    if who:
        client.force_login(request.getfixturevalue(who))
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.status_code == (403 if who else 200)
    assert "Raw data" not in answer.content.decode()
    assert who or answer.redirect_chain[-1][0].startswith(reverse("console:login"))


def test_tasks_are_cancelled_and_tried_again_and_the_audit_log_tells(
    administrators: Client, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    assert "There is no part" not in _act(administrators, "media_jobs_proceduretask", "cancel", task.pk)
    task.refresh_from_db()
    assert task.status == TaskStatus.ABORTED
    _act(administrators, "media_jobs_proceduretask", "retry", task.pk)
    assert task.media.tasks.count() == 2
    assert [entry.action for entry in AuditEntry.objects.all()] == ["admin retry", "admin cancel"]
    again = task.media.tasks.first()
    assert again
    assert "nothing to try again" in _act(administrators, "media_jobs_proceduretask", "retry", again.pk)


def test_a_key_is_rotated_and_somebodys_sessions_are_ended(
    administrators: Client, api_key: ApiKey, viewer: User
) -> None:
    before = api_key.secret_key
    page = _act(administrators, "applications_apikey", "rotate", api_key.pk)
    api_key.refresh_from_db()
    assert api_key.secret_key != before
    assert api_key.secret_key in page
    other = Client()
    other.force_login(viewer)
    _act(administrators, "applications_user", "end_their_sessions", viewer.pk)
    assert other.get(reverse("console:overview")).status_code == 302
    assert administrators.get(reverse("console:overview")).status_code == 200


def test_staff_without_more_reads_and_does_nothing(
    client: Client, viewer: User, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    User.objects.filter(pk=viewer.pk).update(is_staff=True)
    client.force_login(viewer)
    task = upload_clip(procedure=procedure.name).tasks.get()
    assert client.get(reverse("admin:media_jobs_proceduretask_changelist")).status_code == 200
    _act(client, "media_jobs_proceduretask", "cancel", task.pk)
    task.refresh_from_db()
    assert task.status == TaskStatus.WAITING
