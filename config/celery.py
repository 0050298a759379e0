"""The Celery application: its messages are permits to work (docs/adr/0002-the-row-is-the-queue.md)."""

import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning
from kombu.transport import TRANSPORT_ALIASES

from config.celery_environment import celery_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Messages are JSON and name rows, and codecs run confined: to say so at each start hides the lines that matter.
warnings.filterwarnings("ignore", message="You're running the worker with superuser", category=SecurityWarning)
TRANSPORT_ALIASES["sqlite"] = "config.broker.transport:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "config.broker.redis:Transport"
app = Celery("zoetrope")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(celery_settings(os.environ).values)
app.autodiscover_tasks()
