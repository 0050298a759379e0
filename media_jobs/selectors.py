"""Reads; every one starts from the application it belongs to."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.models import AnimatedImage, Job, Media, MediaClass, ProcedureTask, Upload, Worker
from media_jobs.states import UploadState


def media_for(application: Application) -> QuerySet[Media]:
    return Media.objects.present().filter(application=application).select_related("media_class")


def one_media(application: Application, file_id: str) -> Media:
    """Raises NotFound."""
    media = media_for(application).filter(file_id=file_id).first()
    if media is None:
        raise NotFound(f"There is no media {file_id}.", field="file_id")
    return media


def media_to_tell_of(media: QuerySet[Media]) -> QuerySet[Media]:
    """With all that MediaInfo holds, in as many queries for a hundred as for one."""
    above = media.select_related("media_class__parent__parent__parent")
    return above.prefetch_related("tags", "animated_images")


def media_ever(application: Application, file_id: str) -> Media:
    """Also one that was deleted. Raises NotFound."""
    media = Media.objects.filter(application=application, file_id=file_id).first()
    if media is None:
        raise NotFound(f"There is no media {file_id}.", field="file_id")
    return media


def classes_for(application: Application) -> QuerySet[MediaClass]:
    return MediaClass.objects.filter(application=application)


def class_for(application: Application, class_id: int) -> MediaClass | None:
    """None for 0, which stands for "no class". Raises NotFound."""
    if not class_id:
        return None
    media_class = MediaClass.objects.filter(application=application, pk=class_id).first()
    if media_class is None:
        raise NotFound(f"There is no class {class_id}.", field="class_id")
    return media_class


def tasks_for(application: Application) -> QuerySet[ProcedureTask]:
    return ProcedureTask.objects.filter(application=application).select_related("media")


def one_task(application: Application, task_id: str) -> ProcedureTask:
    """Raises NotFound."""
    task = tasks_for(application).filter(task_id=task_id).first()
    if task is None:
        raise NotFound(f"There is no task {task_id}.", field="task_id")
    return task


def first_task_of(media: Media) -> ProcedureTask | None:
    """The one that its upload started."""
    return media.tasks.order_by("created_at", "pk").first()


def jobs_of(task: ProcedureTask) -> QuerySet[Job]:
    return task.jobs.select_related("output").order_by("position")


def images_for(application: Application) -> QuerySet[AnimatedImage]:
    """Finished animated images of media that are still there, newest first."""
    return AnimatedImage.objects.filter(application=application, media__deleted_at=None).select_related(
        "media", "job__task"
    )


def one_image(application: Application, pk: int) -> AnimatedImage:
    """Raises NotFound."""
    image = images_for(application).filter(pk=pk).first()
    if image is None:
        raise NotFound(f"There is no animated image {pk}.")
    return image


def uploads_for(application: Application) -> QuerySet[Upload]:
    return Upload.objects.filter(application=application).select_related("media", "created_by")


def open_uploads_for(application: Application) -> QuerySet[Upload]:
    return uploads_for(application).filter(state=UploadState.OPEN, expires_at__gt=Now())


def one_upload(application: Application, upload_id: uuid.UUID | str) -> Upload:
    """Raises NotFound, also for what is no id at all."""
    try:
        upload = uploads_for(application).filter(pk=uuid.UUID(str(upload_id))).first()
    except ValueError:
        upload = None
    if upload is None:
        raise NotFound("There is no such upload.")
    return upload


def live_workers() -> QuerySet[Worker]:
    """Those that gave a sign of life within three heartbeats."""
    return Worker.objects.filter(seen_at__gt=Now() - timedelta(seconds=3 * settings.ZOETROPE_HEARTBEAT_SECONDS))
