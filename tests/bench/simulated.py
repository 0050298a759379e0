"""What year.py lives through: rows as a day's work leaves them, on a moved clock, and the night's maintenance."""

import math
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import time_machine
from axes.models import AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.test import Client

from applications.models import User
from applications.services.applications import create_application
from applications.services.keys import issue_access_token, issue_api_key
from config.broker.message_file import MessageFile
from media_jobs.jobs import leases, statements
from media_jobs.library.classes import create_class
from media_jobs.maintenance import cleaning, retention
from media_jobs.maintenance.top_up import top_up
from media_jobs.models import (
    AnimatedImage,
    Batch,
    Delivery,
    Event,
    Job,
    Media,
    ProcedureTask,
    PullTask,
    SnapshotSet,
    Upload,
)
from media_jobs.states import BatchState, JobState, TaskStatus, UploadState
from media_jobs.uploads.services import Wanted, begin_elsewhere
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from templates_app.services import create_template
from tests.integration.everything import everything
from tests.integration.rest.conftest import Api

JOBS_A_TASK = 10
MEDIA_LIVE = timedelta(days=30)
_WANTED = Wanted(name="direct.mp4", length=5)


class Simulation:
    """One application of one owner; `day` 1 begins now, and each call of `live_through` is a day later."""

    def __init__(self, *, seed: int) -> None:
        self._chance = random.Random(seed)
        self._start = datetime.now(UTC)
        self._broker = MessageFile(Path(urlsplit(settings.BROKER_URL).path))
        self._clock: time_machine.travel | None = None
        self.owner = User.objects.create_user("owner", password="a password of the year")
        self.application = create_application(name="Studio", owner=self.owner, app_id=1500000001, is_primary=True)
        self.second = create_application(name="Second", owner=self.owner, app_id=1500000002)
        self.key = issue_api_key(user=self.owner, application=self.application)[0]
        self.token = issue_access_token(user=self.owner, application=self.application)[1]
        fields = {"name": "GIF", "format": "gif", "width": 128, "fps": 5}
        self.template = create_template(application=self.application, fields=fields)  # type: ignore[arg-type]
        steps = [StepInput(definition=self.template.definition, end=0.4)]
        self.flow = create_procedure(application=self.application, name="flow", steps=steps)
        self.plan = plan_of(self.flow).parts[0].as_dict()
        self.shelf = create_class(application=self.application, name="shelf")

    def live_through(self, day: int, *, jobs: int) -> None:
        self._move_clock(to=timedelta(days=day))
        for _ in range(max(1, jobs // JOBS_A_TASK)):
            self._work(self._now() - timedelta(seconds=self._chance.randrange(60, 86_000)))
        for message in range(jobs):
            self._broker.put("pictures", str(message))
        while self._broker.take("pictures"):
            pass
        AccessLog.objects.create(username="owner", user_agent="browser", ip_address="192.0.2.1", path_info="/login")
        Session.objects.create(session_key=uuid.uuid4().hex, session_data="", expire_date=self._now() + timedelta(14))
        leases.sweep()
        cleaning.finish_uploads()
        while Media.objects.expired().exists():
            cleaning.end_what_expired()
        retention.prune()

    @staticmethod
    def days_until(media: int, *, jobs: float) -> int:
        """So many days until there are as many media, with so many jobs a day."""
        return math.ceil(media / max(1, int(jobs / JOBS_A_TASK)))

    def questions(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Every page, list and look of the application, and what processes ask by themselves."""
        browser = Client()
        browser.force_login(self.owner)
        media = Media.objects.present().latest("pk")
        things = SimpleNamespace(
            application=self.application,
            template=self.template,
            flow=self.flow,
            shelf=self.shelf,
            media=media,
            task=media.tasks.latest("pk"),
            event=Event.objects.latest("pk"),
            upload=Upload.objects.latest("created_at"),
            direct=begin_elsewhere(application=self.application, wanted=_WANTED, door="direct"),
            pull=PullTask.objects.latest("pk"),
            batch=Batch.objects.latest("created_at"),
            second=self.second,
        )
        yield from everything(things, browser=browser, api=Api(self.token), key=self.key)
        yield "sweep", leases.sweep
        yield "claim", lambda: leases.claim(worker="year")
        yield "finishing uploads", cleaning.finish_uploads
        yield "expiry", cleaning.end_what_expired
        yield "top-up", lambda: top_up(issuing=False)

    def _now(self) -> datetime:
        return datetime.now(UTC)

    def _move_clock(self, *, to: timedelta) -> None:
        """Python's, and what the database is asked for as its own."""
        if self._clock:
            self._clock.stop()
        self._clock = time_machine.travel(self._start + to, tick=True)
        self._clock.start()
        ahead = f"'+{int(to.total_seconds())} seconds'"
        now = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW', {ahead})"
        Now.as_sqlite = lambda self, compiler, connection, **more: self.as_sql(  # type: ignore[method-assign]
            compiler, connection, template=now, **more
        )
        statements._now = lambda: now.replace("%%%%", "%%")  # type: ignore[assignment]

    def _work(self, moment: datetime) -> None:
        """A file that came, was looked at and became ten pictures, some of which failed; and what was told of it."""
        application, end = self.application, moment + timedelta(seconds=40)
        file_id = str(self._chance.randrange(10**18, 10**19))
        media = Media.objects.create(
            application=application, file_id=file_id, name=f"clip {file_id[:6]}", media_type="mp4", size=10_000_000,
            storage_key=f"{application.app_id}/{file_id}/source.mp4", created_at=moment,
 expires_at=moment + MEDIA_LIVE,
        )  # fmt: skip
        upload = Upload.objects.create(
            application=application, door="pull", state=UploadState.COMMITTED, file_id=file_id, name=media.name,
            storage_key=media.storage_key, media_type="mp4", length=1, offset=1, media=media, created_at=moment,
            expires_at=end,
        )  # fmt: skip
        PullTask.objects.create(
            application=application, upload=upload, task_id=f"p{file_id}", url="http://files.example/a.mp4",
            status=TaskStatus.FINISH, created_at=moment, finished_at=end,
        )  # fmt: skip
        batch = Batch.objects.create(
            application=application, procedure="flow", plan=[self.plan], state=BatchState.FINISHED, total=1,
            up_to=media.pk, created_at=moment, finished_at=end,
            figures={"tasks": {"completed": 1}, "pictures": JOBS_A_TASK, "bytes": 100_000},
        )  # fmt: skip
        task = ProcedureTask.objects.create(
            application=application, media=media, batch=batch, task_id=f"{application.app_id}-Procedure-{file_id}t0",
            procedure="flow", status=TaskStatus.FINISH, created_at=moment, began_at=moment, finished_at=end,
        )  # fmt: skip
        states = [JobState.FAIL if self._chance.random() < 0.05 else JobState.SUCCESS for _ in range(JOBS_A_TASK)]
        jobs = [
            Job(
                application=application, media=media, task=task, kind=Job.Kind.ANIMATE, position=position,
                definition=self.template.definition, state=state, progress=100, created_at=moment, finished_at=end,
                plan=self.plan, err_code="InternalError" if state == JobState.FAIL else "",
            )
            for position, state in enumerate(states)
        ]  # fmt: skip
        look = Job(
            application=application, media=media, kind=Job.Kind.ANALYSE, state=JobState.SUCCESS,
            created_at=moment, finished_at=end,
        )  # fmt: skip
        Job.objects.bulk_create([*jobs, look])
        AnimatedImage.objects.bulk_create(
            AnimatedImage(
                application=application, media=media, job=job, definition=job.definition, container="gif",
                storage_key=f"{application.app_id}/{file_id}/{job.pk.hex}/v.gif", width=128, height=72, frames=5,
                duration=1.0, bitrate=1, size=10_000, md5="0" * 32, start=0, end=1, created_at=end,
            )
            for job in jobs if job.state == JobState.SUCCESS
        )  # fmt: skip
        SnapshotSet.objects.create(
            application=application, media=media, job=jobs[0], kind="sprite", definition=10, container="jpg",
            storage_key=f"{application.app_id}/{file_id}/{jobs[0].pk.hex}/v.set", width=142, height=80, duration=6.0,
            moments=[0.0], spans=[[0, 10_000]], size=10_000, md5="0" * 32, created_at=end,
        )  # fmt: skip
        event = Event.objects.create(
            application=application, type=Event.Type.PROCEDURE_STATE_CHANGED, subject=task.task_id,
            transition="ended", content={"TaskId": task.task_id}, created_at=end, next_at=None, settled_at=end,
        )  # fmt: skip
        Delivery.objects.create(event=event, url="http://hook.example/", started_at=end, seconds=0.1, status=200)
