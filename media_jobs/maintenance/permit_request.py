"""A permit as `celery inspect` and monitors see it: with the job that was taken, not the one it was issued for."""

from typing import Any

from celery.worker.request import Request
from celery.worker.state import requests


class PermitRequest(Request):
    job = ""

    def took(self, job: str) -> None:
        self.job = job
        self.send_event("task-claimed", job=job)  # goes out when task events are on

    def info(self, safe: bool = False) -> Any:
        shown = super().info(safe=safe)
        return {**shown, "args": [self.job], "job": self.job} if self.job else shown


def show(permit_id: str, *, job: str) -> None:
    """The permit is used for `job`. Outside a worker, or in a process that its pool forked, there is nobody to show."""
    request = requests.get(permit_id)
    if isinstance(request, PermitRequest):
        request.took(job)
