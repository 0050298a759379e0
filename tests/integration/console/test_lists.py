"""What the lists find, and the true outcome that they tell."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.jobs.selectors import Outcome, tasks_found, with_outcome
from media_jobs.jobs.services import cancel_task
from media_jobs.library.listing import media_found
from media_jobs.library.selectors import Figures, QueueFigures
from media_jobs.library.services import modify_media
from media_jobs.library.states import MediaState
from media_jobs.models import Job, Media, MediaClass, ProcedureTask
from media_jobs.states import JobState, TaskStatus
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from templates_app.search import templates_found

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.mark.parametrize(
    ("states", "status", "outcome", "made"),
    [
        ([JobState.WAITING, JobState.WAITING], TaskStatus.WAITING, Outcome.WAITING, 0),
        ([JobState.SUCCESS, JobState.PROCESSING], TaskStatus.PROCESSING, Outcome.PROCESSING, 1),
        ([JobState.SUCCESS, JobState.SUCCESS], TaskStatus.FINISH, Outcome.COMPLETED, 2),
        ([JobState.SUCCESS, JobState.FAIL], TaskStatus.FINISH, Outcome.PARTLY_FAILED, 1),
        ([JobState.FAIL, JobState.FAIL], TaskStatus.FINISH, Outcome.FAILED, 0),
        ([JobState.FAIL, JobState.ABORTED], TaskStatus.ABORTED, Outcome.CANCELLED, 0),
    ],
)
def test_a_tasks_outcome_tells_its_jobs_truth(
    states: list[JobState],
    status: TaskStatus,
    outcome: Outcome,
    made: int,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
) -> None:
    task = upload_clip(procedure=procedure.name).tasks.get()
    for job, state in zip(task.jobs.all(), states, strict=True):
        Job.objects.filter(pk=job.pk).update(state=state, progress=100 if state == JobState.SUCCESS else 0)
    ProcedureTask.objects.filter(pk=task.pk).update(status=status)
    told = with_outcome(ProcedureTask.objects.all()).get()
    assert (told.outcome, told.images, told.made, told.progress) == (outcome, 2, made, 50 * made)


def test_media_are_found_by_name_id_and_tag(application: Application, upload_clip: Callable[..., Media]) -> None:
    beach, city = upload_clip(name="Beach.mp4"), upload_clip(name="City.mp4")
    modify_media(media=city, fields={"tags": ["urban night"]})
    for text, found in (("each", beach), (beach.file_id[:12], beach), ("URBAN", city), (" city ", city)):
        assert list(media_found(application, text=text)) == [found], text
    assert not media_found(application, text="nothing")


def test_media_are_found_by_state_and_class(
    application: Application, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    media = upload_clip()
    run_jobs()
    waiting = upload_clip(name="waiting.mp4")
    news = MediaClass.objects.create(application=application, name="News")
    modify_media(media=media, fields={"media_class": news})
    assert list(media_found(application, state=MediaState.NORMAL)) == [media]
    assert list(media_found(application, state=MediaState.PROCESSING)) == [waiting]
    assert list(media_found(application, class_id=news.pk)) == [media]
    assert list(media_found(application, class_id=0)) == [waiting]


def test_tasks_are_found_by_file_flow_id_and_outcome(
    application: Application, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    first, second = (upload_clip(name=f"{name}.mp4", procedure="loops").tasks.get() for name in ("one", "two"))
    cancel_task(task=second)
    for text, found in (("one", [first]), (second.task_id[-12:], [second]), ("loop", [second, first])):
        assert list(tasks_found(application, text=text)) == found, text
    assert list(tasks_found(application, outcome=Outcome.CANCELLED)) == [second]
    assert list(tasks_found(application, file_id=first.media.file_id)) == [first]


def test_templates_are_found_by_name_id_and_kind(
    application: Application, gif_template: AnimatedImageTemplate, webp_template: AnimatedImageTemplate
) -> None:
    assert list(templates_found(application, text="small g")) == [gif_template]
    assert list(templates_found(application, text="30002")) == [webp_template]
    assert list(templates_found(application, kind="custom")) == [gif_template, webp_template]
    assert {template.is_preset for template in templates_found(application, kind="preset")} == {True}


def test_the_overview_counts_what_is_there_and_nobody_elses(
    application: Application, other_application: Application, upload_clip: Callable[..., Media], procedure: Procedure
) -> None:
    upload_clip(procedure=procedure.name)
    upload_clip(into=other_application)
    assert Figures.of(application) == Figures(media=1, images=0, running=1, failed=0)
    assert QueueFigures.now().waiting == 4
    assert QueueFigures.now().age.total_seconds() > 0


@pytest.mark.parametrize("query", ["page=999", "page=x", "outcome=nonsense", "state=nonsense", "class_id=x", "kind=9"])
@pytest.mark.parametrize("name", ["media", "tasks", "templates", "flows"])
def test_nonsense_in_the_address_filters_nothing(
    name: str, query: str, client: Client, owner: User, uploaded: Media
) -> None:
    client.force_login(owner)
    assert client.get(f"{reverse(f'console:{name}')}?{query}").status_code == 200
