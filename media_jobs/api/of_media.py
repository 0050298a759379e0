"""Requests that name their media: in the body, or to filter a list by it."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet, Subquery
from rest_framework.views import APIView

from applications.rest.calling import caller_of
from media_jobs.library.selectors import one_media
from media_jobs.models import Media, ProcedureTask


class OfMedia(APIView):
    def named_in_body(self) -> None:
        """Raises NotFound for a media that isn't there; what is no name at all is refused by the body's own rules."""
        body = self.request.data
        file_id = body.get("file_id") if isinstance(body, Mapping) else None
        if isinstance(file_id, str) and file_id.strip():
            one_media(caller_of(self.request).application, file_id.strip())


class FileIdFilter(django_filters.CharFilter):
    """Rows of one media, which are found by its key."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        application = caller_of(self.parent.request).application
        return rows.filter(media=Media.objects.key_of(application=application, file_id=value))


class TaskIdFilter(django_filters.CharFilter):
    """What a task's jobs have made: found among what was made of its media, by both keys."""

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        tasks = ProcedureTask.objects.filter(application=caller_of(self.parent.request).application, task_id=value)
        media, task = (Subquery(tasks.values(key)[:1]) for key in ("media", "pk"))
        return rows.filter(media=media, job__task=task)
