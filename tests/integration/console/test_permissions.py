"""Who may open what: every address of the console, asked by everybody. New addresses are asked by themselves."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from applications.models import ApiKey, Application, User
from applications.roles import Role
from applications.services.applications import create_application
from applications.services.keys import issue_access_token
from console.urls import urlpatterns
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.events.services import send_test_event
from media_jobs.library.classes import create_class
from media_jobs.models import AnimatedImage, Media, SnapshotSet
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.selectors import plan_of
from templates_app.models import AnimatedImageTemplate
from templates_app.snapshot_kinds import KINDS
from templates_app.snapshots.services import create_snapshot_template

OWN_GUARD = {"login", "logout", "password", "account", "language", "texts"}  # test_account.py, test_languages.py
GUARDED = [pattern for pattern in urlpatterns if pattern.name not in OWN_GUARD]
REQUESTS = [(pattern, method) for pattern in GUARDED for method in pattern.callback.methods]  # type: ignore[attr-defined]


@pytest.fixture
def address(
    application: Application,
    owner: User,
    api_key: ApiKey,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    gif_template: AnimatedImageTemplate,
) -> Callable[[URLPattern], str]:
    """A pattern's address for things that are really there."""
    media = upload_clip(procedure=procedure.name)
    image = _image_of(media)
    wanted = uploads.Wanted(name="more.mp4", length=10)
    known: dict[str, Any] = {
        "file_id": media.file_id,
        "task_id": media.tasks.get().task_id,
        "name": "console",
        "app_id": create_application(name="Second", owner=owner).app_id,
        "definition": gif_template.definition,
        "upload_id": uploads.begin(application=application, wanted=wanted, door="tus").id,
        "uid": send_test_event(application=application, type="FileDeleted").uid,
        "kind": "time",
        "key": create_snapshot_template(application=application, kind=KINDS["time"], fields={}).key,
        "batch_id": create_batch(application=application, selection=Selection(), plan=plan_of(procedure)).pk,
        "digest": issue_access_token(user=owner, application=application)[0].digest,
    }
    rows = {
        "category": create_class(application=application, name="shelf").pk,
        "flow": procedure.pk,
        "key": api_key.pk,
        "image": image.pk,
        "snapshots": _snapshots_of(media).pk,
        "member": application.memberships.get(user=owner).pk,
    }

    def of(pattern: URLPattern) -> str:
        assert pattern.name
        names = pattern.pattern.converters
        values = {name: rows[pattern.name.partition("-")[0]] if name == "pk" else known[name] for name in names}
        return reverse(f"console:{pattern.name}", kwargs=values)

    return of


@pytest.fixture
def everybody(
    owner: User, operator: User, viewer: User, stranger: User, other_application: Application
) -> dict[str, Client]:
    people = {"owner": owner, "operator": operator, "viewer": viewer, "stranger": stranger}
    clients = {name: Client() for name in [*people, "visitor"]}
    for name, person in people.items():
        clients[name].force_login(person)
    return clients


def _image_of(media: Media) -> AnimatedImage:
    """A row alone: who may see it doesn't hang on its bytes."""
    facts = {"frames": 5, "duration": 1.0, "bitrate": 1, "size": 1, "md5": "0" * 32, "start": 0.0, "end": 1.0}
    job = media.jobs.filter(task__isnull=False)[0]
    return AnimatedImage.objects.create(
        application=media.application,
        media=media,
        job=job,
        definition=job.definition,
        storage_key=f"test/{media.file_id}/v.gif",
        container="gif",
        width=160,
        height=90,
        **facts,
    )


def _snapshots_of(media: Media) -> SnapshotSet:
    job = media.jobs.filter(task__isnull=False)[0]
    facts = {"width": 1, "height": 1, "duration": 1.0, "size": 1, "md5": "0" * 32}
    key = f"test/{media.file_id}/v.f10.stills"
    return SnapshotSet.objects.create(
        application=media.application, media=media, job=job, kind="time", definition=10, storage_key=key, **facts
    )


def _needs(pattern: URLPattern) -> Role:
    return pattern.callback.role  # type: ignore[attr-defined]


def _reaches(role: Role, needed: Role) -> bool:
    order = [Role.VIEWER, Role.OPERATOR, Role.OWNER]
    return order.index(role) >= order.index(needed)


def _ids() -> Iterator[str]:
    for pattern, method in REQUESTS:
        yield f"{method}-{pattern.name}"


@pytest.mark.django_db
@pytest.mark.usefixtures("in_application")
@pytest.mark.parametrize(("pattern", "method"), REQUESTS, ids=_ids())
def test_everybody_gets_what_their_role_allows(
    pattern: URLPattern, method: str, address: Callable[[URLPattern], str], everybody: dict[str, Client]
) -> None:
    url = address(pattern)
    answers = {name: client.generic(method, url) for name, client in everybody.items() if name != "owner"}

    if method == "GET":
        assert answers["visitor"]["Location"].startswith(reverse("console:login"))
    else:
        assert answers["visitor"].status_code == 401
        assert b"Sign in, and you can send" in answers["visitor"].content
    for name, role in (("viewer", Role.VIEWER), ("operator", Role.OPERATOR)):
        assert (answers[name].status_code == 403) == (not _reaches(role, _needs(pattern))), name
    if pattern.pattern.converters:
        assert answers["stranger"].status_code == 404
    assert b"clip" not in answers["stranger"].content, "a stranger reads something of the application"
    assert everybody["owner"].generic(method, url).status_code in (200, 302, 400, 404, 409)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_application")
@pytest.mark.parametrize("pattern", GUARDED, ids=lambda pattern: pattern.name)
def test_a_post_without_the_forms_token_changes_nothing(
    pattern: URLPattern, address: Callable[[URLPattern], str], owner: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(address(pattern)).status_code == 403


@pytest.mark.django_db
@pytest.mark.usefixtures("in_application")
def test_get_never_writes(address: Callable[[URLPattern], str], everybody: dict[str, Client]) -> None:
    for pattern in GUARDED:
        if "GET" not in pattern.callback.methods:  # type: ignore[attr-defined]
            assert everybody["owner"].get(address(pattern)).status_code == 405, pattern.name


@pytest.mark.django_db
@pytest.mark.usefixtures("in_application")
def test_an_upload_of_nobodys_is_not_found(everybody: dict[str, Client]) -> None:
    url = reverse("console:upload-discard", args=[uuid.uuid4()])
    assert everybody["owner"].post(url).status_code == 404
