"""Getting the embedded broker ready before anybody uses it."""

import sqlite3
from urllib.parse import urlsplit

from django.conf import settings

from config.celery import app


def prepare_broker() -> None:
    """Make the queue once: two processes that create it at the same time crash (docs/reliability.md 1.2)."""
    url = urlsplit(settings.BROKER_URL)
    if url.scheme != "sqla+sqlite":
        return
    with sqlite3.connect(url.path) as database:
        database.execute("PRAGMA journal_mode=WAL")
    with app.connection_for_write() as connection:
        app.amqp.queues[settings.CELERY_TASK_DEFAULT_QUEUE](connection).declare()
