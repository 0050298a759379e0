"""Tasks and batches: narrowed, followed, cancelled and tried again, one or many."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, AuditEntry, User
from console.views import batches
from media_jobs.batches import walk
from media_jobs.jobs.outlook import Outlook, outlook
from media_jobs.models import Batch, Event, EventConfig, Job, Media, ProcedureTask, Worker
from media_jobs.states import OPEN_BATCHES, JobState, TaskStatus
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def _end(task: ProcedureTask, *, state: JobState, err_code: str = "") -> None:
    Job.objects.filter(task=task).update(state=state, err_code=err_code)
    ProcedureTask.objects.filter(pk=task.pk).update(status=TaskStatus.FINISH, finished_at=timezone.now())


def test_tasks_are_narrowed_by_flow_template_day_and_batch(
    operators: Client,
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    webp_template: AnimatedImageTemplate,
) -> None:
    steps = [StepInput(definition=webp_template.definition, end=0.4)]
    other = create_procedure(application=application, name="other", steps=steps)
    first, second = (upload_clip(procedure=name).tasks.get() for name in (procedure.name, other.name))
    ProcedureTask.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=3))
    today = timezone.now().date()
    both = [second, first]
    for query, found in (
        (f"procedure={other.name}", [second]),
        (f"definition={steps[0].definition}", both if steps[0].definition in _definitions(first) else [second]),
        (f"since={today}", [second]),
        (f"until={today - timedelta(days=1)}", [first]),
        ("sort=created", [first, second]),
        ("batch=00000000-0000-0000-0000-000000000000", []),
        ("procedure=nonsense&since=x&definition=-1&batch=7", both),
    ):
        page = operators.get(f"{reverse('console:tasks')}?{query}").context["page"]
        assert list(page) == found, query


def _definitions(task: ProcedureTask) -> list[int]:
    return list(task.jobs.values_list("definition", flat=True))


def test_several_tasks_are_cancelled_and_tried_again_where_that_can_help(
    operators: Client, upload_clip: Callable[..., Media], procedure: Procedure, other_application: Application
) -> None:
    tasks = [upload_clip(procedure=procedure.name).tasks.get() for _ in range(3)]
    done, broken, stopped = tasks
    foreign = upload_clip(into=other_application)
    _end(done, state=JobState.SUCCESS)
    _end(broken, state=JobState.FAIL, err_code="SourceFileError.NoVideoMedia")
    chosen = {"task_id": [task.task_id for task in tasks]}
    page = operators.post(reverse("console:tasks-cancel"), chosen, follow=True).content.decode()
    assert ("1 task cancelled." in page, "2 tasks had ended already." in page) == (True, True)
    stopped.refresh_from_db()
    assert stopped.status == TaskStatus.ABORTED
    page = operators.post(reverse("console:tasks-retry"), {"all": "3", "query": ""}, follow=True).content.decode()
    assert ("1 task tried again." in page, "2 tasks passed over" in page) == (True, True)
    assert ProcedureTask.objects.filter(media=stopped.media).count() == 2
    assert not foreign.tasks.exists()
    assert operators.post(reverse("console:tasks-retry"), {"all": "3", "query": ""}).status_code == 409
    assert operators.post(reverse("console:tasks-cancel"), {"task_id": ["nothing"]}).status_code == 400


def test_a_tasks_page_tells_its_way_its_place_and_what_the_api_tells(
    operators: Client,
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    Worker.objects.create(name="w", slots=1)
    made = upload_clip(procedure=procedure.name).tasks.get()
    run_jobs()
    first, second = (upload_clip(procedure=procedure.name).tasks.get() for _ in range(2))
    assert outlook(second).ahead == first.jobs.count() == 2
    page = operators.get(reverse("console:task", args=[second.task_id])).content.decode()
    assert "2 before it in the queue." in page
    assert "left, by the speed of the last images" in page

    page = operators.get(reverse("console:task", args=[made.task_id])).content.decode()
    for words in ("File received", "Work began", "Last image published", "Ended", "No callback URL is set"):
        assert words in page, words
    EventConfig.objects.update_or_create(application=application, defaults={"notification_url": "https://example.com"})
    page = operators.get(reverse("console:task", args=[made.task_id])).content.decode()
    assert "Callback not delivered yet" in page and "No callback URL" not in page
    assert reverse("console:callback-event", args=[Event.objects.get(subject=made.task_id).uid]) in page
    assert reverse("console:flow", args=[procedure.pk]) in page
    assert "&quot;MediaProcessResultSet&quot;" in page


def test_without_a_worker_or_a_picture_no_time_is_promised(
    upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    assert outlook(task) == Outlook(ahead=0, seconds=None)
    Worker.objects.create(name="w", slots=1)
    assert outlook(task) == Outlook(ahead=0, seconds=None)


def test_a_batch_says_how_many_of_its_media_are_done_and_about_how_long_the_others_take(
    operators: Client,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its bar was full as soon as all were waiting, and the rest was told to a hundredth of a second."""
    for _ in range(2):
        upload_clip()
    run_jobs()
    asked = {"all": "2", "query": "text=clip", "procedure": procedure.name}
    monkeypatch.setattr(batches, "seconds_left", lambda *_: 196.67)
    page = operators.post(reverse("console:media-process"), asked, follow=True).content.decode()
    assert 'max="2" value="0"' in page
    assert "0 of 2" in page
    assert "<dd>3:17</dd>" in page
    _end(ProcedureTask.objects.latest("pk"), state=JobState.SUCCESS)
    assert "1 of 2" in operators.get(reverse("console:batch", args=[Batch.objects.get().pk])).content.decode()


def test_several_media_are_foretold_and_then_processed_as_one_batch(
    operators: Client, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    for _ in range(2):
        upload_clip()
    run_jobs()
    asked = {"all": "2", "query": "text=clip&category=Video&since=2020-01-01", "procedure": procedure.name}
    told = operators.post(reverse("console:media-foretell"), asked).content.decode()
    assert "<dt>Images to make</dt><dd>4</dd>" in re.sub(r"\s*\n\s*", "", told)
    assert not Batch.objects.exists()
    assert operators.post(reverse("console:media-process"), asked | {"all": "1"}).status_code == 409
    page = operators.post(reverse("console:media-process"), asked, follow=True)
    batch = Batch.objects.get()
    assert page.redirect_chain[-1][0] == reverse("console:batch", args=[batch.pk])
    assert batch.tasks.count() == 2
    assert f"?batch={batch.pk}&amp;outcome=waiting" in page.content.decode().replace("&outcome", "&amp;outcome")
    assert b"Cancel the batch" in page.content
    assert [event.action for event in AuditEntry.objects.all()] == ["media-process"]

    operators.post(reverse("console:batch-cancel", args=[batch.pk]))
    walk.step(batch.pk)  # as a worker does
    batch.refresh_from_db()
    assert batch.state == "cancelled"
    assert b">Retry</button>" in operators.get(reverse("console:batch", args=[batch.pk])).content
    operators.post(reverse("console:batch-retry", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state in OPEN_BATCHES
    assert batch.procedure in operators.get(reverse("console:batches")).content.decode()
