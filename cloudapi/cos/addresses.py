"""Where objects live, as their clients see it: buckets, host names and keys (docs/protocol 3.1)."""

import re
import uuid
from dataclasses import dataclass

from applications.models import Application
from media_jobs.models import Upload


@dataclass(frozen=True, slots=True)
class Place:
    """Which object of which bucket a request names.

    `bucket` is "" where the host alone says that it is an object request. `path` is the key's path; it begins with "/".
    """

    bucket: str
    path: str


def bucket_of(application: Application) -> str:
    """`<name>-<digits>`, as the Node SDK demands."""
    return f"vod-{application.app_id}"


def object_key(upload: Upload, name: str) -> str:
    """Each session has a folder of its own, so that a key tells the session and nobody can guess another's."""
    return f"{upload.id.hex}/{name}"


def split_key(key: str) -> tuple[uuid.UUID, str] | None:
    """The session and the name that a key is made of, None for what can't be a key."""
    folder, _, name = key.partition("/")
    if not name or not re.fullmatch(r"[0-9a-f]{32}", folder):
        return None
    return uuid.UUID(hex=folder), name
