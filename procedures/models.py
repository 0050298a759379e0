from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from animator.core.choice import Choice
from applications.models import Application
from procedures.plan import CoverStep
from procedures.snapshots import SnapshotInput
from procedures.unmade import UnmadeStep
from templates_app.models import AnimatedImageTemplate, SnapshotTemplate


class Procedure(models.Model):
    """A named bundle of steps (docs/console.md 3); its name is what callers pass as Procedure or ProcedureName."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="procedures")
    name = models.CharField(max_length=20)
    comment = models.CharField(max_length=256, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["application", "name"], name="one_procedure_name_each")]

    def __str__(self) -> str:
        return self.name


class ProcedureCover(models.Model):
    """A still that the task flow makes the media's cover; fields as procedures/plan.py has them."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="covers")
    position = models.PositiveIntegerField()
    definition = models.PositiveIntegerField()
    position_type = models.CharField(max_length=8)
    position_value = models.FloatField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["procedure", "position"], name="one_cover_a_position")]

    def __str__(self) -> str:
        return f"cover at {self.position_type} {self.position_value:g}"

    @property
    def step(self) -> CoverStep:
        return CoverStep(self.definition, self.position_type, self.position_value)


class ProcedureSnapshot(models.Model):
    """Snapshots that the task flow makes: a template, and `moments` (StillsOrder) where its kind wants any."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="snapshots")
    position = models.PositiveIntegerField()
    template = models.ForeignKey(SnapshotTemplate, models.PROTECT, related_name="steps")
    moments: models.JSONField[list[str], list[str]] = models.JSONField(default=list)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["procedure", "position"], name="one_snapshot_a_position")]

    def __str__(self) -> str:
        return f"{self.template} {', '.join(self.moments) or self.template.every}"

    @property
    def asked(self) -> SnapshotInput:
        return SnapshotInput(self.template.kind, self.template.definition, tuple(self.moments))


class ProcedureUnmade(models.Model):
    """A part that only the cloud makes; fields as procedures/unmade.py has them."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="unmade")
    position = models.PositiveIntegerField()
    task = models.CharField(max_length=32)
    asked: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["procedure", "position"], name="one_unmade_a_position")]

    def __str__(self) -> str:
        return self.step.label

    @property
    def step(self) -> UnmadeStep:
        return UnmadeStep(self.task, self.asked)


class ProcedureStep(models.Model):
    """One animated image of a task flow: a template, and the seconds of the video that it shows.

    Offsets as docs/protocol 2.3.1 has them: 0 = the beginning (start) or the end (end), n = the n-th second,
    −n = n seconds before the end. The others say which of the seconds between them are shown, as
    animator/core/choice.py has it.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    template = models.ForeignKey(AnimatedImageTemplate, models.PROTECT, related_name="steps")
    start_offset = models.FloatField(default=0.0)
    end_offset = models.FloatField(default=0.0)
    auto = models.FloatField(default=0.0, db_default=0.0)
    skip_first = models.FloatField(default=0.0, db_default=0.0)
    skip_last = models.FloatField(default=0.0, db_default=0.0)
    # One column for two: SQLite takes the hundred steps of a flow in one statement.
    spread: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["procedure", "position"], name="one_step_a_position")]

    def __str__(self) -> str:
        return f"{self.template} {self.start_offset:g}–{self.end_offset:g} s"

    @property
    def choice(self) -> Choice:
        spread = self.spread or {}
        return Choice(auto=self.auto, skip_first=self.skip_first, skip_last=self.skip_last, **spread)

    @staticmethod
    def chosen_by(choice: Choice) -> dict[str, Any]:
        """The columns that hold it."""
        told = choice.as_dict()
        spread = {name: told.pop(name) for name in ("pieces", "piece")}
        return {**told, "spread": spread if choice.pieces else None}
