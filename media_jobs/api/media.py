"""REST: /api/v1/media."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from applications.models import Application
from applications.rest.calling import caller_of
from applications.rest.fields import Whole
from applications.rest.filters import WholeFilter
from applications.rest.moments import MomentFilter
from applications.rest.strict_query import query_mistakes
from applications.rest.untouched import Untouched
from applications.rest.validated import read_as, refusals, validated
from media_jobs.api.processing import ProcessIn, submitted
from media_jobs.api.tasks import TaskOut
from media_jobs.api.whole_files import FileForm, received
from media_jobs.jobs.selectors import first_task_of, tasks_for, with_outcome
from media_jobs.library.selectors import class_for, media_for, one_media, tagged
from media_jobs.library.services import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TAG,
    MAX_TAGS,
    MediaFields,
    delete_media,
    modify_media,
)
from media_jobs.library.snippets import MAX_ALT
from media_jobs.library.states import MediaState, in_state, with_state
from media_jobs.models import Media, MediaTag
from media_jobs.store.storage import url_of
from procedures.selectors import procedure_for


class MediaIn(serializers.Serializer[Media]):
    """What can be changed; whatever is left out stays. `tags` replaces the whole set."""

    name = serializers.CharField(required=False, max_length=MAX_NAME)
    description = serializers.CharField(required=False, allow_blank=True, max_length=MAX_DESCRIPTION)
    alt = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_ALT,
        help_text="What its pictures say to who doesn't see them",
    )
    class_id = Whole(required=False, min_value=0, help_text="0: no class")
    status = serializers.ChoiceField(Media.Status.choices, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=MAX_TAG), required=False, max_length=MAX_TAGS)


class MediaOut(serializers.ModelSerializer[Media]):
    type = serializers.CharField(source="media_type", help_text="File extension")
    class_id = serializers.IntegerField(source="media_class_id", allow_null=True, help_text="null: no class")
    tags: serializers.SlugRelatedField[MediaTag] = serializers.SlugRelatedField("name", many=True, read_only=True)
    state = serializers.ChoiceField(MediaState.choices, help_text="Whether something is being made of it, or is wrong")
    metadata = serializers.JSONField(help_text="MediaMetaData; null until the video was looked at")
    source_url = serializers.SerializerMethodField()
    poster_url = serializers.SerializerMethodField(help_text="Empty until the video was looked at")

    class Meta:
        model = Media
        fields = [
            "file_id",
            "name",
            "description",
            "alt",
            "type",
            "class_id",
            "tags",
            "size",
            "status",
            "state",
            "problem",
            "metadata",
            "source_type",
            "source_context",
            "source_url",
            "poster_url",
            "created_at",
            "updated_at",
            "expires_at",
        ]

    def get_source_url(self, media: Media) -> str:
        return url_of(media.storage_key)

    def get_poster_url(self, media: Media) -> str:
        return url_of(media.poster_key)


class UploadedOut(serializers.Serializer[Media]):
    """What came of a file that was posted whole."""

    file_id = serializers.CharField()
    task_id = serializers.CharField(help_text="Of the task flow that was started; empty when none was")
    problem = serializers.CharField(help_text="Why the task flow was not started")


def told_of(media: Media) -> dict[str, str]:
    """As UploadedOut."""
    task = first_task_of(media)
    return {"file_id": media.file_id, "task_id": task.task_id if task else "", "problem": media.problem}


class MediaFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="Part of the name")
    file_id = django_filters.BaseInFilter(field_name="file_id", help_text="One, or several with commas between")
    tag = django_filters.CharFilter(method="tagged")
    class_id = WholeFilter(field_name="media_class", help_text="The class itself, not those below it")
    status = django_filters.ChoiceFilter(choices=Media.Status.choices)
    state = django_filters.ChoiceFilter(choices=MediaState.choices, method="in_state")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Media
        fields: list[str] = []

    def tagged(self, media: QuerySet[Media], _: str, tag: str) -> QuerySet[Media]:
        return media.filter(tagged([tag]))

    def in_state(self, media: QuerySet[Media], _: str, state: str) -> QuerySet[Media]:
        return in_state(media, state)


@extend_schema_view(list=extend_schema(summary="List media, newest first"))
class MediaSet(ListModelMixin, GenericViewSet[Media]):
    queryset = Media.objects.none()
    serializer_class = MediaOut
    filterset_class = MediaFilter
    lookup_field = "file_id"
    lookup_value_regex = r"[0-9]{1,20}"

    def get_queryset(self) -> QuerySet[Media]:
        return with_state(media_for(self._application)).prefetch_related("tags")

    def get_object(self) -> Media:
        return one_media(self._application, self.kwargs["file_id"])

    def get_parsers(self) -> list[BaseParser]:
        """A posted file is streamed, not parsed."""
        whole_file = self.request is not None and self.action_map.get("post") == "create"
        return [Untouched()] if whole_file else super().get_parsers()

    @property
    def _application(self) -> Application:
        return caller_of(self.request).application

    @extend_schema(summary="Show a media")
    def retrieve(self, request: Request, file_id: str) -> Response:
        one_media(self._application, file_id)
        return Response(MediaOut(self.get_queryset().get(file_id=file_id)).data)

    @extend_schema(
        summary="Upload a file whole",
        request={"multipart/form-data": FileForm},
        responses={201: UploadedOut},
    )
    def create(self, request: Request) -> Response:
        media = received(request._request, caller=caller_of(request), also=refusals(query_mistakes(request)))
        return Response(told_of(media), status=201)

    def named_in_body(self) -> None:
        """Raises NotFound for a class or a task flow that isn't there; what is no name, the body's rules refuse."""
        if self.action == "partial_update":
            self._look_up("class_id", MediaIn, class_for)
        elif self.action == "process":
            self._look_up("procedure", ProcessIn, procedure_for)

    def _look_up(self, name: str, fields: type[Serializer[Any]], by: Callable[[Application, Any], object]) -> None:
        said = self.request.data if isinstance(self.request.data, Mapping) else {}
        with suppress(ValidationError):
            if name in said:
                by(self._application, read_as(fields, {name: said[name]})[name])

    @extend_schema(summary="Change some fields of a media", request=MediaIn)
    def partial_update(self, request: Request, file_id: str) -> Response:
        fields = validated(request, MediaIn)
        if "class_id" in fields:
            fields["media_class"] = class_for(self._application, fields.pop("class_id"))
        modify_media(media=self.get_object(), fields=cast(MediaFields, fields))
        return self.retrieve(request, file_id)

    @extend_schema(summary="Delete a media and all that was made of it")
    def destroy(self, request: Request, file_id: str) -> Response:
        delete_media(media=self.get_object())
        return Response(status=204)

    @extend_schema(summary="Make animated images of a media", request=ProcessIn, responses={201: TaskOut})
    @action(detail=True, methods=["post"])
    def process(self, request: Request, file_id: str) -> Response:
        asked = validated(request, ProcessIn)
        task = submitted(self.get_object(), asked)
        return Response(TaskOut(with_outcome(tasks_for(self._application)).get(pk=task.pk)).data, status=201)
