"""Checking the invariants of docs/architecture.md 4 against rows and stored bytes, at rest or after a fault."""

from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Now

from applications.models import Application
from media_jobs.jobs import queue
from media_jobs.maintenance.clearing import remains_of
from media_jobs.maintenance.stored_files import damaged_files
from media_jobs.models import OUTPUTS, AnimatedImage, Event, Job, ProcedureTask, Upload
from media_jobs.states import ENDED, JobState, TaskStatus, UploadState


def violations(*, deep: bool = False) -> Iterator[str]:
    """A sentence for each thing that should never be; none when all is well. Work under way is no violation.

    `deep` reads every stored file through, and compares it with the digest that its row has.
    """
    yield from _ends()
    yield from _publishing()
    yield from _events()
    yield from _terminated()
    yield from damaged_files(deep=deep)


def unfinished() -> tuple[int, int]:
    """How many jobs wait, and how many run."""
    states = (JobState.WAITING, JobState.PROCESSING)
    waiting, running = (Job.objects.filter(state=state).count() for state in states)
    return waiting, running


def _ends() -> Iterator[str]:
    """I1: whatever has no end yet is queued or leased; I2: only what runs is leased."""
    leased = Q(lease_token__isnull=False, lease_until__isnull=False)
    for job in Job.objects.filter(~leased, state=JobState.PROCESSING):
        yield f"job {job.pk} runs without a lease"
    for job in Job.objects.filter(lease_token__isnull=False).exclude(state=JobState.PROCESSING):
        yield f"job {job.pk} is {job.state} and still leased"
    for job in Job.objects.filter(state=JobState.FAIL, err_code=""):
        yield f"job {job.pk} failed without an error code"
    for pk in queue.drifted(kinds=Job.Kind.values):
        yield f"job {UUID(str(pk))} is ready, and no claim would find it before the next sweep"
    open_jobs = Job.objects.filter(task=OuterRef("pk")).exclude(state__in=ENDED)
    ended = Q(status__in=(TaskStatus.FINISH, TaskStatus.ABORTED))
    for task in ProcedureTask.objects.filter(ended, Exists(open_jobs)):
        yield f"task {task.task_id} ended before its jobs"
    for task in ProcedureTask.objects.filter(~ended, ~Exists(open_jobs)):
        yield f"task {task.task_id} has no end although its jobs have"
    for task in ProcedureTask.objects.filter(ended, finished_at__gt=Now()):
        yield f"task {task.task_id} ended in the future"


def _publishing() -> Iterator[str]:
    """I3: a success has exactly one output (until somebody deletes it), and nothing else has any."""
    for kind in OUTPUTS:
        for output in kind.objects.exclude(job__state=JobState.SUCCESS).select_related("job"):
            yield f"{output.storage_key} was published by a job that is {output.job.state}"
    doubled = AnimatedImage.objects.values("job__task", "job__position").annotate(n=Count("pk")).filter(n__gt=1)
    for row in doubled.order_by():
        yield f"task {row['job__task']} published step {row['job__position']} {row['n']} times"
    for upload in Upload.objects.filter(state=UploadState.COMMITTED, media=None):
        yield f"upload {upload.pk} is committed without a media"


def _terminated() -> Iterator[str]:
    """Nothing is left of what was cleared, and what is being cleared was terminated before."""
    for application in Application.objects.filter(status=Application.Status.DESTROYED):
        if remains := remains_of(application):
            yield f"application {application.app_id} is destroyed and still has {', '.join(remains)}"
    astray = Application.objects.exclude(clearing_since=None)
    for application in astray.filter(status__in=(Application.Status.ON, Application.Status.OFF)):
        yield f"application {application.app_id} is {application.status} and has been cleared in part"


def _events() -> Iterator[str]:
    """I4: the end of each task was told, as long as events are kept; the database itself refuses a second one."""
    told = Event.objects.filter(application=OuterRef("application"), subject=OuterRef("task_id"), transition="ended")
    kept = Now() - settings.ZOETROPE_EVENT_LIFETIME / 2
    for task in ProcedureTask.objects.filter(~Exists(told), finished_at__gt=kept).exclude(notify_mode="None"):
        yield f"nobody was told that task {task.task_id} ended"
