"""The three roles of a member, each including the one above it here."""

from django.db import models


class Role(models.TextChoices):
    """VIEWER looks; OPERATOR uploads, processes, edits templates and flows; OWNER manages keys and members too."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    OWNER = "owner", "Owner"
