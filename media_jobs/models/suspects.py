from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Suspect(models.Model):
    """A stored file that no row names, and since when that is known (by the database's clock).

    It is deleted when it has stayed so for ZOETROPE_QUARANTINE_DAYS (maintenance/orphans.py).
    """

    key = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="suspects_oldest")]

    def __str__(self) -> str:
        return self.key
