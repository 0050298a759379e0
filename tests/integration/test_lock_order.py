"""Whoever locks rows does so in one order (docs/architecture.md 7): no two wait for each other, on PostgreSQL neither.

SQLite's one writer takes turns anyhow; there this shows that nothing is broken by it.
"""

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from applications import transactions
from applications.errors import Refused
from applications.models import Application
from media_jobs.events.handing_out import take
from media_jobs.events.services import confirm_events, handle_of, modify_event_config, resume_deliveries
from media_jobs.jobs import leases
from media_jobs.jobs.publishing import held_media
from media_jobs.jobs.services import cancel_task, submit_task
from media_jobs.library.services import delete_media, modify_media
from media_jobs.maintenance.verify import unfinished
from media_jobs.models import Event, Job, Media, ProcedureTask
from media_jobs.states import JobState
from procedures.models import Procedure
from procedures.selectors import plan_of

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 30 if connection.vendor == "postgresql" else 6


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run calls at once, each ROUNDS times; what the database ended for another's sake fails the test."""
    monkeypatch.setattr(transactions, "_TRIES", 1)

    def run(*calls: Callable[[int], object]) -> None:
        errors: list[BaseException] = []
        start = threading.Barrier(len(calls))

        def work(call: Callable[[int], object]) -> None:
            try:
                start.wait(10)
                for number in range(ROUNDS):
                    with contextlib.suppress(Refused):
                        call(number)
            except BaseException as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not errors, errors

    return run


def _finish(number: int) -> None:
    """A job's end as run.py writes it: the media, then the job and its task."""
    if lease := leases.claim(worker="w"):
        job = Job.objects.get(pk=lease.job_id)
        with transaction.atomic():
            media = held_media(job)
            if media is not None and leases.succeed(lease):
                Media.objects.filter(pk=media.pk).update(poster_key="k")
                return
        leases.abort(lease)


def test_submitting_changing_finishing_and_deleting_one_media_never_wait_in_a_circle(
    uploaded: Media, procedure: Procedure, application: Application, side_by_side: Callable[..., None]
) -> None:
    modify_event_config(application=application, fields={"upload_complete": True, "delete_complete": True})
    plan = plan_of(procedure)

    def submit(number: int) -> None:
        submit_task(media=uploaded, plan=plan, notify_mode="Change", session_id=f"{number}" if number % 3 else "")

    def cancel(number: int) -> None:
        task = ProcedureTask.objects.order_by("?").first()
        if task:
            cancel_task(task=task)

    def modify(number: int) -> None:
        modify_media(media=uploaded, fields={"name": f"Number {number}", "tags": [f"{number}"]})

    def delete(number: int) -> None:
        if number == ROUNDS - 1:
            delete_media(media=uploaded)

    side_by_side(submit, submit, cancel, modify, _finish, _finish, delete)
    while lease := leases.claim(worker="w"):
        leases.succeed(lease)
    assert unfinished() == (0, 0)
    assert not Job.objects.filter(state=JobState.PROCESSING).exists()


def test_handing_out_confirming_and_sending_again_never_wait_in_a_circle(
    application: Application, side_by_side: Callable[..., None]
) -> None:
    modify_event_config(application=application, fields={"mode": "PULL"})
    for number in range(60):
        Event.objects.create(
            application=application, type=Event.Type.FILE_DELETED, subject=f"{number}", transition="t", content={}
        )

    def pull(number: int) -> None:
        events = take(application=application, limit=16, hold=timedelta(seconds=30))
        confirm_events(application=application, handles=[handle_of(event) for event in reversed(events)][:8])

    side_by_side(pull, pull, lambda number: resume_deliveries(application=application))


@pytest.mark.postgresql  # SQLite has no deadlocks
def test_what_the_database_ended_for_anothers_sake_is_tried_again(
    application: Application, other_application: Application
) -> None:
    pks, tries, errors = [application.pk, other_application.pk], [0, 0], []
    both_hold = threading.Barrier(2)

    def lock_both(number: int) -> None:
        @transactions.atomic
        def use_case() -> None:
            tries[number] += 1
            first, second = pks[number], pks[1 - number]
            Application.objects.filter(pk=first).update(description=f"{number}")
            if tries[number] == 1:
                both_hold.wait(10)
            Application.objects.filter(pk=second).update(description=f"{number}")

        try:
            use_case()
        except OperationalError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=lock_both, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert sorted(tries) == [1, 2]
