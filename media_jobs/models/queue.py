from __future__ import annotations

from django.db import models

from applications.models import Application
from media_jobs.models.tasks import Job


class QueueHead(models.Model):
    """Where the queue of one application and kind begins: never later than its first job that is ready.

    It lets a claim look at a few rows instead of at every queue. The jobs are what counts: a head that names an earlier
    place than there is a job at is put right by the claim that finds it, a missing or late one by the sweep.

    Fields:
        priority, position: of the first job, as Job has them
        since: the first job's created_at
        served: the round of turns in which its application was last given one; whose is lower goes first
        turn: grows whenever the place is moved, so that whoever read the row before can tell
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="queue_heads")
    kind = models.CharField(max_length=16, choices=Job.Kind)
    priority = models.SmallIntegerField()
    since = models.DateTimeField()
    position = models.PositiveIntegerField()
    turn = models.PositiveBigIntegerField(default=0)
    served = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="one_head_a_queue")]
        indexes = [models.Index(fields=["served", "since"], name="heads_in_turn")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind} {self.priority} {self.since}"
