"""Getting the embedded broker ready before anybody uses it."""

from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from config.broker.message_file import MessageFile


def prepare_broker() -> None:
    """Make the broker's file once, before processes that would get in each other's way; shrink an old version's."""
    url = urlsplit(settings.BROKER_URL)
    if url.scheme == "sqlite":
        path = Path(url.path)
        path.with_suffix(".bell").unlink(missing_ok=True)
        file = MessageFile(path)
        file.forget_old_layout()
        file.close()
