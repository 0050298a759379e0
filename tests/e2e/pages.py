"""Every page of the console with something on it, found in its addresses: a new page is among them by itself."""

from collections.abc import Callable, Iterator

from django.test import Client
from django.urls import URLPattern, reverse

from applications.models import Application, User
from console.urls import urlpatterns
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.events.services import send_test_event
from media_jobs.jobs.services import cancel_task, submit_task
from media_jobs.models import Media
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from templates_app.services import modify_template

ALONE = {"login", "logout", "language", "texts"}  # of a visitor, or no page: a script, two forms without one


def addresses_of_all_pages(
    application: Application,
    procedure: Procedure,
    *,
    owner: User,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> dict[str, str]:
    """By name: finished images, one with its score, a failed task, one that waits, tabs and views of their own."""
    template = procedure.steps.all()[0].template
    definition = modify_template(template=template, fields={"score": True}).definition
    late = create_procedure(application=application, name="late", steps=[StepInput(definition=definition, start=60)])
    media, failed = upload_clip(procedure=procedure.name), upload_clip(name="short.mp4", procedure=late.name)
    run_jobs()
    waiting = upload_clip(name="waits.mp4", procedure=procedure.name)
    alone = Selection(file_ids=(upload_clip(name="alone.mp4").file_id,))
    given = {
        "file_id": media.file_id,
        "task_id": media.tasks.get().task_id,
        "definition": definition,
        "pk": procedure.pk,
        "kind": "sprite",
        "key": "sprite-10",
        "batch_id": create_batch(application=application, selection=alone, plan=plan_of(procedure)).pk,
        "uid": send_test_event(application=application, type="FileDeleted").uid,
        "app_id": application.app_id,
        "name": "console",
    }
    stopped = submit_task(media=media, plan=plan_of(procedure))
    cancel_task(task=stopped)
    task = {name: one.tasks.get().task_id for name, one in (("failed", failed), ("waiting", waiting))}
    known = {pattern.name or "": _address(pattern, given) for pattern in urlpatterns if _is_asked(pattern)}
    known["studio"] += f"?media={media.file_id}"
    known["task-change"] = reverse("console:task-change", args=[stopped.task_id])
    pages = dict(_pages(known, owner))
    return pages | {
        "gallery": f"{pages['media']}?view=gallery",
        "table": f"{pages['media']}?view=table",
        "studio without a video": reverse("console:studio"),
        **{f"media {tab}": f"{pages['media-detail']}?tab={tab}" for tab in ("info", "publish", "tasks")},
        **{f"task {name}": reverse("console:task", args=[task_id]) for name, task_id in task.items()},
    }


def _is_asked(pattern: URLPattern) -> bool:
    return pattern.name not in ALONE and "GET" in getattr(pattern.callback, "methods", ("GET",))


def _address(pattern: URLPattern, given: dict[str, object]) -> str:
    return reverse(f"console:{pattern.name}", kwargs={name: given[name] for name in pattern.pattern.converters})


def _pages(known: dict[str, str], owner: User) -> Iterator[tuple[str, str]]:
    """Without what is fetched into a page, and files."""
    client = Client()
    client.force_login(owner)
    for name, address in known.items():
        answer = client.get(address)
        assert answer.status_code in (200, 400), f"{name}: {answer.status_code}"
        if answer["Content-Type"].startswith("text/html") and b"<!DOCTYPE html>" in answer.content[:200]:
            yield name, address
