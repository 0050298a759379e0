"""What an operator wants to know at one look, for `manage.py doctor`: what is, what is wrong, and what to do about it.

Names causes by their codes alone: messages may quote what users typed, and addresses may hold tokens.
"""

import platform
import shutil
import subprocess
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version

from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Now

from animator import kernel
from applications.models import Application
from config.observing.figures import database_bytes, served_queues, unserved_queues
from config.observing.health import forget_looks, looked
from media_jobs.jobs.selectors import live_workers
from media_jobs.library.selectors import QueueFigures
from media_jobs.models import OUTPUTS, Chore, Event, EventConfig, Job, Media, ProcedureTask, PullTask
from media_jobs.states import JobState
from media_jobs.store.scratch import scratch

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_RECENT = 500  # tasks, pulls, events: of the last day the newest so many
_APPLICATIONS = 1000
_LIBRARIES = (
    "django",
    "celery",
    "kombu",
    "uvicorn",
    "httptools",
    "av",
    "pillow",
    "psycopg",
    "redis",
    "boto3",
    "cryptography",
)


@dataclass(slots=True)
class Section:
    """A part of the report: its title, what is (name, value), and what to do about what is wrong."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def diagnosis() -> Iterator[Section]:
    """Every section; one whose database is away says so instead."""
    for title, examine in _SECTIONS.items():
        section = Section(title)
        try:
            examine(section)
        except (DatabaseError, OSError) as error:
            section.facts.append(("can't be examined", type(error).__name__))
            section.advice.append("See why the database or the disk doesn't answer; no more can be told until then.")
        yield section


def _versions(section: Section) -> None:
    section.facts += [
        ("zoetrope", _own_version()),
        ("Python", platform.python_version()),
        ("system", platform.platform()),
    ]
    section.facts += [(name, version(name)) for name in _LIBRARIES]
    section.facts.append(("engine's kernel", "compiled" if kernel.available() else "missing"))
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        section.facts.append((connection.vendor, str(cursor.fetchone()[0])))


def _own_version() -> str:
    told = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    git = shutil.which("git")
    if git is None:
        return str(told)
    asked = [git, "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603  no input
    return f"{told} ({found.stdout.strip()})" if found.returncode == 0 else str(told)


def _checks(section: Section) -> None:
    messages = [message for message in run_checks(databases=["default"]) if not message.is_silenced()]
    section.facts.append(("settings", f"{len(messages)} remarks" if messages else "fine"))
    section.advice += [f"{message.msg} {message.hint or ''}".strip() for message in messages]
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    section.facts.append(("migrations to make", str(waiting)))
    if waiting:
        section.advice.append("Start a process of role web or all (or run `manage.py migrate`): the database is older.")


def _health(section: Section) -> None:
    forget_looks()
    section.facts += looked().items()
    for number, worker in enumerate(live_workers(), 1):
        section.facts.append((f"worker {number}", f"{worker.slots} slots for {worker.queues or 'every queue'}"))
    if lacking := unserved_queues():
        section.advice.append(f"Start a worker that takes from {', '.join(lacking)}: what waits there isn't begun.")
    for chore in Chore.objects.all():
        state = "broke off" if chore.problem else "done"
        section.facts.append((f"maintenance: {chore.name}", f"{state} {_ago(chore.pk)}"))
        if chore.problem:
            section.advice.append(f"Maintenance ({chore.name}) broke off: the log of the upkeep thread says why.")


def _terminations(section: Section) -> None:
    terminated = Application.objects.filter(status=Application.Status.DESTROYING).order_by("terminates_at")
    for application in terminated[:_APPLICATIONS]:
        since, at = application.clearing_since, application.terminates_at
        state = (
            f"being cleared since {since:%Y-%m-%d %H:%M} UTC" if since else f"cleared from {at:%Y-%m-%d %H:%M} UTC on"
        )
        section.facts.append((f"application {application.app_id}", state))
    if terminated.filter(terminates_at__lt=Now() - DAY).exists():
        section.advice.append("A terminated application isn't cleared a day after its time: see the maintenance above.")


def _ago(chore: int) -> str:
    age = Chore.objects.filter(pk=chore).annotate(age=Now() - F("done_at")).values_list("age", flat=True).get()
    return f"{_span(age)} ago" if age is not None else "never"


def _queue(section: Section) -> None:
    queue = QueueFigures.now()
    section.facts += [("jobs waiting", f"{queue.waiting:,}"), ("running", f"{queue.running:,}")]
    section.facts.append(("oldest waits since", _span(queue.age)))
    lost = Job.objects.filter(state=JobState.PROCESSING, lease_until__lt=Now()).count()
    section.facts.append(("leases run out", str(lost)))
    if queue.age > timedelta(minutes=10) and served_queues():
        section.advice.append("Work waits longer than ten minutes: add workers, or raise ZOETROPE_WORKERS.")


def _disk(section: Section) -> None:
    usage = shutil.disk_usage(scratch())
    daily = _bytes_a_day()
    section.facts += [("free", f"{_size(usage.free)} of {_size(usage.total)}"), ("database", _size(database_bytes()))]
    section.facts.append(("new a day, by the last seven", _size(daily)))
    spare = usage.free - settings.ZOETROPE_MIN_FREE_BYTES
    if spare <= 0:
        section.advice.append("The disk is full: uploads and jobs wait until there is room (ZOETROPE_MIN_FREE_BYTES).")
    elif daily > 0:
        left = spare / daily
        section.facts.append(("full in", f"{left:,.0f} days" if left < 3650 else "more than ten years"))
        if left < 30:
            section.advice.append("The disk is full within a month: add room, give media an ExpireTime, delete some.")


def _bytes_a_day() -> float:
    """What came and is still there, media and pictures, on average over a week, of the first applications."""
    total = 0
    for application in Application.objects.order_by("pk")[:_APPLICATIONS]:
        for model in (Media.objects.present(), *(output.objects for output in OUTPUTS)):
            new = model.filter(application=application, created_at__gt=Now() - WEEK)
            total += new.aggregate(size=Sum("size"))["size"] or 0
    return total / 7


def _stages(section: Section) -> None:
    jobs = Job.objects.filter(task__in=_recent_tasks(), finished_at__isnull=False, began_at__isnull=False)
    stages: dict[str, timedelta] = {}
    spans = jobs.order_by().values("kind").annotate(
        wait=Avg(F("began_at") - F("created_at")), work=Avg(F("finished_at") - F("began_at"))
    )  # fmt: skip
    for row in spans:
        stages[f"waiting for a slot ({row['kind']})"] = row["wait"]
        stages[f"at work ({row['kind']})"] = row["work"]
    arrived = Event.objects.filter(pk__in=_newest(Event.objects.all(), "created_at"), settled_at__isnull=False)
    told = arrived.aggregate(span=Avg(F("settled_at") - F("created_at")))["span"]
    if told is not None:
        stages["until the receiver knew"] = told
    section.facts += [(name, _span(span)) for name, span in stages.items()]
    if stages:
        slowest = max(stages, key=lambda name: stages[name])
        section.facts.append(("slowest", slowest))
        if stages[slowest] > timedelta(minutes=1):
            section.advice.append(_REMEDIES[slowest.split(" (")[0]])


def _failures(section: Section) -> None:
    jobs = Job.objects.filter(task__in=_recent_tasks())
    failed = jobs.filter(state=JobState.FAIL).order_by().values_list("err_code").annotate(number=Count("pk"))
    causes = Counter({f"jobs: {code}": number for code, number in failed})
    pulls = PullTask.objects.filter(pk__in=_newest(PullTask.objects.all(), "finished_at")).exclude(err_code=0)
    for code, number in pulls.order_by().values_list("err_code").annotate(number=Count("pk")):
        causes[f"pulls: {code}"] += number
    section.facts += [(cause, str(number)) for cause, number in causes.most_common(10)] or [("in the last day", "none")]
    for cause, _ in causes.most_common(10):
        section.advice += [advice for part, advice in _CURES.items() if part in cause]
    paused = EventConfig.objects.filter(~Q(disabled_at=None) | Q(paused_until__gt=Now())).count()
    if paused:
        section.advice.append(f"{paused} receivers of callbacks are paused or switched off: see their Callback pages.")


def _recent_tasks() -> list[int]:
    return _newest(ProcedureTask.objects.all(), "finished_at")


def _newest(rows: "QuerySet[ProcedureTask] | QuerySet[PullTask] | QuerySet[Event]", moment: str) -> list[int]:
    recent = rows.filter(**{f"{moment}__gt": Now() - DAY}).order_by(f"-{moment}")
    return list(recent.values_list("pk", flat=True)[:_RECENT])


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _size(number: float) -> str:
    return f"{number / 1024**3:.1f} GiB" if number >= 1024**3 else f"{number / 1024**2:.1f} MiB"


_SECTIONS: dict[str, Callable[[Section], None]] = {
    "Versions": _versions,
    "Checks": _checks,
    "Health": _health,
    "Terminated applications": _terminations,
    "Queue": _queue,
    "Disk": _disk,
    "Stages, on average over the last day's newest": _stages,
    "Failures by cause, of the last day's newest": _failures,
}
_REMEDIES = {
    "waiting for a slot": "Most of a task's time is waiting: add workers, or raise ZOETROPE_WORKERS if cores idle.",
    "at work": "Most of a task's time is making pictures: smaller sizes, fewer frames a second, or faster processors.",
    "until the receiver knew": "Most of a task's time is until its callback arrives: the receiver is slow or fails.",
}
# A part of a cause → what helps.
_CURES = {
    "InternalError": "InternalError: the log has a traceback for each (search for the job's id), or workers were lost.",
    "SourceFileError.DownloadNotAccessible": "Stored files are gone: `manage.py verify` lists them; restore the store.",
    "pulls: 60000": "Sources of pulls can't be fetched: the tasks say what each answered.",
    "pulls: 70000": "Pulls failed for reasons of ours: see the log of the transfers worker.",
}
