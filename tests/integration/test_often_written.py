"""What is written by a statement that was put together once is what Django itself would have written."""

from datetime import timedelta

import pytest
from django.forms import model_to_dict
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from applications.often_written import write
from media_jobs.models import Job, Media, ProcedureTask

pytestmark = pytest.mark.django_db


def _task(media: Media, name: str) -> ProcedureTask:
    return ProcedureTask(application=media.application, media=media, task_id=name, priority=-3, procedure="ein Ä %s 'x")


def _job(task: ProcedureTask, position: int) -> Job:
    plan = {"label": "100 % \" ' \\ 画", "deep": [1, None, 2.5, {"a": True}]}
    return Job(application=task.application, media=task.media, task=task, kind="animate", position=position, plan=plan)


def test_rows_are_those_that_django_writes(uploaded: Media, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ours, djangos = _task(uploaded, "ours"), _task(uploaded, "djangos")
    with django_assert_num_queries(1):
        write([ours])
    djangos.save()
    assert ours.pk and not ours._state.adding
    one, other = [ProcedureTask.objects.get(task_id=name) for name in ("ours", "djangos")]
    assert one == ours
    apart = {"id", "task_id", "created_at"}
    assert model_to_dict(one, exclude=apart) == model_to_dict(other, exclude=apart)
    mine, its = [_job(ours, n) for n in range(3)], [_job(djangos, n) for n in range(3)]
    with django_assert_num_queries(1):
        write(mine)
    Job.objects.bulk_create(its)
    found, wanted = list(ours.jobs.order_by("position")), list(djangos.jobs.order_by("position"))
    assert found == mine and [job.plan for job in found] == [job.plan for job in wanted]
    apart = {"id", "task", "created_at", "not_before"}
    assert [model_to_dict(job, exclude=apart) for job in found] == [model_to_dict(job, exclude=apart) for job in wanted]


def test_what_a_row_leaves_to_the_database_is_known_when_it_is_asked_for(uploaded: Media) -> None:
    task = _task(uploaded, "t")
    write([task])
    later = timezone.now() + timedelta(hours=1)
    left, given = _job(task, 0), _job(task, 1)
    given.not_before = later
    write([left, given])
    assert abs(left.not_before - timezone.now()) < timedelta(minutes=5)
    assert given.not_before == Job.objects.get(pk=given.pk).not_before == later


def test_however_many_they_are_they_get_numbers_of_their_own(uploaded: Media) -> None:
    tasks = [_task(uploaded, f"t{n}") for n in range(250)]
    write(tasks)
    assert {task.task_id: task.pk for task in tasks} == dict(ProcedureTask.objects.values_list("task_id", "pk"))
    write([])
