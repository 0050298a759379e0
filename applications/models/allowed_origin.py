from __future__ import annotations

from django.db import models

from applications.models.application import Application


class AllowedOrigin(models.Model):
    """A web page's origin, such as https://shop.example, whose scripts may call the REST API for this application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="allowed_origins")
    origin = models.CharField(max_length=255)

    class Meta:
        ordering = ["origin"]
        constraints = [models.UniqueConstraint(fields=["origin", "application"], name="one_origin_an_application")]

    def __str__(self) -> str:
        return self.origin
