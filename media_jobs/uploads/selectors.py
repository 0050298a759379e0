"""Reads about uploads; every one starts from the application it belongs to."""

import uuid

from django.db.models import QuerySet
from django.db.models.functions import Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.models import PARTIAL, Upload
from media_jobs.states import UploadState


def uploads_for(application: Application) -> QuerySet[Upload]:
    """Those of whole files: the pieces of one that comes in several at once are nobody's concern."""
    return _all_for(application).exclude(concat=PARTIAL)


def open_uploads_for(application: Application) -> QuerySet[Upload]:
    return uploads_for(application).filter(state=UploadState.OPEN, expires_at__gt=Now())


def one_upload(application: Application, upload_id: uuid.UUID | str) -> Upload:
    """Raises NotFound, also for what is no id at all."""
    try:
        upload = _all_for(application).filter(pk=uuid.UUID(str(upload_id))).first()
    except ValueError:
        upload = None
    if upload is None:
        raise NotFound("There is no such upload.")
    return upload


def _all_for(application: Application) -> QuerySet[Upload]:
    return Upload.objects.filter(application=application).select_related("media", "created_by")
