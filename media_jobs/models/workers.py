import os
import socket

from django.db import models
from django.db.models.functions import Now


def worker_name(pid: int | None = None) -> str:
    """Of the process `pid` of this host, without it of this process."""
    return f"{socket.gethostname()}:{pid or os.getpid()}"


class Worker(models.Model):
    """A worker process that is alive, as far as its last sign of life tells. For /readyz and the health page.

    Fields:
        name: host and process id
        slots: jobs at once
        isolation: how its codec children are confined; "" when it has none
        kernel: whether the engine's compiled kernel is in use
        queues: what it takes from, between commas; "" while a release before 0.3 runs it
    """

    name = models.CharField(max_length=128, unique=True)
    slots = models.PositiveSmallIntegerField()
    isolation = models.CharField(max_length=200, blank=True)
    kernel = models.BooleanField(default=False)
    queues = models.CharField(max_length=300, blank=True, db_default="")
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
