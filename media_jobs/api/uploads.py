"""REST: resumable uploads, by tus 1.0.0 with the extensions that tus.EXTENSIONS lists."""

from typing import Any

import django_filters
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from applications.caller import Caller
from applications.rest.calling import caller_of
from applications.rest.untouched import Untouched
from applications.roles import Role
from media_jobs.jobs.services import MAX_SESSION_CONTEXT, NOTIFY_MODES, PRIORITIES
from media_jobs.models import Upload
from media_jobs.states import UploadState
from media_jobs.uploads import services as uploads
from media_jobs.uploads import tus
from media_jobs.uploads.incoming import body_of, declared_length, has_body
from media_jobs.uploads.selectors import one_upload, uploads_for
from media_jobs.uploads.services import MAX_SOURCE_CONTEXT, OffsetMismatch, UploadClosed, UploadTooLarge, Wanted


class WantedFields(serializers.Serializer[Wanted]):
    """What a client says of a file that it uploads, in tus metadata or form fields; unknown names are ignored."""

    filename = serializers.CharField(default="", allow_blank=True, max_length=1024)
    procedure = serializers.CharField(default="", allow_blank=True, help_text="Name of the task flow to start")
    class_id = serializers.IntegerField(default=0, min_value=0, max_value=2**53)
    source_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SOURCE_CONTEXT)
    session_context = serializers.CharField(default="", allow_blank=True, max_length=MAX_SESSION_CONTEXT)
    tasks_priority = serializers.IntegerField(default=0, min_value=PRIORITIES[0], max_value=PRIORITIES[-1])
    notify_mode = serializers.ChoiceField(NOTIFY_MODES, default="")

    @classmethod
    def wanted(cls, fields: dict[str, str], *, length: int | None) -> Wanted:
        """Raises ValidationError."""
        checked = cls(data=fields)
        checked.is_valid(raise_exception=True)
        data = dict(checked.validated_data)
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


class TusView(GenericAPIView[Upload]):
    """What both addresses share: the version check, the version header, and bodies that nobody parses."""

    parser_classes = [Untouched]
    serializer_class = UploadOut

    def check_permissions(self, request: Request) -> None:
        if request.method != "OPTIONS":
            super().check_permissions(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "OPTIONS"):
            tus.check_version(request.headers)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = tus.VERSION
        response["Cache-Control"] = "no-store"
        return response

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, OffsetMismatch):
            response["Upload-Offset"] = str(exc.offset)
        if isinstance(exc, tus.UnsupportedVersion):
            response["Tus-Version"] = tus.VERSION
        return response

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        return Response(status=204, headers=tus.capabilities())


class UploadFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=UploadState.choices)

    class Meta:
        model = Upload
        fields: list[str] = []


class Uploads(TusView):
    queryset = Upload.objects.none()
    filterset_class = UploadFilter

    @extend_schema(summary="List uploads, newest first", operation_id="uploads_list", responses=UploadOut(many=True))
    def get(self, request: Request) -> Response:
        found = self.filter_queryset(uploads_for(caller_of(request).application))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(UploadOut(page, many=True).data)

    @extend_schema(summary="Begin an upload (tus creation)", request=None, responses={201: None})
    def post(self, request: Request) -> Response:
        with_bytes = has_body(request._request)
        if with_bytes:
            tus.check_content_type(request.headers)
        upload = _begin(request, caller=caller_of(request))
        if with_bytes:
            upload = _receive(request, upload, offset=0)
        headers = {"Location": _location(request, upload), **tus.state(upload)}
        return Response(status=201, headers=headers)


