from __future__ import annotations

from django.db import models
from django.utils import timezone

from applications.models import Application
from procedures.plan import CoverStep
from templates_app.models import AnimatedImageTemplate


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


class ProcedureStep(models.Model):
    """One animated image of a task flow: a template, and the seconds of the video that it shows.

    Offsets as docs/protocol 2.3.1 has them: 0 = the beginning (start) or the end (end), n = the n-th second,
    −n = n seconds before the end.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    template = models.ForeignKey(AnimatedImageTemplate, models.PROTECT, related_name="steps")
    start_offset = models.FloatField(default=0.0)
    end_offset = models.FloatField(default=0.0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["procedure", "position"], name="one_step_a_position")]

    def __str__(self) -> str:
        return f"{self.template} {self.start_offset:g}–{self.end_offset:g} s"
