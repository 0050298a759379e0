"""REST: resumable uploads, by tus (resumable.py)."""

from collections.abc import Iterator, Set
from typing import Any

import django_filters
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from applications.errors import InvalidValue, Refused
from applications.models import Application, User
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.validated import mistakes_in, read_as
from applications.roles import Role
from media_jobs.api.resumable import BeginUpload, GoOn
from media_jobs.jobs.services import MAX_SESSION_CONTEXT, NOTIFY_MODES, PRIORITIES
from media_jobs.models import Upload
from media_jobs.states import UploadState
from media_jobs.store.formats import split_name
from media_jobs.uploads.selectors import one_upload, uploads_for
from media_jobs.uploads.services import MAX_SOURCE_CONTEXT, Wanted


class WantedFields(Body[Wanted]):
    """What a client says of a file that it uploads, in tus metadata or form fields."""

    filename = serializers.CharField(default="", allow_blank=True, max_length=1024)
    procedure = serializers.CharField(default="", allow_blank=True, help_text="Name of the task flow to start")
    class_id = serializers.IntegerField(default=0, min_value=0, max_value=2**53)
    source_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SOURCE_CONTEXT)
    session_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SESSION_CONTEXT)
    tasks_priority = serializers.IntegerField(default=0, min_value=PRIORITIES[0], max_value=PRIORITIES[-1])
    notify_mode = serializers.ChoiceField(NOTIFY_MODES, default="")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        try:
            if "filename" in given:
                split_name(given["filename"])
        except InvalidValue as mistake:
            yield InvalidValue(str(mistake), field="filename")

    @classmethod
    def wanted(cls, fields: dict[str, str], *, length: int | None) -> Wanted:
        """Raises ValidationError."""
        data = read_as(cls, fields)
        return Wanted(name=data.pop("filename"), length=length, **data)


class UploadOut(serializers.ModelSerializer[Upload]):
    """An upload's state for programs and pages; the tus headers say the same to tus clients."""

    file_id = serializers.SerializerMethodField(help_text="The media that came of it, null until it is complete")

    class Meta:
        model = Upload
        fields = [
            "id",
            "state",
            "name",
            "length",
            "offset",
            "procedure",
            "file_id",
            "problem",
            "door",
            "created_at",
            "expires_at",
        ]

    def get_file_id(self, upload: Upload) -> str | None:
        return upload.media.file_id if upload.media else None


class UploadFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=UploadState.choices)

    class Meta:
        model = Upload
        fields: list[str] = []


class Uploads(BeginUpload):
    queryset = Upload.objects.none()
    serializer_class = UploadOut
    filterset_class = UploadFilter
    door = "tus"

    @extend_schema(summary="List uploads, newest first", operation_id="uploads_list", responses=UploadOut(many=True))
    def get(self, request: Request) -> Response:
        found = self.filter_queryset(uploads_for(self.application()))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(UploadOut(page, many=True).data)

    def application(self) -> Application:
        return caller_of(self.request).application

    def user(self) -> User:
        return caller_of(self.request).user

    def found(self, id: str) -> Upload:
        return one_upload(self.application(), id)

    def against(self, said: dict[str, str]) -> list[Refused]:
        return mistakes_in(WantedFields, said)

    def wanted(self, said: dict[str, str], *, length: int | None) -> Wanted:
        return WantedFields.wanted(said, length=length)

    def location(self, upload: Upload) -> str:
        """Relative, so that it is right behind any proxy; a session's choice of application goes with it."""
        address = reverse("api:upload", args=[upload.id])
        query = f"?application={upload.application.app_id}" if "application" in self.request.query_params else ""
        return address + query


class OneUpload(GoOn):
    serializer_class = UploadOut

    @extend_schema(summary="Show an upload", operation_id="uploads_retrieve")
    def get(self, request: Request, id: str) -> Response:
        return Response(UploadOut(self.found(id)).data)

    def head(self, request: Request, id: str) -> Response:
        caller_of(request).require(Role.OPERATOR)
        return super().head(request, id)

    def found(self, id: str) -> Upload:
        return one_upload(caller_of(self.request).application, id)
