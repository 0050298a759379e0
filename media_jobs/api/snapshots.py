"""REST: /api/v1/snapshots, the finished sets of snapshots."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.rest.calling import caller_of
from applications.rest.filters import WholeFilter
from applications.rest.moments import MomentFilter
from media_jobs.api.of_media import FileIdFilter, TaskIdFilter
from media_jobs.library.services import delete_output
from media_jobs.library.snapshots import one_snapshot_set, snapshots_for
from media_jobs.models import SnapshotSet
from media_jobs.store.storage import url_of
from templates_app.snapshot_kinds import CHOICES


class SnapshotSetOut(serializers.ModelSerializer[SnapshotSet]):
    """The snapshots that one step made; `width` and `height` of one in pixels, `size` of all in bytes."""

    file_id = serializers.CharField(source="media.file_id")
    task_id = serializers.CharField(source="job.task.task_id")
    moments = serializers.ListField(child=serializers.FloatField(), help_text="Of each snapshot, in seconds")
    urls = serializers.SerializerMethodField(help_text="Of each snapshot or, where there are rows, each sheet")
    webvtt_url = serializers.SerializerMethodField(
        help_text='Which part of which sheet shows which seconds; "" where there are no sheets'
    )
    notes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = SnapshotSet
        fields = [
            "id",
            "file_id",
            "task_id",
            "kind",
            "definition",
            "container",
            "width",
            "height",
            "rows",
            "columns",
            "moments",
            "size",
            "notes",
            "urls",
            "webvtt_url",
            "created_at",
        ]

    def get_urls(self, snapshots: SnapshotSet) -> list[str]:
        return [url_of(key) for key in snapshots.picture_keys]

    def get_webvtt_url(self, snapshots: SnapshotSet) -> str:
        return url_of(snapshots.webvtt_key)


class SnapshotSetFilter(django_filters.FilterSet):
    file_id = FileIdFilter(field_name="media__file_id")
    task_id = TaskIdFilter(field_name="job__task__task_id")
    kind = django_filters.ChoiceFilter(choices=CHOICES)
    definition = WholeFilter()
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = SnapshotSet
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List sets of snapshots, newest first"))
class SnapshotSets(ListModelMixin, GenericViewSet[SnapshotSet]):
    queryset = SnapshotSet.objects.none()
    serializer_class = SnapshotSetOut
    filterset_class = SnapshotSetFilter
    lookup_field = "id"
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[SnapshotSet]:
        return snapshots_for(caller_of(self.request).application)

    def get_object(self) -> SnapshotSet:
        return one_snapshot_set(caller_of(self.request).application, int(self.kwargs["id"]))

    @extend_schema(summary="Show a set of snapshots")
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(SnapshotSetOut(self.get_object()).data)

    @extend_schema(summary="Delete a set of snapshots; its media and task stay")
    def destroy(self, request: Request, id: str) -> Response:
        delete_output(output=self.get_object())
        return Response(status=204)
