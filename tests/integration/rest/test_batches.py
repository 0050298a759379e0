"""One plan over many media as one thing: foretold, started a few at a time, followed, cancelled, tried again."""

import io
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.urls import reverse

from applications.models import Application, AuditEntry, User
from applications.quotas import set_quota
from media_jobs.batches import walk
from media_jobs.batches.forecast import LOOKED_AT
from media_jobs.batches.selection import Selection
from media_jobs.jobs.leases import claim, fail
from media_jobs.maintenance.retention import prune
from media_jobs.models import AnimatedImage, Batch, Job, Media, ProcedureTask
from media_jobs.states import JobState, TaskStatus
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from tests.integration.rest.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture(autouse=True)
def _turns_end_for_want_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not by the clock, which on a slow machine leaves the rest to the next turn."""
    monkeypatch.setattr(walk, "A_TURN", 600.0)


@pytest.fixture
def library(application: Application, uploaded: Media, run_jobs: Callable[[], int]) -> list[Media]:
    """Five looked-at media that share one file's facts; no bytes but the first's are there."""
    run_jobs()
    uploaded.refresh_from_db()
    made = [uploaded]
    for number in range(4):
        facts = {"name": f"copy {number}.mp4", "media_type": "mp4", "size": 1, "metadata": uploaded.metadata}
        key = f"{application.app_id}/copy/{number}/v.mp4"
        made.append(Media.objects.create(application=application, file_id=str(number), storage_key=key, **facts))
    return made


@pytest.fixture
def steps(gif_template: AnimatedImageTemplate) -> list[dict[str, Any]]:
    return [{"definition": gif_template.definition, "start": 0.5, "end": 1.5}]


def _end(outcome: JobState) -> None:
    """Of the next job that waits."""
    lease = claim(worker="test")
    assert lease
    if outcome == JobState.FAIL:
        fail(lease, err_code="InternalError", message="It broke.")
    else:
        Job.objects.filter(pk=lease.job_id).update(state=outcome)
        ProcedureTask.objects.filter(jobs=lease.job_id).update(status=TaskStatus.FINISH)


@pytest.mark.parametrize(
    ("selected", "number"),
    [({"category": "Audio"}, 0), ({"category": "Video", "has_images": False}, 5), ({"processed_by": "x"}, 0)],
)
def test_media_are_selected_by_category_and_by_whether_images_were_made(
    selected: dict[str, Any], number: int, as_operator: Api, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    told = as_operator.post("batches", {"filter": selected, "steps": steps, "dry_run": True}, status=200)
    assert told["media"] == number
    assert Selection.from_dict(Selection(**selected).as_dict()) == Selection(**selected)


def test_a_dry_run_tells_how_many_and_how_large_and_starts_nothing(
    as_operator: Api, application: Application, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    Media.objects.filter(pk=library[1].pk).update(status=Media.Status.FORBIDDEN)
    Media.objects.filter(pk=library[2].pk).update(metadata={**library[2].metadata, "video_streams": []})  # type: ignore[dict-item]
    Media.objects.filter(pk=library[3].pk).update(metadata={**library[3].metadata, "video_duration": 0.4})  # type: ignore[dict-item]
    told, jobs = AuditEntry.objects.count(), Job.objects.count()
    asked = {"file_ids": [*(one.file_id for one in library), "99"], "steps": steps, "dry_run": True}
    found = as_operator.post("batches", asked, status=200)
    assert (found["media"], found["looked_at"], found["pictures"], found["measured"]) == (6, 5, 2, 0)
    assert found["skipped"] == {"gone": 1, "forbidden": 1, "no-video": 1, "too-short": 1}
    assert (AuditEntry.objects.count(), Job.objects.count(), Batch.objects.count()) == (told, jobs, 0)
    as_operator.post("batches", {**asked, "dry_run": False})
    assert found["bytes"] == 2 * found["largest"]["bytes"] > 0
    assert AuditEntry.objects.first().action == "POST batch-list"  # type: ignore[union-attr]


def test_what_was_made_is_the_measure_and_is_not_made_twice(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]], run_jobs: Callable[[], int]
) -> None:
    first = as_operator.post("batches", {"file_ids": [library[0].file_id], "steps": steps})
    assert (first["state"], first["figures"]["tasks"]) == ("starting", {"waiting": 1})
    run_jobs()
    walk.go_on()
    shown = as_operator.get(f"batches/{first['id']}")
    image = AnimatedImage.objects.get()
    assert (shown["state"], shown["figures"]) == (
        "finished",
        {"tasks": {"completed": 1}, "pictures": 1, "bytes": image.size},
    )
    every = {"filter": {}, "steps": steps}
    found = as_operator.post("batches", {**every, "dry_run": True}, status=200)
    assert (found["skipped"], found["measured"], found["pictures"]) == ({"made-before": 1}, 1, 4)
    assert (found["bytes"], found["largest"]["bytes"]) == (4 * image.size, image.size)
    assert as_operator.post("batches", {**every, "again": True, "dry_run": True}, status=200)["skipped"] == {}
    other = [{**steps[0], "picture": {"quality": 20}}]
    assert as_operator.post("batches", {"filter": {}, "steps": other, "dry_run": True}, status=200)["skipped"] == {}


def test_snapshots_that_were_made_are_not_made_twice_either(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]], run_jobs: Callable[[], int]
) -> None:
    """A flow with snapshots was made over again, however often it had been."""
    wanted = {"steps": steps, "snapshots": [{"kind": "sprite", "definition": 10, "moments": []}]}
    as_operator.post("procedures", {"name": "both", **wanted})
    as_operator.post("batches", {"file_ids": [library[0].file_id], "procedure": "both"})
    run_jobs()
    found = as_operator.post("batches", {"filter": {}, "procedure": "both", "dry_run": True}, status=200)
    assert found["skipped"] == {"made-before": 1}


def test_what_is_made_beside_the_pictures_is_foretold_too(
    as_operator: Api,
    library: list[Media],
    steps: list[dict[str, Any]],
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By estimates on the media as long as nothing was made, in the console and at the terminal, too."""
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    steps = [{**steps[0], "picture": {"siblings": "apng,poster"}}]
    wanted = {"filter": {}, "steps": steps, "dry_run": True}
    alone = as_operator.post("batches", {**wanted, "steps": [{**steps[0], "picture": {}}]}, status=200)
    guessed = as_operator.post("batches", wanted, status=200)
    assert guessed["measured"] == 0 and guessed["seconds"] > 0
    seconds = ("--start", "0.5", "--end", "1.5")
    work = ("--template", str(steps[0]["definition"]), *seconds, "--set", "siblings=apng,poster")
    assert f"About {filesizeformat(guessed['bytes'])} and " in _said("run", "--all", *work, "--dry-run")
    as_operator.post("batches", {"file_ids": [library[0].file_id], "steps": steps})
    run_jobs()
    image = AnimatedImage.objects.get()
    assert guessed["bytes"] == pytest.approx(5 * (image.size + sum(one.size for one in image.siblings.all())), rel=0.2)
    assert alone["bytes"] == 5 * image.size
    found = as_operator.post("batches", wanted, status=200)
    assert found["bytes"] == 4 * (image.size + sum(one.size for one in image.siblings.all()))
    assert found["largest"]["bytes"] == image.size
    as_operator.post("batches", {"file_ids": [library[0].file_id], "steps": steps, "again": True})
    run_jobs()
    assert AnimatedImage.objects.filter(made_before=True).count() == 1
    again = as_operator.post("batches", wanted, status=200)
    assert (again["measured"], again["seconds"]) == (1, found["seconds"]), "what was taken over took no time"


