"""An upload session as the cloud's SDKs see it: a bucket, paths in it, a temporary key. Both Apply actions use it."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from applications.errors import NotFound
from applications.models import Application, User
from cloudapi.cos.addresses import bucket_of, object_key
from cloudapi.cos.credentials import TemporaryKey, mint
from media_jobs.models import Upload
from media_jobs.states import UploadState
from media_jobs.uploads import services as uploads
from media_jobs.uploads.assemble import cover_object, media_object
from media_jobs.uploads.services import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An upload session, whose `key` is the VodSessionKey.

    `media_path` and `cover_path` begin with "/"; `cover_path` is "" when no cover was announced.
    """

    key: str
    bucket: str
    region: str
    media_path: str
    cover_path: str
    temporary_key: TemporaryKey


def begin_session(*, application: Application, wanted: Wanted, door: str, user: User | None = None) -> Session:
    """Begin a session; `wanted` must have `by_objects` set.

    Raises what `begin` of media_jobs/uploads/services.py raises.
    """
    return _session(uploads.begin(application=application, wanted=wanted, door=door, user=user))


def resume_session(*, application: Application, key: str) -> Session:
    """The same paths with a fresh temporary key. Raises NotFound for an unknown, ended or another's session."""
    upload = session_upload(application=application, key=key)
    if upload.state != UploadState.OPEN or upload.expires_at <= timezone.now():
        raise NotFound("This upload session has ended. Start a new one.", field="vodSessionKey")
    return _session(upload)


def session_upload(*, application: Application, key: str) -> Upload:
    """The upload behind a VodSessionKey. Raises NotFound."""
    try:
        upload = Upload.objects.select_related("application").get(application=application, pk=uuid.UUID(hex=key))
    except (Upload.DoesNotExist, ValueError):
        raise NotFound("There is no such upload session.", field="vodSessionKey") from None
    return upload


def _session(upload: Upload) -> Session:
    cover = cover_object(upload)
    return Session(
        key=upload.id.hex,
        bucket=bucket_of(upload.application),
        region=settings.ZOETROPE_REGION,
        media_path=f"/{object_key(upload, media_object(upload))}",
        cover_path=f"/{object_key(upload, cover)}" if cover else "",
        temporary_key=mint(upload),
    )
