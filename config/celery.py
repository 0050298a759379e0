"""The Celery application: it rings the workers' bell, no more (docs/adr/0002-the-row-is-the-queue.md)."""

import os

from celery import Celery
from kombu.transport.sqlalchemy import Transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# How often the embedded broker is asked for a message; as a transport option it would be handed to SQLAlchemy, which refuses it.
Transport.polling_interval = 0.1
app = Celery("zoetrope")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
