"""REST: /api/v1/outputs, the finished animated images."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.rest.calling import caller_of
from applications.rest.moments import MomentFilter
from media_jobs.library.selectors import images_for, one_image
from media_jobs.library.services import delete_image
from media_jobs.models import AnimatedImage
from media_jobs.store.storage import url_of


class ScoreOut(serializers.Serializer[AnimatedImage]):
    """How close the picture is to the source, as SSIM of the luma."""

    mean = serializers.FloatField(help_text="Over the whole picture; 0 to 1, 1 is the same")
    worst = serializers.FloatField(help_text="At its worst moment; 0 to 1")
    worst_at = serializers.FloatField(help_text="Where that moment is: seconds from the picture's beginning")


class OutputOut(serializers.ModelSerializer[AnimatedImage]):
    """A finished animated image: `duration`, `start` and `end` in seconds, `bitrate` in bits a second, `size` in bytes.

    `notes` say in words what was adapted.
    """

    file_id = serializers.CharField(source="media.file_id")
    task_id = serializers.CharField(source="job.task.task_id")
    notes = serializers.ListField(child=serializers.CharField())
    score = ScoreOut(allow_null=True, help_text="null unless the template asks for it")
    url = serializers.SerializerMethodField()
    download_url = serializers.SerializerMethodField(help_text="The same, for a browser to save")

    class Meta:
        model = AnimatedImage
        fields = [
            "id",
            "file_id",
            "task_id",
            "definition",
            "container",
            "width",
            "height",
            "frames",
            "duration",
            "bitrate",
            "size",
            "md5",
            "start",
            "end",
            "notes",
            "score",
            "url",
            "download_url",
            "created_at",
        ]

    def get_url(self, image: AnimatedImage) -> str:
        return url_of(image.storage_key)

    def get_download_url(self, image: AnimatedImage) -> str:
        return f"{url_of(image.storage_key)}?download"


class OutputFilter(django_filters.FilterSet):
    file_id = django_filters.CharFilter(field_name="media__file_id")
    task_id = django_filters.CharFilter(field_name="job__task__task_id")
    definition = django_filters.NumberFilter()
    container = django_filters.ChoiceFilter(choices=[("gif", "GIF"), ("webp", "WebP")])
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = AnimatedImage
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List animated images, newest first"))
class Outputs(ListModelMixin, GenericViewSet[AnimatedImage]):
    queryset = AnimatedImage.objects.none()
    serializer_class = OutputOut
    filterset_class = OutputFilter
    lookup_field = "id"
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[AnimatedImage]:
        return images_for(caller_of(self.request).application)

    def get_object(self) -> AnimatedImage:
        return one_image(caller_of(self.request).application, int(self.kwargs["id"]))

    @extend_schema(summary="Show an animated image")
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(OutputOut(self.get_object()).data)

    @extend_schema(summary="Delete an animated image; its media and task stay")
    def destroy(self, request: Request, id: str) -> Response:
        delete_image(image=self.get_object())
        return Response(status=204)
