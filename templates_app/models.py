from __future__ import annotations

from dataclasses import fields

from django.db import models
from django.utils import timezone

from animator.core.framing import CENTRE, SCALE
from animator.core.order import BALANCED, BEST, FAST, AnimationSpec
from animator.core.playback import CUT
from applications.models import Application
from templates_app.snapshot_template import SnapshotTemplate as SnapshotTemplate


class TemplateQuerySet(models.QuerySet["AnimatedImageTemplate"]):
    def usable_in(self, application: Application | models.Value) -> TemplateQuerySet:
        """The application's own and the presets, which belong to nobody."""
        return self.filter(models.Q(application=application) | models.Q(application=None))


class AnimatedImageTemplate(models.Model):
    """One set of picture parameters (docs/protocol 2.1). `definition` is the id that every protocol calls it by.

    Fields:
        width, height: pixels; 0 follows the source
        fps: frames a second
        quality: 1–100
        resolution_adaptive: width means the long side and height the short one
        effort: 1–3, how long the encoder may try
        score: measure how close the picture is to the source
        max_bytes: the file's largest size; 0: any
        siblings: what else is made of the same pictures, named with commas between (animator/core/siblings.py)
        within_source: no file is larger than the source
        least_quality, least_fps, least_edge, give_way: how a picture is kept within it (animator/core/floors.py)
        crop, anchor, fit, background, trim_borders: which part is shown, and in what shape (animator/core/framing.py)
        loop, slack, crossfade, loop_count, speed, reverse: how it is played (animator/core/playback.py)
    """

    class Format(models.TextChoices):
        GIF = "gif", "GIF"
        WEBP = "webp", "WebP"

    class Effort(models.IntegerChoices):
        FAST = FAST, "Fast: for previews"
        BALANCED = BALANCED, "Balanced"
        BEST = BEST, "Best: the smallest file, up to four times the time"

    application = models.ForeignKey(Application, models.CASCADE, null=True, blank=True, related_name="templates")
    definition = models.PositiveIntegerField()
    name = models.CharField(max_length=64, blank=True)
    comment = models.CharField(max_length=256, blank=True)
    format = models.CharField(max_length=8, choices=Format, default=Format.GIF)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    resolution_adaptive = models.BooleanField(default=True)
    fps = models.PositiveIntegerField()
    quality = models.FloatField(default=75.0)
    effort = models.PositiveSmallIntegerField(default=BALANCED, db_default=BALANCED, choices=Effort)
    score = models.BooleanField(default=False)
    max_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    least_quality = models.FloatField(default=0.0, db_default=0.0)
    least_fps = models.PositiveIntegerField(default=0, db_default=0)
    least_edge = models.PositiveIntegerField(default=0, db_default=0)
    give_way = models.CharField(max_length=32, blank=True, default="", db_default="")
    crop = models.CharField(max_length=23, blank=True, default="", db_default="")
    anchor = models.CharField(max_length=16, default=CENTRE, db_default=CENTRE)
    fit = models.CharField(max_length=8, default=SCALE, db_default=SCALE)
    background = models.CharField(max_length=11, blank=True, default="", db_default="")
    trim_borders = models.BooleanField(default=False, db_default=False)
    loop = models.CharField(max_length=8, default=CUT, db_default=CUT)
    slack = models.FloatField(default=0.0, db_default=0.0)
    crossfade = models.FloatField(default=0.0, db_default=0.0)
    loop_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    speed = models.FloatField(default=1.0, db_default=1.0)
    reverse = models.BooleanField(default=False, db_default=False)
    siblings = models.CharField(max_length=48, blank=True, default="", db_default="")
    within_source = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering = ["definition"]
        constraints = [
            models.UniqueConstraint(fields=["application", "definition"], name="one_definition_each"),
            models.UniqueConstraint(
                fields=["definition"], condition=models.Q(application=None), name="one_preset_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}({self.definition})"

    @property
    def label(self) -> str:
        return self.name or f"{self.get_format_display()} {self.fps} fps"

    @property
    def is_preset(self) -> bool:
        return self.application_id is None

    @property
    def spec(self) -> AnimationSpec:
        values = {one.name: getattr(self, one.name) for one in fields(AnimationSpec) if one.name != "adaptive"}
        return AnimationSpec(**values, adaptive=self.resolution_adaptive)
