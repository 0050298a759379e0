"""REST: /api/v1/pulls, files to fetch from URLs."""

from collections.abc import Iterator, Set
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.errors import Conflict, Refused
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Whole
from applications.rest.validated import Nothing, validated
from media_jobs.jobs.services import MAX_SESSION_CONTEXT, MAX_SESSION_ID, NOTIFY_MODES, PRIORITIES
from media_jobs.models import PullTask
from media_jobs.outbound import MAX_URL
from media_jobs.pulls.selectors import one_pull, pulls_for
from media_jobs.pulls.services import cancel_pull, mistakes_of_urls, pull_upload
from media_jobs.uploads.services import Wanted


class PullHasBegun(Conflict):
    pass


class PullIn(Body[PullTask]):
    url = serializers.CharField(max_length=MAX_URL)
    cover_url = serializers.CharField(default="", allow_blank=True, max_length=MAX_URL, help_text="GIF, JPEG or PNG")
    name = serializers.CharField(default="", allow_blank=True, max_length=255, help_text="Empty: as the URL says")
    media_type = serializers.CharField(default="", allow_blank=True, max_length=8, help_text="Extension, as mp4")
    procedure = serializers.CharField(default="", allow_blank=True, help_text="Name of the task flow to start")
    class_id = Whole(default=0, min_value=0)
    source_context = serializers.CharField(default="", allow_blank=True, max_length=250)
    session_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SESSION_CONTEXT)
    session_id = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_SESSION_ID, help_text="The same one twice is refused with 409"
    )
    tasks_priority = Whole(
        default=0, min_value=PRIORITIES[0], max_value=PRIORITIES[-1], help_text="-10 to 10; higher goes first"
    )
    notify_mode = serializers.ChoiceField(NOTIFY_MODES, default="")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        return mistakes_of_urls(given)


class PullOut(serializers.ModelSerializer[PullTask]):
    """`err_code`: 0, or 40000 (the request), 60000 (the source), 70000 (ours); then `message` says why."""

    progress = serializers.IntegerField(help_text="0 to 100")
    file_id = serializers.SerializerMethodField(help_text="Of the media that came of it; null until then")

    class Meta:
        model = PullTask
        fields = [
            "task_id",
            "url",
            "status",
            "progress",
            "file_id",
            "err_code",
            "message",
            "attempts",
            "session_id",
            "created_at",
            "began_at",
            "finished_at",
        ]

    def get_file_id(self, pull: PullTask) -> str | None:
        return pull.upload.media.file_id if pull.upload.media else None


@extend_schema_view(list=extend_schema(summary="List pulls, newest first"))
class Pulls(ListModelMixin, GenericViewSet[PullTask]):
    queryset = PullTask.objects.none()
    serializer_class = PullOut
    lookup_field = "task_id"
    lookup_value_regex = r"[A-Za-z0-9-]{1,80}"

    def get_queryset(self) -> QuerySet[PullTask]:
        return pulls_for(caller_of(self.request).application)

    def get_object(self) -> PullTask:
        return one_pull(caller_of(self.request).application, self.kwargs["task_id"])

    @extend_schema(summary="Show a pull")
    def retrieve(self, request: Request, task_id: str) -> Response:
        return Response(PullOut(self.get_object()).data)

    @extend_schema(summary="Fetch a file from a URL", request=PullIn, responses={201: PullOut})
    def create(self, request: Request) -> Response:
        caller, asked = caller_of(request), validated(request, PullIn)
        own: dict[str, Any] = {name: asked.pop(name) for name in ("url", "cover_url", "session_id")}
        pull = pull_upload(application=caller.application, wanted=Wanted(**asked), user=caller.user, **own)
        return Response(PullOut(one_pull(caller.application, pull.task_id)).data, status=201)

    @extend_schema(summary="Call off a pull that hasn't begun", request=None, responses=PullOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, task_id: str) -> Response:
        validated(request, Nothing)
        if not cancel_pull(pull=self.get_object()):
            raise PullHasBegun("This pull has begun or ended, so it can't be called off.")
        return Response(PullOut(self.get_object()).data)
