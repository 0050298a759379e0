from __future__ import annotations

from django.db import models
from django.utils import timezone

from animator.core.order import AnimationSpec
from applications.models import Application


class TemplateQuerySet(models.QuerySet["AnimatedImageTemplate"]):
    def usable_in(self, application: Application) -> TemplateQuerySet:
        """The application's own and the presets, which belong to nobody."""
        return self.filter(models.Q(application=application) | models.Q(application=None))


class AnimatedImageTemplate(models.Model):
    """One set of picture parameters (docs/protocol 2.1). `definition` is the id that every protocol calls it by.

    Fields:
        width, height: pixels; 0 follows the source
        fps: frames a second
        quality: 1–100
        resolution_adaptive: width means the long side and height the short one
        score: measure how close the picture is to the source
    """

    class Format(models.TextChoices):
        GIF = "gif", "GIF"
        WEBP = "webp", "WebP"

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
    score = models.BooleanField(default=False)
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
        return AnimationSpec(
            format=self.format,
            width=self.width,
            height=self.height,
            fps=self.fps,
            quality=self.quality,
            adaptive=self.resolution_adaptive,
        )
