"""What is put into SQL once answers what Django's own query answers, whatever the rows hold and whoever asks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.forms import model_to_dict
from pytest_django import DjangoAssertNumQueries

from applications.by_hand import rows, touched
from applications.models import Application
from applications.often_asked import OftenAsked
from media_jobs.library.classes import create_class
from media_jobs.models import Job, Media
from procedures.models import Procedure

JOBS = OftenAsked(
    lambda task: Job.objects.filter(task=task).select_related("media", "output", "snapshots").order_by("position"),
    "task",
)
OF_STATUS = OftenAsked(
    lambda status, application, file_id: (
        Media.objects.filter(application=application, file_id=file_id, status=status)
        .select_related("media_class")
        .only("name", "media_class")
    ),
    "application",
    "file_id",
)


@pytest.mark.django_db(transaction=True)  # as PostgreSQL ends a transaction that idles while pictures are made
def test_rows_and_what_is_related_are_those_of_the_plain_query(
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    tasks = [upload_clip(name=f"{n}.mp4", procedure=procedure.name).tasks.get() for n in range(2)]
    run_jobs()
    for task in tasks:
        plain = Job.objects.filter(task=task).select_related("media", "output", "snapshots").order_by("position")
        with django_assert_num_queries(1):
            found = JOBS.all(task=task.pk)
            related = [(job.media.metadata, job.output.recipe, hasattr(job, "snapshots")) for job in found]
        assert found == list(plain)
        assert [model_to_dict(job) for job in found] == [model_to_dict(job) for job in plain]
        assert related == [(job.media.metadata, job.output.recipe, hasattr(job, "snapshots")) for job in plain]
        assert [job.finished_at for job in found] == [job.finished_at for job in plain]
    assert JOBS.first(task=0) is None


@pytest.mark.django_db
def test_each_constant_has_words_of_its_own_and_what_is_not_related_is_none(
    application: Application, uploaded: Media
) -> None:
    asked: dict[str, str | int] = {"application": application.pk, "file_id": uploaded.file_id}
    found = OF_STATUS.first("Normal", **asked)
    assert found == uploaded and found.media_class is None
    assert OF_STATUS.first("Forbidden", **asked) is None
    shelf = create_class(application=application, name="shelf")
    Media.objects.update(media_class=shelf, status="Forbidden")
    assert OF_STATUS.first("Normal", **asked) is None
    found = OF_STATUS.first("Forbidden", **asked)
    assert found and found.media_class == shelf
    assert found.media_type == "mp4"  # left out of the query, so asked for when wanted


@pytest.mark.django_db(transaction=True)
def test_other_threads_and_a_connection_that_was_closed_ask_as_well(application: Application, uploaded: Media) -> None:
    def ask() -> Media | None:
        try:
            return OF_STATUS.first("Normal", application=application.pk, file_id=uploaded.file_id)
        finally:
            connection.close()

    assert ask() == ask() == uploaded
    with ThreadPoolExecutor(3) as pool:
        assert {one.result() for one in [pool.submit(ask) for _ in range(9)]} == {uploaded}


@pytest.mark.django_db
def test_what_is_asked_by_hand_is_counted_like_any_other_query(
    application: Application, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """On PostgreSQL it went by a cursor that neither counts of queries nor their wrappers knew of."""
    seen: list[str] = []

    def note(execute: Any, sql: str, arguments: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, arguments, many, context)

    with django_assert_num_queries(3), connection.execute_wrapper(note):
        assert rows("SELECT name FROM applications_application WHERE id = %s", [application.pk])
        assert touched("UPDATE applications_application SET name = name WHERE id = %s", [application.pk]) == 1
        assert OF_STATUS.first("Normal", application=application.pk, file_id="none") is None
    assert len(seen) == 3
