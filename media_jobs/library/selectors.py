"""Reads about media, their classes and pictures; every one starts from the application it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from applications.errors import NotFound
from applications.models import Application
from media_jobs.library.states import with_state
from media_jobs.models import AnimatedImage, Media, MediaClass, MediaTag

if TYPE_CHECKING:
    from media_jobs.library.states import MediaRows


def media_for(application: Application) -> QuerySet[Media]:
    return Media.objects.present().filter(application=application).select_related("media_class")


def one_media(application: Application, file_id: str) -> Media:
    """Raises NotFound."""
    media = media_for(application).filter(file_id=file_id).first()
    if media is None:
        raise NotFound(f"There is no media {file_id}.", field="file_id")
    return media


def media_found(application: Application, *, text: str = "", state: str = "", class_id: int | None = None) -> MediaRows:
    """The application's media that match all that is given.

    `text` is part of a name or of a tag, or the beginning of a FileId. `state` is a MediaState. A `class_id` of 0 means
    media without a class.
    """
    found = with_state(media_for(application))
    if text := text.strip():
        tagged = Exists(MediaTag.objects.filter(media=OuterRef("pk"), name__icontains=text))
        found = found.filter(Q(name__icontains=text) | Q(file_id__startswith=text) | tagged)
    if state:
        found = found.filter(state=state)
    if class_id is not None:
        found = found.filter(media_class=class_id or None)
    return found


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
