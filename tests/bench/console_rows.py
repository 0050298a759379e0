"""A crowded application for console_lists.py: so many media, each with a task of two parts, an image, an event, …"""

import random
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction

from animator.core.media import VideoStreamMetaData
from applications.models import AuditEntry, User
from applications.services.applications import create_application
from applications.services.keys import issue_api_key
from media_jobs.library.classes import create_class
from media_jobs.models import AnimatedImage, Batch, Event, Job, Media, MediaTag, ProcedureTask, Upload
from media_jobs.states import BatchState, JobState, TaskStatus, UploadState
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from templates_app.services import create_template
from tests.bench.console_copies import copied

FIRST = 1000
KINDS = (Media, MediaTag, Upload, Batch, ProcedureTask, Job, AnimatedImage, Event, AuditEntry)
RARE = 100  # of so many media one has a batch and an upload under way
_STREAM = VideoStreamMetaData(
    bitrate=10**6, height=720, width=1280, fps=25, codec="h264", codec_tag="avc1", dynamic_range="SDR", hdr_type=""
)
_OUTCOMES = (JobState.SUCCESS,) * 18 + (JobState.FAIL, JobState.ABORTED)


class Crowd:
    """One owner with two applications; `grow` adds media to the first, a minute apart, the last one now."""

    def __init__(self, *, seed: int) -> None:
        self._chance, self._begin = random.Random(seed), datetime.now(UTC) - timedelta(minutes=FIRST)
        self.owner = User.objects.create_user("owner", password="a password of the crowd")
        self.application = create_application(name="Studio", owner=self.owner, app_id=1500000001, is_primary=True)
        self.second = create_application(name="Second", owner=self.owner, app_id=1500000002)
        issue_api_key(user=self.owner, application=self.application)
        fields: Any = {"name": "GIF", "format": "gif", "width": 128, "fps": 5}
        self.template = create_template(application=self.application, fields=fields)
        steps = [StepInput(definition=self.template.definition, end=0.4)]
        self.flow = create_procedure(application=self.application, name="flow", steps=steps)
        self._plan = plan_of(self.flow).parts[0].as_dict()
        self._shelves = [create_class(application=self.application, name=f"shelf {one}") for one in range(20)]
        self._metadata = {
            "size": 10**6, "container": "mp4", "bitrate": 10**6, "height": 720, "width": 1280, "duration": 12.5,
            "rotate": 0, "video_duration": 12.5, "audio_duration": 0.0, "video_streams": [_STREAM._asdict()],
            "audio_streams": [], "md5": "0" * 32,
        }  # fmt: skip
        self._there = 0

    def grow(self, number: int) -> None:
        """Until there are so many media, and as much of all else; the rest are copies of the first thousand."""
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET idle_in_transaction_session_timeout = 0")  # rows are thought of meanwhile
        if not self._there:
            with transaction.atomic():
                self._add(range(min(number, FIRST)))
        elif number > self._there:
            with transaction.atomic():
                copied(KINDS, copies=number // self._there - 1, minutes=self._there)
        self._there = number
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")  # as it does by itself after a while

    def things(self) -> SimpleNamespace:
        """One of each kind, for tests/integration/everything.py."""
        media = Media.objects.latest("pk")
        return SimpleNamespace(
            application=self.application,
            template=self.template,
            flow=self.flow,
            media=media,
            task=media.tasks.latest("pk"),
            event=Event.objects.latest("pk"),
            batch=Batch.objects.latest("created_at"),
            second=self.second,
        )

    def _add(self, numbers: range) -> None:
        media = Media.objects.bulk_create(map(self._media, numbers))
        MediaTag.objects.bulk_create(MediaTag(media=one, name=f"tag {one.pk % 50}") for one in media[::3])
        Upload.objects.bulk_create(map(self._upload, media[::RARE]))
        batches = Batch.objects.bulk_create(map(self._batch, media[::RARE]))
        tasks = [self._task(one, batch=batches[place // RARE]) for place, one in enumerate(media)]
        jobs = Job.objects.bulk_create(
            job for task in ProcedureTask.objects.bulk_create(tasks) for job in self._jobs(task)
        )
        AnimatedImage.objects.bulk_create(self._image(job) for job in jobs if job.state == JobState.SUCCESS)
        Event.objects.bulk_create(map(self._event, tasks))
        AuditEntry.objects.bulk_create(map(self._entry, media))

    def _media(self, number: int) -> Media:
        file_id, at = f"{5_000_000_000_000_000_000 + number}", self._begin + timedelta(minutes=number)
        shelf = self._chance.choice([None, *self._shelves])
        return Media(
            application=self.application, file_id=file_id, name=f"clip {self._chance.randrange(10**6):06}.mp4",
            media_type="mp4", media_class=shelf, size=self._chance.randrange(10**6, 10**9), metadata=self._metadata,
            storage_key=f"1500000001/{file_id}/source.mp4", poster_key=f"1500000001/{file_id}/poster.jpg",
            problem="The file is damaged." if number % 50 == 7 else "", created_at=at,
        )  # fmt: skip

    def _upload(self, media: Media) -> Upload:
        return Upload(
            application=self.application, door="tus", state=UploadState.OPEN, file_id=f"9{media.file_id[1:]}",
            name=media.name, storage_key=f"{media.storage_key}.part", media_type="mp4", length=media.size,
            offset=media.size // 2, created_at=media.created_at, expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip

    def _batch(self, media: Media) -> Batch:
        figures = {"tasks": {"completed": RARE}, "pictures": 2 * RARE, "bytes": 10**7}
        return Batch(
            application=self.application, procedure="flow", plan=[self._plan], state=BatchState.FINISHED, total=RARE,
            up_to=media.pk, created_at=media.created_at, finished_at=media.created_at, figures=figures,
        )  # fmt: skip

    def _task(self, media: Media, *, batch: Batch) -> ProcedureTask:
        end = media.created_at + timedelta(seconds=40)
        return ProcedureTask(
            application=self.application, media=media, batch=batch, task_id=f"1500000001-Procedure-{media.file_id}t0",
            procedure="flow", status=TaskStatus.FINISH, created_at=media.created_at, began_at=media.created_at,
            finished_at=end,
        )  # fmt: skip

    def _jobs(self, task: ProcedureTask) -> list[Job]:
        states = [self._chance.choice(_OUTCOMES) for _ in range(2)]
        return [
            Job(
                application=self.application, media=task.media, task=task, kind=Job.Kind.ANIMATE, position=position,
                definition=self.template.definition, state=state, progress=100, created_at=task.created_at,
                finished_at=task.finished_at, plan=self._plan,
                err_code="InternalError" if state == JobState.FAIL else "",
            )
            for position, state in enumerate(states)
        ]  # fmt: skip

    def _image(self, job: Job) -> AnimatedImage:
        key = f"1500000001/{job.media.file_id}/{uuid.UUID(int=self._chance.getrandbits(128)).hex}.gif"
        return AnimatedImage(
            application=self.application, media=job.media, job=job, definition=job.definition, container="gif",
            storage_key=key, width=128, height=72, frames=5, duration=1.0, bitrate=1, size=10_000, md5="0" * 32,
            start=0, end=1, created_at=job.finished_at,
        )  # fmt: skip

    def _event(self, task: ProcedureTask) -> Event:
        end = task.finished_at
        return Event(
            application=self.application, type=Event.Type.PROCEDURE_STATE_CHANGED, subject=task.task_id,
            transition="ended", content={"TaskId": task.task_id}, created_at=end, next_at=None, settled_at=end,
        )  # fmt: skip

    def _entry(self, media: Media) -> AuditEntry:
        return AuditEntry(
            application=self.application, at=media.created_at, who="owner", door="rest", action="media-list",
            subject=f"file_id={media.file_id}", address="192.0.2.1",
        )  # fmt: skip
