"""Watching tasks from a terminal until they have ended: a bar for each animated image."""

import time
from collections.abc import Callable, Iterable
from typing import Never

from tqdm import tqdm

from media_jobs.jobs.selectors import jobs_of, live_workers
from media_jobs.models import AnimatedImage, Job, ProcedureTask
from media_jobs.states import ENDED, JobState
from media_jobs.store.storage import url_of

PAUSE = 0.5  # seconds between two looks
NO_WORKER = (
    "No worker is alive, so nothing moves. Start one: make run, or manage.py runconsole with ZOETROPE_ROLE=worker."
)


def follow(tasks: Iterable[ProcedureTask], *, say: Callable[[str], None]) -> bool:
    """Until every task has ended. `say` gets a line for each image, and a warning when there is nobody to do the work.

    True when all images were made.
    """
    followed = list(tasks)
    if not live_workers().exists():
        say(NO_WORKER)
    with _Bars() as bars:
        while not bars.show([job for task in followed for job in jobs_of(task)]):
            time.sleep(PAUSE)
    jobs = [job for task in followed for job in jobs_of(task)]
    for job in jobs:
        say(_line(job))
    return all(job.state == JobState.SUCCESS for job in jobs)


class _Bars:
    """One bar a job, in the order of the jobs."""

    def __init__(self) -> None:
        self._bars: dict[object, tqdm[Never]] = {}

    def __enter__(self) -> "_Bars":
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self._bars.values():
            bar.close()

    def show(self, jobs: Iterable[Job]) -> bool:
        """True when all of them have ended."""
        ended = True
        for job in jobs:
            bar = self._bars.get(job.pk) or self._new(job)
            bar.update(job.progress - bar.n)
            ended = ended and job.state in ENDED
        return ended

    def _new(self, job: Job) -> "tqdm[Never]":
        bar: tqdm[Never] = tqdm(total=100, desc=str(job.plan.get("label", job.definition)), unit="%", leave=True)
        self._bars[job.pk] = bar
        return bar


def _line(job: Job) -> str:
    label = job.plan.get("label", job.definition)
    if job.state != JobState.SUCCESS:
        return f"{label}: {job.get_state_display()}. {job.err_code} {job.message}".rstrip()
    image = AnimatedImage.objects.filter(job=job).first()
    return f"{label}: {url_of(image.storage_key)}" if image else f"{label}: done"
