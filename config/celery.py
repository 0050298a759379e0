"""The Celery application: its messages are permits to work (docs/adr/0002-the-row-is-the-queue.md)."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from config.celery_environment import celery_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["sqlite"] = "config.broker.transport:Transport"
app = Celery("zoetrope")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(celery_settings(os.environ).values)
app.autodiscover_tasks()
