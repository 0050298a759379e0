"""Callers of the REST API: each a test client that shows an access token."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client

from applications.models import Application, User
from applications.rest.calling import PerCallerThrottle
from applications.services.keys import issue_access_token
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.events.services import send_test_event
from media_jobs.jobs.services import submit_task
from media_jobs.library.classes import create_class
from media_jobs.models import AnimatedImage, Delivery, Media, ProcedureTask, SnapshotSet
from media_jobs.pulls.services import pull_upload
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.plan import plan_from
from procedures.selectors import plan_of
from procedures.snapshots import SnapshotInput
from templates_app.models import AnimatedImageTemplate
from templates_app.snapshot_kinds import KINDS
from templates_app.snapshots.services import create_snapshot_template
from tests.contract import faults_of_answer
from tests.faults.instance import Instance


@dataclass
class Api:
    """Sends JSON to /api/v1/<path> as the bearer of `token`; "" for nobody."""

    token: str = ""
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = headers.pop("content_type", "application/json")
        return self.client.generic(  # CONTENT_TYPE: the client leaves it out of a request without a body
            method, f"/api/v1/{path}", data, content_type, headers=headers, CONTENT_TYPE=content_type
        )

    def get(self, path: str) -> Any:
        """The answer's JSON; it must be 200."""
        answer = self("GET", path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any = None, *, status: int = 201) -> Any:
        answer = self("POST", path, body)
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture(autouse=True)
def no_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test asks faster than any client; the one about the limit sets its own."""
    cache.clear()
    monkeypatch.setattr(PerCallerThrottle, "THROTTLE_RATES", {"caller": None})


@pytest.fixture(autouse=True)
def judged_by_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer that a test of this folder gets is compared with docs/openapi.yaml: status, type and body."""
    asked = Client.request

    def request(client: Client, **environ: Any) -> Any:
        answer = asked(client, **environ)
        body = b"" if answer.streaming else answer.content
        kind = answer.headers.get("Content-Type", "")
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        faults = faults_of_answer(method, path, status=answer.status_code, content_type=kind, body=body)
        assert not faults, (method, path, answer.status_code, faults)
        return answer

    monkeypatch.setattr(Client, "request", request)


def _judge(answer: httpx.Response) -> None:
    """The same for what the real server answers."""
    answer.read()
    method, path = answer.request.method, answer.request.url.path
    kind = answer.headers.get("Content-Type", "")
    faults = faults_of_answer(method, path, status=answer.status_code, content_type=kind, body=answer.content)
    assert not faults, (method, path, answer.status_code, faults)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The real thing, web server and worker, for whoever speaks HTTP by other means than Django's test client."""
    environment = {
        "ZOETROPE_UPLOAD_REDIRECTS": "https://shop.example,http://shop.example:8080",
        "ZOETROPE_STOP_GRACE_SECONDS": "1",
    }
    instance = Instance(tmp_path_factory.mktemp("served"), **environment)
    instance.api.event_hooks["response"].append(_judge)
    try:
        yield instance.start()
    finally:
        instance.close()


@pytest.fixture
def as_owner(owner: User, application: Application) -> Api:
    return Api(issue_access_token(user=owner, application=application)[1])


@pytest.fixture
def as_operator(operator: User, application: Application) -> Api:
    return Api(issue_access_token(user=operator, application=application)[1])


@pytest.fixture
def as_viewer(viewer: User, application: Application) -> Api:
    return Api(issue_access_token(user=viewer, application=application)[1])


@pytest.fixture
def as_stranger(stranger: User, other_application: Application) -> Api:
    return Api(issue_access_token(user=stranger, application=other_application)[1])


@pytest.fixture
def nobody(db: None) -> Api:
    return Api()


@pytest.fixture
def belongings(
    application: Application,
    procedure: Procedure,
    gif_template: AnimatedImageTemplate,
    as_owner: Api,
    other_application: Application,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> dict[str, str]:
    """One of everything in `application`, and a media of the other one."""
    media = upload_clip(procedure="loops")
    own_snapshots = create_snapshot_template(application=application, kind=KINDS["time"], fields={})
    wanted = SnapshotInput("time", own_snapshots.definition, ("0s",))
    submit_task(media=media, plan=plan_from(application, (), snapshots=[wanted]))
    foreign = upload_clip(into=other_application)
    run_jobs()
    begun = uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4", length=5), door="test")
    elsewhere = uploads.begin_elsewhere(
        application=application, wanted=uploads.Wanted(name="a.mp4", length=5), door="direct"
    )
    shelf = create_class(application=application, name="Shelf")
    event = send_test_event(application=application, type="FileDeleted")
    sent = {"url": "http://hook.example/", "started_at": event.created_at, "seconds": 1.0}
    Delivery.objects.create(event=event, application=event.application, **sent)
    plan = plan_of(procedure)
    batch = create_batch(application=application, selection=Selection(), plan=plan, again=True)
    pull = pull_upload(application=application, url="http://files.example/a.mp4", wanted=uploads.Wanted(name=""))
    return {
        "template": str(gif_template.definition),
        "procedure": procedure.name,
        "media": media.file_id,
        "class": str(shelf.pk),
        "task": ProcedureTask.objects.get(media=media, batch=None, procedure="loops").task_id,
        "output": str(AnimatedImage.objects.filter(media=media).latest("pk").pk),
        "batch": str(batch.pk),
        "snapshottemplate": own_snapshots.key,
        "snapshots": str(SnapshotSet.objects.get(media=media).pk),
        "token": application.access_tokens.latest("created").token_key,
        "upload": str(begun.id),
        "direct": str(elsewhere.id),
        "event": str(event.uid),
        "delivery": str(event.uid),
        "pull": pull.task_id,
        "foreign_media": foreign.file_id,
    }
