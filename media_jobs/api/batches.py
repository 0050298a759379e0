"""REST: /api/v1/batches, one plan over many media as one thing."""

from collections.abc import Iterator, Sequence, Set
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.errors import InvalidValue, Refused
from applications.models import Application
from applications.rest.calling import caller_of
from applications.rest.fields import Flag, Whole
from applications.rest.validated import Nothing, validated
from media_jobs.api.processing import WorkIn, plan_asked
from media_jobs.batches.forecast import Forecast, forecast
from media_jobs.batches.selection import MOST_NAMED, Selection
from media_jobs.batches.selectors import batches_for, figures_of, one_batch, seconds_left
from media_jobs.batches.services import cancel_batch, create_batch, retry_batch
from media_jobs.library.states import MediaState
from media_jobs.models import Batch
from media_jobs.states import BatchState


class SelectionIn(serializers.Serializer[Selection]):
    """All media that match everything given; an empty one matches all."""

    text = serializers.CharField(
        required=False, max_length=255, help_text="Part of a name or of a tag, or the beginning of a file_id"
    )
    state = serializers.ChoiceField(MediaState.choices, required=False)
    class_id = Whole(required=False, min_value=0, help_text="0: without a class")
    category = serializers.ChoiceField(["Video", "Audio"], required=False)
    has_images = Flag(required=False, help_text="Whether animated images were made of it")
    processed_by = serializers.CharField(
        required=False, max_length=20, help_text="A task flow's name: media that it was run over"
    )
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)


class BatchIn(WorkIn):
    """Which media, by `filter` or `file_ids`; what is made of each, by `procedure` or `steps`."""

    filter = SelectionIn(required=False)
    file_ids = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, allow_empty=False, max_length=MOST_NAMED
    )
    again = Flag(default=False, help_text="Also of media of which the same was made before")
    dry_run = Flag(default=False, help_text="Only tell what it would be: nothing is started")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        yield from super().mistakes(given, said=said)
        if ("filter" in said) == ("file_ids" in said):
            yield InvalidValue("Give either a filter or file_ids.", field="file_ids")


class LargestOut(serializers.Serializer[Any]):
    file_id = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.IntegerField()
    bytes = serializers.IntegerField()


class ForecastOut(serializers.Serializer[Forecast]):
    """What a batch would be."""

    media = serializers.IntegerField(help_text="That are asked for")
    looked_at = serializers.IntegerField(help_text="Fewer than media: the numbers are scaled up from these")
    skipped = serializers.DictField(child=serializers.IntegerField(), help_text="How many are passed over, by reason")
    pictures = serializers.IntegerField(help_text="That would be made, covers too")
    bytes = serializers.IntegerField(
        allow_null=True, help_text="Of the pictures and what is made beside them; null: unknown"
    )
    seconds = serializers.FloatField(allow_null=True, help_text="Of work, at the rate measured here")
    elapsed = serializers.FloatField(allow_null=True, help_text="Shared among the slots, once nothing else waits")
    slots = serializers.IntegerField(help_text="Of workers that live and make pictures")
    measured = serializers.IntegerField(
        help_text="Pictures by the same steps that this was learned from; 0: estimated on a few of the media"
    )
    largest = LargestOut(allow_null=True)


class FiguresOut(serializers.Serializer[Any]):
    tasks = serializers.DictField(child=serializers.IntegerField(), help_text="How many, by their outcome")
    pictures = serializers.IntegerField(help_text="Animated images that are there")
    bytes = serializers.IntegerField(help_text="Of them")


class BatchOut(serializers.ModelSerializer[Batch]):
    state = serializers.ChoiceField(BatchState.choices)
    media = serializers.IntegerField(source="total", help_text="That were asked for")
    skipped = serializers.DictField(
        child=serializers.IntegerField(), help_text="Of those it has come to: how many were passed over, by reason"
    )
    waits = serializers.CharField(help_text="Why nothing more is started at the moment")
    figures = FiguresOut()
    seconds_left = serializers.FloatField(
        allow_null=True, help_text="Until it has ended, by how fast its last tasks did; null: not known, or in a list"
    )
    selection = serializers.JSONField(help_text="As it was asked for")
    plan = serializers.JSONField(help_text="The frozen steps, as each of its jobs has them")

    class Meta:
        model = Batch
        fields = [
            "id",
            "state",
            "media",
            "skipped",
            "figures",
            "seconds_left",
            "waits",
            "selection",
            "procedure",
            "plan",
            "again",
            "priority",
            "notify_mode",
            "created_at",
            "finished_at",
        ]


class BatchFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=BatchState.choices)

    class Meta:
        model = Batch
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List batches, newest first"))
class Batches(ListModelMixin, GenericViewSet[Batch]):
    queryset = Batch.objects.none()
    serializer_class = BatchOut
    filterset_class = BatchFilter
    lookup_value_converter = "uuid"
    lookup_value_regex = r"[0-9a-f-]{36}"
    lookup_field = "id"

    def get_queryset(self) -> QuerySet[Batch]:
        return batches_for(self._application)

    def get_object(self) -> Batch:
        return one_batch(self._application, self.kwargs["id"])

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        page = super().paginate_queryset(queryset)
        return None if page is None else _told(page)

    @property
    def _application(self) -> Application:
        return caller_of(self.request).application

    @extend_schema(summary="Show a batch and how its tasks stand", responses=BatchOut)
    def retrieve(self, request: Request, id: str) -> Response:
        return _shown(self.get_object())

    @extend_schema(
        summary="Make animated images of many media; with dry_run only tell what that would be",
        request=BatchIn,
        responses={201: BatchOut, 200: ForecastOut},
    )
    def create(self, request: Request) -> Response:
        asked = validated(request, BatchIn)
        work = {
            "application": self._application,
            "selection": Selection(file_ids=tuple(asked.get("file_ids", ())), **asked.get("filter", {})),
            "plan": plan_asked(self._application, asked),
            "again": asked["again"],
        }
        if asked["dry_run"]:
            request._request.changes_nothing = True  # type: ignore[attr-defined]  # for the audit log
            return Response(ForecastOut(forecast(**work)).data)
        batch = create_batch(**work, priority=asked["priority"], notify_mode=asked["notify_mode"])
        return _shown(batch, status=201)

    @extend_schema(summary="Cancel all that a batch has under way, and start no more", request=None, responses=BatchOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> Response:
        validated(request, Nothing)
        return _shown(cancel_batch(batch=self.get_object()))

    @extend_schema(
        summary="Try again what failed or was cancelled, and go on where it was cancelled",
        request=None,
        responses=BatchOut,
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, id: str) -> Response:
        validated(request, Nothing)
        return _shown(retry_batch(batch=self.get_object()))


def _shown(batch: Batch, *, status: int = 200) -> Response:
    (told,) = _told([batch])
    assert told.figures is not None
    told.seconds_left = seconds_left(told, told.figures)  # type: ignore[attr-defined]
    return Response(BatchOut(told).data, status=status)


def _told(batches: Sequence[Batch]) -> list[Batch]:
    """With their figures, as they are now."""
    figures = figures_of(batches)
    for batch in batches:
        batch.figures = figures[batch.pk]
        batch.seconds_left = None  # type: ignore[attr-defined]
    return list(batches)
