"""Pages say what is so: numbers that fit their lists, choices with their reasons, and nothing done twice or unasked."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from applications.models import ApiKey, Application, User
from applications.services.keys import delete_api_key, set_api_key_enabled
from console.address import addresses_of
from console.words.offsets import clock
from media_jobs.models import AnimatedImage, Job, Media, ProcedureTask
from media_jobs.states import JobState, TaskStatus
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def owners(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_the_number_of_failed_tasks_is_that_of_the_list_behind_it(
    owners: Client, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    whole, part, old = (upload_clip(procedure=procedure.name).tasks.get() for _ in range(3))
    for task in (whole, part, old):
        task.jobs.update(state=JobState.FAIL, finished_at=timezone.now())
    Job.objects.filter(pk=part.jobs.all()[0].pk).update(state=JobState.SUCCESS)
    ProcedureTask.objects.update(status=TaskStatus.FINISH)
    ProcedureTask.objects.filter(pk=old.pk).update(created_at="2020-01-01T00:00:00Z")
    page = owners.get(reverse("console:overview"))
    assert page.context["figures"].failed == 2
    link = next(one for one in re.findall(r'href="([^"]*outcome[^"]*)"', page.content.decode()))
    found = owners.get(link.replace("&amp;", "&"))
    assert found.context["page"].paginator.count == 2
    assert b"Of the last 24 hours" in found.content


def test_used_by_names_the_own_task_flows_alone_and_is_never_empty(
    owners: Client, application: Application, other_application: Application, procedure: Procedure
) -> None:
    for place, name in ((application, "here"), (other_application, "theirs")):
        create_procedure(application=place, name=name, steps=[StepInput(definition=20000)])
    create_procedure(application=other_application, name="more", steps=[StepInput(definition=20001)])
    page = owners.get(reverse("console:templates"))
    used = {one.definition: [step.procedure.name for step in one.steps.all()] for one in page.context["page"]}
    assert (used[20000], used[20001]) == (["here"], [])
    row = next(row for row in page.content.decode().split("<tr>") if ">20001<" in row)
    assert "–" in strip_tags(row)


def test_a_template_needs_a_name_in_the_form(owners: Client, application: Application) -> None:
    values = {"name": "", "format": "gif", "fps": "12", "quality": "75", "width": "", "height": ""}
    assert b"Give the template a name." in owners.post(reverse("console:template-create"), values).content
    assert not application.templates.exists()
    assert owners.get(reverse("console:template-preview"), values).context["previews"], "the preview needs none"


def test_what_was_renamed_is_told_by_its_new_name(
    owners: Client, procedure: Procedure, gif_template: AnimatedImageTemplate
) -> None:
    step = {"kinds": "animated", "definition": ["20000"], "start": [""], "end": [""]}
    flow = owners.post(reverse("console:flow-edit", args=[procedure.pk]), {"name": "second", **step}, follow=True)
    assert b"Task flow second is changed" in flow.content
    values = {"name": "fresh", "format": "gif", "fps": "12", "quality": "75"}
    address = reverse("console:template-edit", args=[gif_template.definition])
    assert b"Template fresh" in owners.post(address, values, follow=True).content


def test_a_cloned_flow_keeps_its_covers(owners: Client, application: Application, procedure: Procedure) -> None:
    procedure.covers.create(position=1, definition=10, position_type="Percent", position_value=50)
    form = {"name": "second", "kinds": ["animated", "covers"], "definition": ["20000"], "start": [""], "end": [""]}
    form["cover_at"] = ["50%"]
    owners.post(reverse("console:flow-clone", args=[procedure.pk]), form)
    assert application.procedures.get(name="second").covers.count() == 1


def test_a_reload_after_creating_a_key_makes_no_second_one(owners: Client, application: Application) -> None:
    form = dict(re.findall(r'name="(once)" value="([^"]+)"', owners.get(reverse("console:access")).content.decode()))
    assert b"SecretKey" in owners.post(reverse("console:key-create"), {"name": "shop", **form}).content
    again = owners.post(reverse("console:key-create"), {"name": "shop", **form}, follow=True)
    assert b"It was made already" in again.content
    assert application.api_keys.filter(name="shop").count() == 1
    for one in ApiKey.objects.all():
        set_api_key_enabled(key=one, enabled=False)
        delete_api_key(key=one)
    owners.post(reverse("console:token-create"), {"name": "shop", "once": "another"})
    owners.post(reverse("console:token-create"), {"name": "shop", "once": "another"})
    assert application.access_tokens.count() == 1


def test_going_back_to_a_form_that_was_refused_sends_it(owners: Client, application: Application) -> None:
    right = {"username": "zoe", "role": "viewer", "once": "member"}
    refused = {**right, "username": "z o e"}
    assert b"A new account was made" not in owners.post(reverse("console:member-add"), refused).content
    assert b"A new account was made" in owners.post(reverse("console:member-add"), right).content
    for name in ("key-create", "token-create"):
        owners.post(reverse(f"console:{name}"), {"name": "x" * 65, "once": name})
        assert (
            b"It was made already"
            not in owners.post(reverse(f"console:{name}"), {"name": "shop", "once": name}, follow=True).content
        )


def test_add_member_says_that_it_makes_an_account(owners: Client) -> None:
    assert b"becomes a new account" in owners.get(reverse("console:members")).content
    form = {"username": "zoe", "role": "viewer", "once": "one"}
    assert b"A new account was made" in owners.post(reverse("console:member-add"), form).content
    assert b"let in already" in owners.post(reverse("console:member-add"), form, follow=True).content


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (10.08, "10.08 s"), (59.999, "1:00"), (75.5, "1:15.5"), (3723, "1:02:03")]
)
def test_seconds_are_written_in_one_way(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_bytes_are_grouped(owners: Client, upload_clip: Callable[..., Media], procedure: Procedure) -> None:
    media = upload_clip(procedure=procedure.name)
    job = media.jobs.filter(kind="animate")[0]
    facts = {"frames": 5, "duration": 10.08, "bitrate": 1, "size": 1234567, "md5": "0" * 32, "start": 0.0, "end": 1.0}
    AnimatedImage.objects.create(
        application=media.application, media=media, job=job, definition=1, container="gif", width=1, height=1, **facts
    )
    page = owners.get(reverse("console:media-detail", args=[media.file_id])).content.decode()
    assert "(1,234,567 bytes)" in page and "10.08 s long" in page


def test_a_greyed_auto_processing_says_why(owners: Client, gif_template: AnimatedImageTemplate) -> None:
    page = owners.get(reverse("console:upload")).content.decode()
    assert "There is no task flow yet." in page
    assert "data-flow-choice" not in page, "the page's script hides that one"


def test_the_switcher_is_links_with_a_name(owners: Client, application: Application) -> None:
    page = owners.get(reverse("console:overview")).content.decode()
    assert f'aria-label="Application: Studio({application.app_id})"' in page
    with addresses_of(application.app_id):
        assert f'href="{reverse("console:overview")}"' in page
    assert "data-submit-on-change" not in page
