"""The Celery application: it rings the workers' bell, no more (docs/adr/0002-the-row-is-the-queue.md)."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["sqla"] = "config.embedded:Transport"
app = Celery("zoetrope")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
