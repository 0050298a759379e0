"""REST: /api/v1/outputs, the finished animated images."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from animator.core.highlights import Avoided, Highlight, Highlights
from applications.rest.calling import caller_of
from applications.rest.filters import WholeFilter
from applications.rest.moments import MomentFilter
from applications.rest.validated import validated
from media_jobs.api.of_media import FileIdFilter, TaskIdFilter
from media_jobs.library.selectors import images_for, one_image
from media_jobs.library.services import delete_output
from media_jobs.library.snippets import MAX_ALT, alt_of, describe_image, picture_of, video_of
from media_jobs.models import AnimatedImage, Sibling
from media_jobs.store.storage import url_of


class ScoreOut(serializers.Serializer[AnimatedImage]):
    """How close the picture is to the source, as SSIM of the luma."""

    mean = serializers.FloatField(help_text="Over the whole picture; 0 to 1, 1 is the same")
    worst = serializers.FloatField(help_text="At its worst moment; 0 to 1")
    worst_at = serializers.FloatField(help_text="Where that moment is: seconds from the picture's beginning")


class MovedOut(serializers.Serializer[AnimatedImage]):
    """One knob that gave way: the long side in pixels for size."""

    knob = serializers.ChoiceField(["quality", "fps", "size"])
    asked = serializers.FloatField()
    used = serializers.FloatField()


class FittedOut(serializers.Serializer[AnimatedImage]):
    """How the picture was kept within its largest size."""

    max_bytes = serializers.IntegerField()
    moved = MovedOut(many=True, help_text="Empty when it was small enough as it was asked for")
    tries = serializers.IntegerField(help_text="How often the whole picture was made")


class HighlightOut(serializers.Serializer[Highlight]):
    """Seconds of the video that are worth showing."""

    start = serializers.FloatField()
    end = serializers.FloatField()
    score = serializers.FloatField(help_text="0 to 1")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="In words")


class AvoidedOut(serializers.Serializer[Avoided]):
    """Seconds that were looked at and passed over."""

    start = serializers.FloatField()
    end = serializers.FloatField()
    reason = serializers.CharField()


class HighlightsOut(serializers.Serializer[Highlights]):
    best = HighlightOut(many=True, help_text="Up to three, the best first")
    avoided = AvoidedOut(many=True)


class SeamOut(serializers.Serializer[AnimatedImage]):
    """How far the picture that comes at the loop's seam is from the one that would have come: RMS of the luma."""

    before = serializers.FloatField(help_text="Of the segment as it was asked for; 0 is nothing, 1 is black to white")
    after = serializers.FloatField(help_text="Of the picture")
    start = serializers.FloatField(help_text="Seconds by which the start was moved")
    end = serializers.FloatField(help_text="Seconds by which the end was moved")


class SiblingOut(serializers.ModelSerializer[Sibling]):
    """A file that was made beside the picture, of the same pictures: `duration` in seconds, 0 for a poster."""

    score = ScoreOut(allow_null=True, help_text="null unless the template asks for it, and for a poster")
    url = serializers.SerializerMethodField()

    class Meta:
        model = Sibling
        fields = ["kind", "width", "height", "frames", "duration", "size", "md5", "score", "url"]

    def get_url(self, sibling: Sibling) -> str:
        return url_of(sibling.storage_key)


class OutputIn(serializers.Serializer[AnimatedImage]):
    """What can be changed; whatever is left out stays."""

    alt = serializers.CharField(required=False, allow_blank=True, max_length=MAX_ALT, help_text="Empty: its media's")


class OutputOut(serializers.ModelSerializer[AnimatedImage]):
    """A finished animated image: `duration`, `start` and `end` in seconds, `bitrate` in bits a second, `size` in bytes.

    `notes` say in words what was adapted.
    """

    file_id = serializers.CharField(source="media.file_id")
    task_id = serializers.CharField(source="job.task.task_id")
    notes = serializers.ListField(child=serializers.CharField())
    score = ScoreOut(allow_null=True, help_text="null unless the template asks for it")
    chosen = HighlightsOut(allow_null=True, help_text="null unless the seconds were chosen by the engine")
    fitted = FittedOut(allow_null=True, help_text="null unless a largest size was asked for")
    seam = SeamOut(allow_null=True, help_text="null unless the best loop or a crossfade was asked for")
    siblings = SiblingOut(many=True, help_text="Empty unless the template asks for some")
    alt = serializers.SerializerMethodField(help_text="Its alternative text, else its media's, else the name")
    picture = serializers.SerializerMethodField(help_text="HTML that shows it, with what is smaller for who knows it")
    video = serializers.SerializerMethodField(help_text="HTML that shows it as a silent film; empty without one")
    made_before = serializers.BooleanField(help_text="The same had been made before: its bytes were taken over")
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
            "chosen",
            "fitted",
            "seam",
            "made_before",
            "siblings",
            "alt",
            "picture",
            "video",
            "url",
            "download_url",
            "created_at",
        ]

    def get_alt(self, image: AnimatedImage) -> str:
        return alt_of(image)

    def get_picture(self, image: AnimatedImage) -> str:
        return picture_of(image)

    def get_video(self, image: AnimatedImage) -> str:
        return video_of(image)

    def get_url(self, image: AnimatedImage) -> str:
        return url_of(image.storage_key)

    def get_download_url(self, image: AnimatedImage) -> str:
        return f"{url_of(image.storage_key)}?download"


class OutputFilter(django_filters.FilterSet):
    file_id = FileIdFilter(field_name="media__file_id")
    task_id = TaskIdFilter(field_name="job__task__task_id")
    definition = WholeFilter()
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
        return images_for(caller_of(self.request).application).prefetch_related("siblings")

    def get_object(self) -> AnimatedImage:
        return one_image(caller_of(self.request).application, int(self.kwargs["id"]))

    @extend_schema(summary="Show an animated image")
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(OutputOut(self.get_object()).data)

    @extend_schema(summary="Change the alternative text", request=OutputIn, responses=OutputOut)
    def partial_update(self, request: Request, id: str) -> Response:
        given = validated(request, OutputIn)
        image = self.get_object()
        if "alt" in given:
            describe_image(image=image, alt=given["alt"])
        return Response(OutputOut(image).data)

    @extend_schema(summary="Delete an animated image; its media and task stay")
    def destroy(self, request: Request, id: str) -> Response:
        delete_output(output=self.get_object())
        return Response(status=204)
