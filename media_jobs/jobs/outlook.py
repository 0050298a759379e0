"""What waits before a task, and how long the rest of it will take by the speed that was measured here."""

from dataclasses import dataclass

from django.db.models import Avg, DurationField, ExpressionWrapper, F, Q

from media_jobs.jobs.selectors import slots_for, tasks_for
from media_jobs.models import Job, ProcedureTask
from media_jobs.states import ENDED, JobState

_MEASURED = 50  # of the application's last tasks


@dataclass(frozen=True, slots=True)
class Outlook:
    """Fields:
    ahead: jobs that begin before the next one of this task, those of others in their turns; 0 when none of it waits
    seconds: until its last part is made, by the speed of the last ones; None while nothing is known or no worker lives
    """

    ahead: int
    seconds: float | None


def outlook(task: ProcedureTask) -> Outlook:
    """Of a task that is under way. A guess: whoever has more urgent work comes first."""
    jobs = [job for job in task.jobs.order_by("position") if job.state not in ENDED]
    waiting = [job for job in jobs if job.state == JobState.WAITING]
    ahead = _ahead(waiting[0]) if waiting else 0
    slots, each = slots_for(jobs[0].kind) if jobs else 0, _seconds_each(task)
    if not slots or not each:
        return Outlook(ahead, None)
    running = [each * (100 - job.progress) / 100 for job in jobs if job.state == JobState.PROCESSING]
    queued = (ahead + len(waiting)) * each / min(slots, ahead + len(waiting) or 1)
    return Outlook(ahead, max([queued, *running]))


def _ahead(job: Job) -> int:
    """Of its own application those before it; of each other one as many, as they take turns."""
    ready = Job.objects.filter(state=JobState.WAITING, postponed=False, kind=job.kind)
    before = Q(priority__gt=job.priority) | Q(priority=job.priority, created_at__lt=job.created_at)
    own = ready.filter(before, application=job.application_id).count()
    others = ready.exclude(application=job.application_id).order_by()
    rivals = others.values("application").distinct().count()
    return own + min(others.count(), rivals * (own + 1)) if rivals else own


def _seconds_each(task: ProcedureTask) -> float | None:
    """How long a picture took of late."""
    last = list(tasks_for(task.application).values_list("pk", flat=True)[:_MEASURED])
    made = Job.objects.filter(task__in=last, state=JobState.SUCCESS, began_at__isnull=False)
    took = ExpressionWrapper(F("finished_at") - F("began_at"), output_field=DurationField())
    mean = made.aggregate(mean=Avg(took))["mean"]
    return mean.total_seconds() if mean else None
