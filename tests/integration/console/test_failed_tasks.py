"""What a page offers after a failure: only what can help, and the repair where it failed."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.events.services import modify_event_config
from media_jobs.jobs.services import submit_task
from media_jobs.library.services import modify_media
from media_jobs.models import Job, Media, ProcedureTask
from media_jobs.states import JobState, TaskStatus
from procedures.models import Procedure
from procedures.plan import StepInput, plan_from
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def _ended(task: ProcedureTask, *, state: JobState, err_code: str = "", message: str = "") -> str:
    """The task's page, all of whose images ended so."""
    Job.objects.filter(task=task).update(state=state, err_code=err_code, message=message, attempts=1)
    aborted = state == JobState.ABORTED
    ProcedureTask.objects.filter(pk=task.pk).update(status=TaskStatus.ABORTED if aborted else TaskStatus.FINISH)
    return reverse("console:task", args=[task.task_id])


@pytest.mark.parametrize(
    ("state", "err_code", "retry", "change"),
    [
        (JobState.FAIL, "SourceFileError.NoVideoMedia", False, False),
        (JobState.FAIL, "SourceFileError.ContentMalformed", False, False),
        (JobState.FAIL, "InvalidInput.InvalidTimeOffset", False, True),
        (JobState.FAIL, "InvalidInput.ResultFileSizeTooLarge", False, True),
        (JobState.FAIL, "InternalError", True, True),
        (JobState.ABORTED, "", True, True),
    ],
)
def test_retry_is_offered_only_where_it_can_help(
    state: JobState,
    err_code: str,
    retry: bool,
    change: bool,
    operators: Client,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    page = operators.get(_ended(task, state=state, err_code=err_code)).content
    assert (b'id="retry-task"' in page, b'id="change-task"' in page) == (retry, change)


def test_a_cancelled_image_is_not_said_to_wait_for_another_try(
    operators: Client, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    page = operators.get(_ended(task, state=JobState.ABORTED, message="Cancelled.")).content
    assert b"Waiting to be tried again" not in page
    assert b"Cancelled before it was made" in page


def test_a_wrong_offset_is_repaired_from_the_failed_task(
    operators: Client,
    application: Application,
    gif_template: AnimatedImageTemplate,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    steps = [StepInput(definition=gif_template.definition, start=start) for start in (1.0, 60.0)]
    create_procedure(application=application, name="late", steps=steps)
    task = upload_clip(procedure="late").tasks.get()
    run_jobs()
    address = reverse("console:task-change", args=[task.task_id])
    assert address.encode() in operators.get(reverse("console:task", args=[task.task_id])).content
    form = operators.get(address)
    assert [(row["start"].value(), row["end"].value()) for row in form.context["form"].rows] == [("60", "0")]
    assert b"lies at or past the end of the video" in form.content

    wrong = operators.post(address, {"definition": gif_template.definition, "start": "nonsense", "end": ""})
    assert b"Write a time such as" in wrong.content
    answer = operators.post(address, {"definition": gif_template.definition, "start": "1", "end": "2"})
    again = ProcedureTask.objects.latest("pk")
    assert answer["Location"] == reverse("console:task", args=[again.task_id])
    run_jobs()
    assert [job.state for job in again.jobs.all()] == [JobState.SUCCESS]
    assert again.procedure == "late"


def test_what_a_run_had_otherwise_than_its_template_is_kept_when_it_is_retried_with_changes(
    operators: Client, application: Application, uploaded: Media, gif_template: AnimatedImageTemplate
) -> None:
    definition = gif_template.definition
    wanted = [
        StepInput(definition=definition, start=60, picture={"fps": 3, "quality": 50.0}),
        StepInput(definition=definition, start=70),
    ]
    task = submit_task(media=uploaded, plan=plan_from(application, wanted))
    _ended(task, state=JobState.FAIL, err_code="InvalidInput.InvalidTimeOffset")
    address = reverse("console:task-change", args=[task.task_id])
    form = operators.get(address)
    assert b"Instead of the template: fps 3, quality 50.0" in form.content
    first, second = form.context["form"].rows
    sent = {"definition": [definition] * 3, "start": ["1"] * 3, "end": ["2"] * 3}
    sent |= {name: [second[name].value(), first[name].value(), ""] for name in ("job", "picture")}
    operators.post(address, sent)
    again = ProcedureTask.objects.latest("pk")
    kept = [(job.plan.get("changed", {}), job.plan["spec"]["fps"]) for job in again.jobs.order_by("position")]
    usual = ({}, gif_template.fps)
    assert kept == [usual, ({"fps": 3, "quality": 50.0}, 3), usual]


@pytest.mark.parametrize("metadata", [None, {"video_streams": [], "audio_streams": [], "duration": 3.0}])
def test_damaged_and_audio_only_media_offer_no_other_image(
    metadata: dict[str, object] | None, operators: Client, uploaded: Media
) -> None:
    page = reverse("console:media-detail", args=[uploaded.file_id])
    assert b"Make another</button>" in operators.get(page).content
    uploaded.jobs.update(state=JobState.FAIL)
    Media.objects.filter(pk=uploaded.pk).update(problem="" if metadata else "The file is damaged.", metadata=metadata)
    seen = operators.get(page).content
    assert b"Make another" not in seen
    assert (b"this file has no video" if metadata else b"None can be made: The file is damaged.") in seen
    assert b'aria-label="Process clip"' not in operators.get(reverse("console:media")).content


def test_a_media_with_a_name_over_64_characters_can_be_saved(operators: Client, uploaded: Media) -> None:
    name = "n" * 100
    Media.objects.filter(pk=uploaded.pk).update(name=name)
    page = reverse("console:media-modify", args=[uploaded.file_id])
    assert operators.post(page, {"name": name, "description": "kept", "tags": ""}).status_code == 302
    uploaded.refresh_from_db()
    assert (uploaded.name, uploaded.description) == (name, "kept")
    assert b"1 to 64 characters" in operators.post(page, {"name": "m" * 65, "description": "", "tags": ""}).content
    assert modify_media(media=uploaded, fields={"name": "short"}).name == "short"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"mode": "PUSH", "notification_url": ""}, "A sample is kept, not sent. No callback URL is set"),
        ({"mode": "PULL"}, "A sample can be pulled now."),
    ],
)
def test_a_callback_without_an_address_is_not_said_to_be_sent(
    fields: dict[str, str], said: str, operators: Client, application: Application
) -> None:
    modify_event_config(application=application, fields=fields)  # type: ignore[arg-type]
    sent = operators.post(reverse("console:callback-test"), {"type": "FileDeleted"}, follow=True).content.decode()
    assert said in sent
    assert "on its way" not in sent
    again = operators.post(reverse("console:callback-replay-failed"), {"hours": "24"}, follow=True).content.decode()
    assert "Sent again" not in again
