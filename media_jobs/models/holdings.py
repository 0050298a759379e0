from __future__ import annotations

from django.db import models

from applications.models import Application


class Holding(models.Model):
    """A change of what an application holds, written with the rows that made it; the sum of all is what there is.

    Rows that are only ever added stand in nobody's way, as one that everybody counts up would; upkeep folds them into
    one of each kind (media_jobs/holdings.py). Fields:
        kind: of holdings.KINDS
        number, bytes: rows and bytes that came; negative for what went
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="holdings", db_index=False)
    kind = models.CharField(max_length=16)
    number = models.BigIntegerField()
    bytes = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["application", "kind", "number", "bytes"], name="holdings_summed")]

    def __str__(self) -> str:
        return f"{self.number:+} {self.kind}, {self.bytes:+} bytes"
