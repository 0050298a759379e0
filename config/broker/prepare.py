"""Getting the embedded broker ready before anybody uses it."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from config.broker.message_file import MessageFile

log = logging.getLogger(__name__)


def prepare_broker() -> None:
    """Make the broker's file once, before processes that would get in each other's way; shrink an old version's."""
    url = urlsplit(settings.BROKER_URL)
    if url.scheme == "sqlite":
        path = Path(url.path)
        path.with_suffix(".bell").unlink(missing_ok=True)
        try:
            with closing(MessageFile(path)) as file:
                file.forget_old_layout()
        except sqlite3.DatabaseError as error:  # a full disk, say: the start doesn't hang on it, workers look for work
            log.warning("the embedded broker's file can't be used yet: %s", error)
