"""The Celery application: it rings the workers' bell, no more (docs/adr/0002-the-row-is-the-queue.md)."""

import os

from celery import Celery
from kombu.transport.sqlalchemy import Transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# How often, in seconds, the embedded broker is asked for a message. A transport option of that name would be handed on
# to SQLAlchemy, which refuses it.
Transport.polling_interval = 0.1
app = Celery("zoetrope")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
