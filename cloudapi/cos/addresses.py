"""Where objects live, as their clients see it: buckets, host names and keys (docs/protocol 3.1)."""

import re
import uuid
from dataclasses import dataclass

from django.conf import settings

from applications.models import Application
from media_jobs.models import Upload

_BUCKET = r"vod-\d{1,19}"
_CLOUD_HOST = re.compile(
    rf"(?:(?P<bucket>{_BUCKET})\.)?cos\.(?P<region>[a-z0-9-]+)\.(?:myqcloud\.com|tencentcos\.cn)", re.ASCII
)
_PATH_STYLE = re.compile(rf"/(?P<bucket>{_BUCKET})(?P<path>/.*)?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """bucket: "" where the host alone says that it is an object request · path: of the key, begins with "/"."""

    bucket: str
    path: str


def bucket_of(application: Application) -> str:
    """`<name>-<digits>`, as the Node SDK demands."""
    return f"vod-{application.app_id}"


def object_key(upload: Upload, name: str) -> str:
    """Each session has a folder of its own, so that a key tells the session and nobody can guess another's."""
    return f"{upload.id.hex}/{name}"


def split_key(key: str) -> tuple[uuid.UUID, str] | None:
    """(session, name) of a key, None for what can't be one."""
    folder, _, name = key.partition("/")
    if not name or not re.fullmatch(r"[0-9a-f]{32}", folder):
        return None
    return uuid.UUID(hex=folder), name


def place_of(*, host: str, path: str) -> Place | None:
    """None when this is no object request. host: as sent, with or without a port · path: decoded."""
    name = re.sub(r":\d+$", "", host).lower().rstrip(".")
    found = _CLOUD_HOST.fullmatch(name)
    if found and found["bucket"]:
        return Place(found["bucket"], path)
    own = _own_domain(name)
    if own is not None and own.bucket:
        return Place(own.bucket, path)
    in_path = _PATH_STYLE.fullmatch(path)
    if in_path:
        return Place(in_path["bucket"], in_path["path"] or "/")
    return Place("", path) if found or own else None


def _own_domain(name: str) -> Place | None:
    """Host names that the operator set: `<domain>` and `<bucket>.<domain>`."""
    for domain in settings.ZOETROPE_OBJECT_DOMAINS:
        if name == domain.lower():
            return Place("", "/")
        found = re.fullmatch(rf"({_BUCKET})\.{re.escape(domain.lower())}", name, re.ASCII)
        if found:
            return Place(found[1], "/")
    return None