class OneUpload(TusView):
    @extend_schema(summary="Show an upload", operation_id="uploads_retrieve")
    def get(self, request: Request, id: str) -> Response:
        return Response(UploadOut(one_upload(caller_of(request).application, id)).data)

    @extend_schema(summary="Ask how far an upload is (tus)", responses={200: None})
    def head(self, request: Request, id: str) -> Response:
        caller = caller_of(request)
        caller.require(Role.OPERATOR)
        return Response(headers=tus.state(_settled(_living(caller, id))))

    @extend_schema(summary="Send the next bytes (tus)", request=None, responses={204: None})
    def patch(self, request: Request, id: str) -> Response:
        tus.check_content_type(request.headers)
        upload = _settled(_living(caller_of(request), id))
        offset = tus.number(request.headers, "Upload-Offset")
        if upload.media is None:
            _declare(request, upload)
            upload = _receive(request, upload, offset=offset)
        elif offset != upload.offset:
            raise OffsetMismatch(upload.offset)
        return Response(status=204, headers=tus.state(upload))

    @extend_schema(summary="Cancel an upload (tus termination)", responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        upload = _living(caller_of(request), id)
        if upload.state == UploadState.COMMITTED:
            raise UploadClosed("This upload is complete. Delete its media instead.")
        uploads.discard(upload=upload)
        return Response(status=204)

    @extend_schema(exclude=True)
    def post(self, request: Request, id: str) -> Response:
        """For networks that let only GET and POST through (tus, X-HTTP-Method-Override)."""
        override = request.headers.get("X-HTTP-Method-Override")
        if override == "PATCH":
            return self.patch(request, id)
        if override == "DELETE":
            return self.delete(request, id)
        raise MethodNotAllowed("POST")


def _begin(request: Request, *, caller: Caller) -> Upload:
    length = tus.length_or_deferred(request.headers)
    wanted = WantedFields.wanted(tus.metadata(request.headers), length=length)
    return uploads.begin(application=caller.application, wanted=wanted, door="tus", user=caller.user)


def _living(caller: Caller, id: str) -> Upload:
    """Raises NotFound or UploadClosed (cancelled or expired)."""
    upload = one_upload(caller.application, id)
    expired = upload.state == UploadState.OPEN and upload.expires_at < timezone.now()
    if upload.state == UploadState.ABORTED or expired:
        raise UploadClosed("This upload was cancelled or has expired. Start again.")
    return upload


def _receive(request: Request, upload: Upload, *, offset: int) -> Upload:
    """Append the body and commit what is complete. Bytes that can't be right are forgotten again."""
    source = body_of(request._request)
    checksummed = tus.checksummed(request.headers, source)
    _check_room(request._request, upload, offset=offset)
    try:
        upload = uploads.append(upload_id=upload.id, offset=offset, source=checksummed or source)
    except UploadTooLarge:
        uploads.rewind(upload_id=upload.id, offset=offset)
        raise
    if checksummed and not checksummed.holds():
        uploads.rewind(upload_id=upload.id, offset=offset)
        raise tus.ChecksumMismatch("The checksum doesn't fit the bytes. Send them again.")
    return _settled(upload)


def _settled(upload: Upload) -> Upload:
    """A complete file becomes a media at once; also one whose last answer was lost in a crash."""
    if upload.is_complete and upload.state == UploadState.OPEN:
        upload.media = uploads.commit(upload_id=upload.id)
    return upload


def _check_room(request: HttpRequest, upload: Upload, *, offset: int) -> None:
    """Refuse before the first byte what would be too much in the end."""
    announced = declared_length(request)
    fits = upload.length is None or offset + (announced or 0) <= upload.length
    if offset == upload.offset and not fits:
        raise UploadTooLarge("More bytes are coming than the upload's length.", field="Upload-Length")


def _declare(request: Request, upload: Upload) -> None:
    if "Upload-Length" in request.headers:
        uploads.declare_length(upload=upload, length=tus.length(request.headers))


def _location(request: Request, upload: Upload) -> str:
    """Relative, so that it is right behind any proxy; a session's choice of application goes with it."""
    address = reverse("api:upload", args=[upload.id])
    return f"{address}?application={upload.application.app_id}" if "application" in request.query_params else address
