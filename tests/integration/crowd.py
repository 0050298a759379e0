"""Many of everything that a list or a page of one thing can show, in one application and through the services."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models.functions import Now

from applications.models import Application, User
from applications.roles import Role
from applications.services.applications import create_application
from applications.services.keys import issue_access_token, issue_api_key
from applications.services.members import let_in
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.events.services import send_test_event
from media_jobs.jobs.services import submit_task
from media_jobs.library.classes import create_class
from media_jobs.library.services import modify_media
from media_jobs.models import Batch, Delivery, Event, Media, MediaClass, ProcedureTask, PullTask, Upload, Worker
from media_jobs.pulls.services import pull_upload
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.plan import Plan, StepInput, plan_from
from procedures.selectors import plan_of
from procedures.services import create_procedure, reset_procedure
from procedures.snapshots import SnapshotInput
from templates_app.models import AnimatedImageTemplate
from templates_app.services import create_template


@dataclass
class Crowd:
    """`size` things of each kind. The first of a kind grows with it: `flow` has as many steps, `media` as many images
    and tags, `task` as many jobs, `event` as many deliveries, and `template` is in as many flows."""

    application: Application
    owner: User
    upload_clip: Callable[..., Media]
    run_jobs: Callable[[], int]
    size: int = 0
    templates: list[AnimatedImageTemplate] = field(default_factory=list)

    template: AnimatedImageTemplate = field(init=False)
    flow: Procedure = field(init=False)
    media: Media = field(init=False)
    task: ProcedureTask = field(init=False)
    event: Event = field(init=False)
    upload: Upload = field(init=False)
    direct: Upload = field(init=False)
    pull: PullTask = field(init=False)
    shelf: MediaClass = field(init=False)
    batch: Batch = field(init=False)
    second: Application = field(init=False)

    def __post_init__(self) -> None:
        self.template = self._template("first")
        self.flow = create_procedure(application=self.application, name="wide", steps=self._steps())
        self.media = self.upload_clip(name="first.mp4")
        self.event = send_test_event(application=self.application, type=Event.Type.FILE_DELETED)

    def grow(self, size: int) -> None:
        for number in range(self.size, size):
            self._add(number)
        snapshots = [SnapshotInput("sprite", 10)] * size
        reset_procedure(procedure=self.flow, steps=self._steps(), snapshots=snapshots)
        modify_media(media=self.media, fields={"tags": [f"tag {number}" for number in range(size)]})
        self.task = submit_task(media=self.media, plan=plan_of(self.flow))
        self.batch = create_batch(application=self.application, selection=Selection(), plan=self._small(), again=True)
        self.run_jobs()
        self.size = size

    def _small(self) -> Plan:
        return plan_from(self.application, [StepInput(definition=self.template.definition, end=0.2)])

    def _add(self, number: int) -> None:
        self._template(f"template {number}")
        steps = [StepInput(definition=self.template.definition, end=0.4)]
        flow = create_procedure(application=self.application, name=f"flow {number}", steps=steps)
        self.shelf = create_class(application=self.application, name=f"class {number}")
        create_class(application=self.application, name="inner", parent_id=self.shelf.pk)
        media = self.upload_clip(name=f"{number}.mp4", procedure=flow.name)
        modify_media(media=media, fields={"media_class": self.shelf, "tags": ["all", f"tag {number}"]})
        self._add_what_waits(number)
        self._add_people(number)

    def _add_what_waits(self, number: int) -> None:
        wanted = uploads.Wanted(name=f"{number}.mov", length=5)
        self.upload = uploads.begin(application=self.application, wanted=wanted, door="tus", user=self.owner)
        self.direct = uploads.begin_elsewhere(application=self.application, wanted=wanted, door="direct")
        url = f"http://files.example/{number}.mp4"
        self.pull = pull_upload(application=self.application, url=url, wanted=uploads.Wanted(name=""))
        send_test_event(application=self.application, type=Event.Type.NEW_FILE_UPLOAD)
        create_batch(application=self.application, selection=Selection(), plan=self._small())
        to = {"application": self.application, "url": "http://hook.example/"}
        Delivery.objects.create(event=self.event, started_at=Now(), seconds=1.0, **to)
        Worker.objects.create(name=f"worker {number}", slots=1)

    def _add_people(self, number: int) -> None:
        membership, _ = let_in(application=self.application, username=f"member{number}", role=Role.OPERATOR)
        issue_api_key(user=membership.user, application=self.application)
        issue_access_token(user=membership.user, application=self.application)
        self.second = create_application(name=f"Studio {number}", owner=self.owner)

    def _template(self, name: str) -> AnimatedImageTemplate:
        fields = {"name": name, "format": "gif", "width": 128, "fps": 5}
        self.templates.append(create_template(application=self.application, fields=fields))  # type: ignore[arg-type]
        return self.templates[-1]

    def _steps(self) -> list[StepInput]:
        return [StepInput(definition=template.definition, end=0.4) for template in self.templates]