def test_so_many_start_at_once_and_a_death_in_between_starts_none_twice(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "AT_ONCE", 2)
    monkeypatch.setattr(walk, "MOST_WAITING", 3)
    batch = as_operator.post("batches", {"filter": {}, "steps": steps, "priority": 3})
    assert batch["figures"]["tasks"] == {"waiting": 2}
    submit, died = walk.submit_task, iter([False, True])

    def dying(**asked: Any) -> ProcedureTask:
        task = submit(**asked)
        if next(died, False):
            raise SystemExit
        return task

    monkeypatch.setattr(walk, "AT_ONCE", 3)
    monkeypatch.setattr(walk, "submit_task", dying)
    walk.go_on()
    assert ProcedureTask.objects.count() == 3  # as many as may wait
    _end(JobState.SUCCESS)
    _end(JobState.SUCCESS)
    with pytest.raises(SystemExit):
        walk.go_on()
    assert ProcedureTask.objects.count() == 3
    walk.go_on()
    assert sorted(ProcedureTask.objects.values_list("media", "priority")) == [(one.pk, 3) for one in library]


def test_what_failed_is_tried_again_in_its_place(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    batch = f"batches/{as_operator.post('batches', {'filter': {}, 'steps': steps})['id']}"
    for outcome in (JobState.FAIL, JobState.SUCCESS, JobState.SUCCESS, JobState.FAIL, JobState.SUCCESS):
        _end(outcome)
    walk.go_on()
    shown = as_operator.get(batch)
    assert (shown["state"], shown["figures"]["tasks"]) == ("finished", {"failed": 2, "completed": 3})
    listed = as_operator.get(f"tasks?batch={shown['id']}&outcome=failed")["results"]
    assert [one["file_id"] for one in listed] == [library[3].file_id, library[0].file_id]
    assert as_operator("GET", "tasks?batch=x").status_code == 400
    again = as_operator.post(f"{batch}/retry", status=200)
    assert (again["state"], again["figures"]["tasks"]) == ("starting", {"waiting": 2, "completed": 3})
    assert ProcedureTask.objects.count() == 7
    _end(JobState.SUCCESS)
    _end(JobState.SUCCESS)
    walk.go_on()
    assert as_operator.get(batch)["figures"]["tasks"] == {"completed": 5}
    assert as_operator("POST", f"{batch}/retry").status_code == 409


def test_a_cancelled_batch_ends_and_goes_on_from_there(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "AT_ONCE", 2)
    batch = f"batches/{as_operator.post('batches', {'filter': {}, 'steps': steps})['id']}"
    ended = as_operator.post(f"{batch}/cancel", status=200)
    walk.go_on()
    ended = as_operator.get(batch)
    assert (ended["state"], ended["figures"]["tasks"]) == ("cancelled", {"cancelled": 2})
    assert as_operator.post(f"{batch}/cancel", status=200)["state"] == "cancelled"
    as_operator.post(f"{batch}/retry", status=200)
    walk.go_on()
    shown = as_operator.get(batch)
    assert (shown["state"], shown["figures"]["tasks"]) == ("running", {"waiting": 5})


def test_a_quota_is_met_a_little_at_a_time(
    as_operator: Api, application: Application, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    set_quota(application=application, limits={"max_jobs_waiting": 3})
    batch = as_operator.post("batches", {"filter": {}, "steps": steps})
    assert batch["figures"]["tasks"] == {"waiting": 3}
    assert "quota is 3 jobs waiting" in batch["waits"]
    _end(JobState.SUCCESS)
    walk.go_on()
    assert as_operator.get(f"batches/{batch['id']}")["figures"]["tasks"] == {"completed": 1, "waiting": 3}
    Batch.objects.update(moved_at="2020-01-01T00:00Z")
    walk.go_on()
    walk.go_on()
    assert as_operator.get(f"batches/{batch['id']}")["figures"]["tasks"] == {"completed": 1, "cancelled": 3}


def test_what_one_run_has_instead_is_in_its_plan_its_picture_and_its_page(
    as_operator: Api,
    client: Client,
    operator: User,
    library: list[Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    asked = {"file_ids": [library[0].file_id], "procedure": procedure.name, "picture": {"fps": 2, "format": "webp"}}
    batch = as_operator.post("batches", asked)
    run_jobs()
    task = ProcedureTask.objects.get(batch=batch["id"])
    jobs = as_operator.get(f"tasks/{task.task_id}")["jobs"]
    assert [job["changed"] for job in jobs] == [{"fps": 2, "format": "webp"}] * 2
    assert [job["output"]["container"] for job in jobs] == ["webp", "webp"]
    assert sorted(AnimatedImage.objects.values_list("frames", "container")) == [(2, "webp"), (3, "webp")]
    assert [one["changed"] for one in batch["plan"]] == [{"fps": 2, "format": "webp"}] * 2
    client.force_login(operator)
    page = client.get(reverse("console:task", args=[task.task_id]), follow=True).content.decode()
    assert page.count("Instead of the template: format webp, fps 2") == 2
    for nonsense in ({"fps": 0}, {"name": "x"}, {"qualiti": 3}):
        assert as_operator("POST", "batches", {**asked, "picture": nonsense}).status_code == 400


def test_nonsense_is_refused_by_name(as_operator: Api, library: list[Media], steps: list[dict[str, Any]]) -> None:
    for body, field in (
        ({"steps": steps}, "file_ids"),
        ({"filter": {}, "file_ids": ["1"], "steps": steps}, "file_ids"),
        ({"filter": {"text": "nothing like it"}, "steps": steps}, "filter"),
        ({"filter": {"state": "odd"}, "steps": steps}, "filter"),
        ({"filter": {}}, "procedure"),
        ({"filter": {}, "steps": steps, "priority": 11}, "priority"),
    ):
        answer = as_operator("POST", "batches", body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), body


def test_the_terminal_has_the_same(
    application: Application, library: list[Media], gif_template: AnimatedImageTemplate
) -> None:
    work = ("--template", str(gif_template.definition), "--end", "1", "--set", "quality=40")
    assert "4 pictures" in _said("run", "--text", "copy", *work, "--dry-run")
    assert "5 pictures" in _said("run", "--category=Video", "--has-images=no", *work, "--dry-run")
    assert not Batch.objects.exists()
    _said("run", "--text", "copy", *work)
    batch = Batch.objects.get()
    assert [part["spec"]["quality"] for part in batch.plan] == [40]
    assert "4 waiting" in _said("show", str(batch.pk))
    assert str(batch.pk) in _said("list")
    _said("cancel", str(batch.pk))
    walk.go_on()
    with pytest.raises(CommandError, match="Not every"):
        _said("show", str(batch.pk))
    _said("retry", str(batch.pk))
    assert application.tasks.filter(batch=batch, status=TaskStatus.WAITING).count() == 4
    assert AuditEntry.objects.filter(action__startswith="batch ").count() == 3
    for wrong in (
        ("run", *work),
        ("run", "--all", *work, "--set", "fps=x"),
        ("run", "--all", *work, "--set", "siblings=webm,flv"),
        ("run", "--all", *work, "--priority", "99"),
        ("run", "--class-id", "9" * 30, *work),
        ("run", "--has-images", "maybe", *work),
        ("run", "--processed-by", "nobody", *work),
        ("run", "1", "--category", "Audio", *work),
        ("show", "0" * 32),
    ):
        with pytest.raises(CommandError):
            _said(*wrong)


def _said(*words: str) -> str:
    said = io.StringIO()
    call_command("batch", *words, stdout=said)
    return said.getvalue()


def _next_key() -> int:
    return max(Media.objects.values_list("pk", flat=True)) + 1


def _many(like: Media, name: str, keys: Iterable[int]) -> None:
    """Media with these primary keys, all analysed as `like` was."""
    Media.objects.bulk_create(
        Media(
            pk=key,
            application=like.application,
            file_id=f"7{key}",
            name=f"{name}.mp4",
            media_type="mp4",
            size=1,
            storage_key=f"{name}/{key}",
            metadata=like.metadata,
        )
        for key in keys
    )


def test_of_very_many_some_stand_for_all_and_the_rest_is_left_to_workers(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    _many(library[0], "many", range(first := _next_key(), first + 3 * LOOKED_AT))
    found = as_operator.post("batches", {"filter": {"text": "many"}, "steps": steps, "dry_run": True}, status=200)
    assert found["media"] == 3 * LOOKED_AT
    assert found["looked_at"] <= LOOKED_AT + 1
    assert found["pictures"] == pytest.approx(3 * LOOKED_AT, rel=0.01)
    batch = as_operator.post("batches", {"filter": {"text": "many"}, "steps": steps})
    assert sum(batch["figures"]["tasks"].values()) == walk.AT_ONCE


def test_a_library_whose_keys_are_all_odd_is_foretold_like_any_other(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    """As when two applications take turns to upload."""
    odd = _next_key() | 1
    _many(library[0], "odd", range(odd, odd + 4 * LOOKED_AT, 2))
    found = as_operator.post("batches", {"filter": {"text": "odd"}, "steps": steps, "dry_run": True}, status=200)
    assert found["looked_at"] == LOOKED_AT
    assert found["pictures"] == 2 * LOOKED_AT


def test_a_batch_is_kept_as_long_as_its_tasks(
    as_operator: Api, library: list[Media], steps: list[dict[str, Any]]
) -> None:
    as_operator.post("batches", {"file_ids": [library[0].file_id], "steps": steps})
    _end(JobState.FAIL)
    walk.go_on()
    Batch.objects.update(finished_at="2020-01-01T00:00Z")
    prune()
    assert Batch.objects.count() == 1
    ProcedureTask.objects.update(finished_at="2020-01-01T00:00Z")
    assert prune()["batches"] == 1


@pytest.mark.parametrize("what", ["", "/cancel", "/retry"])
def test_what_looks_like_a_batch_s_id_and_is_none_is_not_found(as_operator: Api, what: str) -> None:
    """It was an error of the server's."""
    for name in ("-1" + "0" * 34, "a" * 36, "-" * 36):
        assert as_operator("POST" if what else "GET", f"batches/{name}{what}", {}).status_code == 404


def _open(application: Application, *, number: int, **more: Any) -> list[Batch]:
    """That many, as if asked for long ago."""
    some = [Batch(application=application, total=1, up_to=0, **more) for _ in range(number)]
    return Batch.objects.bulk_create(some)


def test_a_hundred_batches_that_wait_keep_nobody_elses_from_their_turn(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An application may have a hundred open, which wait for its quota for a week: no other batch went on, or ended."""
    every = {one.pk for one in _open(application, number=150)}
    asked: set[Any] = set()
    monkeypatch.setattr(walk, "step", lambda pk: bool(asked.add(pk)))
    for _ in range(30):
        walk.go_on()
    assert asked == every


def test_a_batch_that_breaks_off_keeps_no_other_from_going_on(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error ended the turn of all, and whatever a sign of life does after it: permits that are missing, looking."""
    _open(application, number=2, selection={"of a later release": 1})
    (good,) = _open(application, number=1)
    walk.go_on()
    good.refresh_from_db()
    assert good.finished_at
    assert caplog.text.count("a fault of ours") == 2


def test_a_turn_at_many_batches_ends_in_time(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch had its part of it first: a hundred kept a worker from giving a sign of life for half a minute."""
    _open(application, number=50)
    monkeypatch.setattr(walk, "A_TURN", 0.1)
    monkeypatch.setattr(walk, "step", lambda pk: time.sleep(0.05) is None)
    began = time.monotonic()
    walk.go_on()
    assert time.monotonic() - began < 1.0
