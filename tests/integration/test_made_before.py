"""The same picture is made once: whoever asks again, in the same application, gets the same bytes as his own file."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models import F
from django.test import Client
from pytest import MonkeyPatch

from animator.confine.sandbox import Sandbox
from animator.core.choice import Choice
from animator.core.order import AnimationSpec, Order
from applications.models import Application
from applications.services.applications import create_application
from media_jobs.jobs import previews
from media_jobs.jobs.engine import sandbox
from media_jobs.jobs.previews import forget_old, previewed
from media_jobs.jobs.recipes import facts_of
from media_jobs.jobs.services import submit_task
from media_jobs.library.selectors import images_for
from media_jobs.library.services import delete_media, delete_output
from media_jobs.maintenance.orphans import suspect
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Event, Media, Preview, ProcedureTask
from media_jobs.states import TaskStatus
from media_jobs.store.storage import LocalDisk, storage, url_of
from procedures.plan import Plan, PlanStep, plan, step
from templates_app.models import AnimatedImageTemplate
from templates_app.services import clone_template

pytestmark = pytest.mark.django_db(transaction=True)
RunJobs = Callable[[], int]


@pytest.fixture
def encodings(monkeypatch: MonkeyPatch) -> list[Order]:
    """The orders that the real engine was given."""
    given: list[Order] = []
    animate = Sandbox.animate

    def counted(self: Sandbox, source: object, target: object, order: Order, **rest: object) -> object:
        given.append(order)
        return animate(self, source, target, order, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Sandbox, "animate", counted)
    return given


@pytest.fixture
def seconds(gif_template: AnimatedImageTemplate) -> Plan:
    return plan([step(gif_template, start=0.5, end=1.5)])


def _made(media: Media, wanted: Plan, run_jobs: RunJobs) -> AnimatedImage:
    task = submit_task(media=media, plan=wanted)
    run_jobs()
    return AnimatedImage.objects.get(job__task=task)


def _bytes(key: str) -> bytes:
    with storage().open(key) as file:
        return file.read()


def _damage(key: str) -> None:
    store = storage()
    assert isinstance(store, LocalDisk)
    with (store.root / key).open("r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))


def test_what_was_made_before_is_not_made_again(
    upload_clip: Callable[..., Media], seconds: Plan, run_jobs: RunJobs, encodings: list[Order]
) -> None:
    """Not even of another upload of the same file that nobody has looked at; its own row, file, address and event."""
    first = _made(upload_clip(), seconds, run_jobs)
    again = _made(first.media, seconds, run_jobs)
    other = _made(upload_clip(name="again.mp4"), seconds, run_jobs)
    assert len(encodings) == 1
    assert [image.made_before for image in (first, again, other)] == [False, True, True]
    assert other.media != first.media
    assert len({url_of(image.storage_key) for image in (first, again, other)}) == 3
    assert len({_bytes(image.storage_key) for image in (first, again, other)}) == 1
    assert (again.md5, again.frames, again.recipe) == (first.md5, first.frames, first.recipe)
    tasks = ProcedureTask.objects.all()
    assert {task.status for task in tasks} == {TaskStatus.FINISH}
    assert Event.objects.filter(transition="ended").count() == 3
    delete_output(output=first)
    delete_media(media=other.media)
    assert _bytes(again.storage_key)
    assert not list(violations(deep=True))


def test_other_seconds_other_looks_and_other_applications_are_made(
    upload_clip: Callable[..., Media],
    application: Application,
    gif_template: AnimatedImageTemplate,
    seconds: Plan,
    run_jobs: RunJobs,
    encodings: list[Order],
) -> None:
    media = upload_clip()
    _made(media, seconds, run_jobs)
    _made(media, plan([step(gif_template, start=0.5, end=1.6)]), run_jobs)
    copy = clone_template(template=gif_template, application=application)
    assert _made(media, plan([step(copy, start=0.5, end=1.5)]), run_jobs).made_before
    owner = application.memberships.get().user
    elsewhere = create_application(name="Elsewhere", owner=owner, app_id=1500000003)
    assert not _made(upload_clip(into=elsewhere), seconds, run_jobs).made_before
    assert len(encodings) == 3


def test_a_damaged_file_is_found_out_and_made_anew(
    uploaded: Media, seconds: Plan, run_jobs: RunJobs, encodings: list[Order]
) -> None:
    first = _made(uploaded, seconds, run_jobs)
    whole = _bytes(first.storage_key)
    _damage(first.storage_key)
    again = _made(uploaded, seconds, run_jobs)
    assert (len(encodings), again.made_before) == (2, False)
    assert _bytes(again.storage_key) == whole
    assert _made(uploaded, seconds, run_jobs).made_before
    store = storage()
    store.delete(again.storage_key)
    assert _bytes(_made(uploaded, seconds, run_jobs).storage_key) == whole
    assert len(encodings) == 2, "two more have the bytes"


def test_a_preview_becomes_the_picture(
    uploaded: Media, seconds: Plan, run_jobs: RunJobs, encodings: list[Order], client: Client
) -> None:
    run_jobs()
    order = seconds.steps[0].order
    preview = previewed(uploaded, order, on_tick=lambda _: None)
    assert client.get(f"/media/{preview.storage_key}").status_code == 404
    assert not images_for(uploaded.application)
    assert (suspect().suspects, list(violations(deep=True))) == (0, [])
    assert previewed(uploaded, order, on_tick=lambda _: None) == preview
    image = _made(uploaded, seconds, run_jobs)
    assert (len(encodings), image.made_before) == (1, True)
    assert _bytes(image.storage_key) == _bytes(preview.storage_key)
    assert client.get(url_of(image.storage_key)).status_code == 200
    Preview.objects.update(created_at=F("created_at") - previews.KEPT - timedelta(minutes=1))
    forget_old()
    assert not storage().exists(preview.storage_key)
    assert storage().exists(image.storage_key)
    anew = previewed(uploaded, order, on_tick=lambda _: None)
    assert (len(encodings), anew.facts["md5"]) == (1, image.md5)
    delete_media(media=uploaded)
    assert not storage().exists(anew.storage_key)
    assert not Preview.objects.exists()


@pytest.mark.parametrize(
    ("picture", "before", "after", "more"),
    [
        ({"format": "gif"}, "", "mp4,poster", {"scored": True, "poster_at": 1.0}),
        ({"format": "gif"}, "mp4,poster", "", {}),
        ({"format": "webp", "fps": 60}, "gif,apng", "gif", {"end": 0.8}),
        ({"format": "webp", "max_bytes": 6000}, "", "webm,gif", {}),
        ({"format": "gif", "within_source": True}, "mp4", "apng,mp4,avif", {"end": 3.0}),
        ({"format": "gif"}, "", "avif", {"choice": Choice(auto=0.6), "start": 0.0, "end": 0.0}),
    ],
)
def test_a_picture_serves_whoever_wants_others_beside_it_and_only_those_are_made(
    uploaded: Media,
    gif_template: AnimatedImageTemplate,
    run_jobs: RunJobs,
    encodings: list[Order],
    clip: Path,
    tmp_path: Path,
    picture: dict[str, Any],
    before: str,
    after: str,
    more: dict[str, Any],
) -> None:
    """To the byte, and told as if all had been made at once."""
    run_jobs()
    spec = AnimationSpec(**{"fps": 10, "width": 160, **picture})
    order = Order(spec=replace(spec, siblings=after), **{"start": 0.5, "end": 1.5, **more})
    previewed(uploaded, replace(order, spec=replace(spec, siblings=before)), on_tick=lambda _: None)
    told = previewed(uploaded, order, on_tick=lambda _: None).facts
    assert len(encodings) == 1
    fresh = facts_of(sandbox().animate(clip, tmp_path / f"fresh.{spec.format}", order))
    for facts in (told, fresh):
        facts["notes"].sort()
        facts["recipe"]["command"] = facts["recipe"]["command"].partition(f".{spec.format} ")[2]
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(fresh))
    wanted = PlanStep(definition=gif_template.definition, label="", order=order)
    image = _made(uploaded, plan([wanted]), run_jobs)
    assert image.made_before and len(encodings) == 2
    assert [one.md5 for one in image.siblings.all()] == [one["md5"] for one in fresh["siblings"]]
    assert (suspect().suspects, list(violations(deep=True))) == (0, [])


def test_of_what_is_beside_a_picture_only_the_damaged_is_made_anew(
    uploaded: Media, gif_template: AnimatedImageTemplate, run_jobs: RunJobs, monkeypatch: MonkeyPatch
) -> None:
    order = replace(step(gif_template, end=0.5).order, spec=replace(gif_template.spec, siblings="mp4,webp"))
    wanted = plan([PlanStep(definition=gif_template.definition, label="", order=order)])
    first = _made(uploaded, wanted, run_jobs)
    webp = first.siblings.get(kind="webp")
    _damage(webp.storage_key)
    asked: list[list[str]] = []
    beside = Sandbox.beside

    def counted(self: Sandbox, source: Path, target: Path, recipe: Any, kinds: list[str], **rest: Any) -> Any:
        asked.append(kinds)
        return beside(self, source, target, recipe, kinds, **rest)

    monkeypatch.setattr(Sandbox, "beside", counted)
    again = _made(uploaded, wanted, run_jobs)
    assert (again.made_before, asked) == (True, [["webp"]])
    assert [one.md5 for one in again.siblings.all()] == [one.md5 for one in first.siblings.all()]


def test_an_application_has_few_previews(
    uploaded: Media, gif_template: AnimatedImageTemplate, run_jobs: RunJobs, monkeypatch: MonkeyPatch
) -> None:
    run_jobs()

    def look(end: float) -> Preview:
        return previewed(uploaded, step(gif_template, start=0.5, end=end).order, on_tick=lambda _: None)

    monkeypatch.setattr(previews, "MOST", 2)
    first, second, third = (look(end) for end in (1.0, 1.2, 1.4))
    assert set(Preview.objects.all()) == {second, third}
    assert not storage().exists(first.storage_key)
    monkeypatch.setattr(previews, "MOST_BYTES", third.size)
    assert set(Preview.objects.all()) == {third, second}
    last = look(1.0)
    assert set(Preview.objects.all()) == {last}
    monkeypatch.setattr(previews, "MOST_BYTES", 10)
    with pytest.raises(previews.PreviewTooLarge):
        look(1.6)
    assert set(Preview.objects.all()) == {last}


def test_a_file_too_large_to_be_read_through_waits_for_nobody(
    uploaded: Media, seconds: Plan, run_jobs: RunJobs, settings: LazySettings, encodings: list[Order]
) -> None:
    """Its digest is known by the time that the picture is published, if the analysis has come to its end."""
    settings.ZOETROPE_CHECK_BYTES = 1000
    _made(uploaded, seconds, run_jobs)
    assert _made(uploaded, seconds, run_jobs).made_before
    assert len(encodings) == 1


def test_an_operator_may_have_every_picture_made_anew(
    upload_clip: Callable[..., Media],
    seconds: Plan,
    run_jobs: RunJobs,
    encodings: list[Order],
    settings: LazySettings,
) -> None:
    settings.ZOETROPE_REUSE_PICTURES = False
    media = upload_clip()
    assert [_made(media, seconds, run_jobs).made_before for _ in range(2)] == [False, False]
    assert len(encodings) == 2
