from __future__ import annotations

from django.db import models
from django.utils import timezone

from animator.core.stills_order import StillsOrder
from applications.models import Application
from templates_app.snapshot_kinds import CHOICES, KINDS, SnapshotKind

_UNITS = {"Percent": "%", "Time": "s", "": ""}


class SnapshotTemplateQuerySet(models.QuerySet["SnapshotTemplate"]):
    def usable_in(self, application: Application) -> SnapshotTemplateQuerySet:
        """The application's own and the presets, which belong to nobody."""
        return self.filter(models.Q(application=application) | models.Q(application=None))


class SnapshotTemplate(models.Model):
    """How snapshots of one kind look (docs/protocol 2.1.1); fields that a kind has no use for stay as they are here.

    Fields:
        kind: of snapshot_kinds.py
        width, height: of one still in pixels; 0 follows the source
        resolution_adaptive: width means the long side and height the short one
        fill_type: as StillsOrder.fill
        sample_type, sample_interval: a still every so many per cent of the duration, or seconds
        rows, columns: of a sheet
    """

    class Format(models.TextChoices):
        JPG = "jpg", "JPEG"
        PNG = "png", "PNG"
        WEBP = "webp", "WebP"

    class Fill(models.TextChoices):
        BLACK = "black", "Fit in, black around"
        WHITE = "white", "Fit in, white around"
        GAUSS = "gauss", "Fit in, blurred around"
        STRETCH = "stretch", "Stretch"

    class Sampling(models.TextChoices):
        PERCENT = "Percent", "per cent of the duration"
        TIME = "Time", "seconds"

    application = models.ForeignKey(
        Application, models.CASCADE, null=True, blank=True, related_name="snapshot_templates"
    )
    kind = models.CharField(max_length=8, choices=CHOICES)
    definition = models.PositiveIntegerField()
    name = models.CharField(max_length=64, blank=True)
    comment = models.CharField(max_length=256, blank=True)
    format = models.CharField(max_length=8, choices=Format, default=Format.JPG)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    resolution_adaptive = models.BooleanField(default=True)
    fill_type = models.CharField(max_length=8, choices=Fill, default=Fill.BLACK)
    sample_type = models.CharField(max_length=8, choices=Sampling, blank=True)
    sample_interval = models.PositiveIntegerField(default=0)
    rows = models.PositiveSmallIntegerField(default=0)
    columns = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = SnapshotTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "definition"]
        constraints = [
            models.UniqueConstraint(fields=["application", "kind", "definition"], name="one_snapshot_definition_each"),
            models.UniqueConstraint(
                fields=["kind", "definition"], condition=models.Q(application=None), name="one_snapshot_preset_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}({self.definition})"

    @property
    def sort(self) -> SnapshotKind:
        return KINDS[self.kind]

    @property
    def label(self) -> str:
        return self.name or f"{self.sort.label} {self.every}".strip()

    @property
    def every(self) -> str:
        """As StillsOrder.every; "" for snapshots of given moments."""
        return f"{self.sample_interval}{_UNITS[self.sample_type]}" if self.sort.sampled else ""

    @property
    def key(self) -> str:
        """What it is called where templates of all kinds are."""
        return f"{self.kind}-{self.definition}"

    @property
    def is_preset(self) -> bool:
        return self.application_id is None

    def order(self, moments: tuple[str, ...] = ()) -> StillsOrder:
        """Raises InvalidSpec for moments that are none, or that this kind has no use for."""
        return StillsOrder(
            format=self.format,
            width=self.width,
            height=self.height,
            adaptive=self.resolution_adaptive,
            fill=self.fill_type,
            moments=moments,
            every=self.every,
            rows=self.rows,
            columns=self.columns,
        )
