"""REST: /api/v1/direct-uploads, files that clients put into the bucket themselves."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applications.errors import NotFound
from applications.rest.calling import caller_of
from applications.rest.fields import Whole
from applications.rest.validated import validated
from media_jobs.api.media import UploadedOut, told_of
from media_jobs.api.uploads import WantedFields
from media_jobs.models import Upload
from media_jobs.uploads import direct
from media_jobs.uploads.selectors import one_upload
from media_jobs.uploads.services import Wanted


class DirectUploadIn(WantedFields):
    length = Whole(min_value=1, help_text="Bytes of the whole file")


class PartThereOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    size = serializers.IntegerField()
    etag = serializers.CharField()


class DirectUploadOut(serializers.ModelSerializer[Upload]):
    """What to cut the file into; every part has `part_size` bytes but the last, which has what is left."""

    part_size = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField(help_text="How many")
    there = serializers.SerializerMethodField(help_text="Parts that the bucket has")
    file_id = serializers.SerializerMethodField(help_text="The media that came of it, null until it is complete")

    class Meta:
        model = Upload
        fields = ["id", "state", "name", "length", "part_size", "parts", "there", "file_id", "created_at", "expires_at"]

    def get_part_size(self, upload: Upload) -> int:
        return direct.part_size(upload)

    def get_parts(self, upload: Upload) -> int:
        return len(direct.part_sizes(upload))

    @extend_schema_field(PartThereOut(many=True))
    def get_there(self, upload: Upload) -> Any:
        return PartThereOut(direct.parts_there(upload), many=True).data

    def get_file_id(self, upload: Upload) -> str | None:
        return upload.media.file_id if upload.media else None


class NumbersIn(serializers.Serializer[Any]):
    numbers = serializers.ListField(child=Whole(min_value=1), allow_empty=False, max_length=direct.MAX_ADDRESSES)


class AddressOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    url = serializers.URLField(help_text="For one PUT of exactly this part's bytes, within an hour")


class AddressesOut(serializers.Serializer[Any]):
    parts = AddressOut(many=True)


class PutPartIn(serializers.Serializer[Any]):
    number = Whole(min_value=1)
    etag = serializers.CharField(max_length=100)


class CompleteIn(serializers.Serializer[Any]):
    parts = PutPartIn(
        many=True, required=False, help_text="With the ETags that the bucket answered, if they are to be compared"
    )


class DirectUploads(APIView):
    @extend_schema(
        summary="Begin an upload whose parts go to the bucket itself; 409 where that is not offered",
        request=DirectUploadIn,
        responses={201: DirectUploadOut},
        operation_id="direct_uploads_create",
    )
    def post(self, request: Request) -> Response:
        caller, data = caller_of(request), validated(request, DirectUploadIn)
        wanted = Wanted(name=data.pop("filename"), **data)
        upload = direct.begin(application=caller.application, wanted=wanted, user=caller.user)
        return Response(DirectUploadOut(upload).data, status=201)


class _OfOne(APIView):
    def get_object(self) -> Upload:
        """Raises NotFound, also for an upload that came by another door."""
        upload = one_upload(caller_of(self.request).application, self.kwargs["id"])
        if upload.door != direct.DOOR:
            raise NotFound("There is no such upload.")
        return upload


class OneDirectUpload(_OfOne):
    @extend_schema(
        summary="Show a direct upload, and which parts the bucket has",
        responses=DirectUploadOut,
        operation_id="direct_uploads_retrieve",
    )
    def get(self, request: Request, id: str) -> Response:
        return Response(DirectUploadOut(self.get_object()).data)

    @extend_schema(
        summary="Cancel a direct upload, and abort it in the bucket",
        responses={204: None},
        operation_id="direct_uploads_destroy",
    )
    def delete(self, request: Request, id: str) -> Response:
        direct.abort(upload=self.get_object())
        return Response(status=204)


class DirectAddresses(_OfOne):
    @extend_schema(
        summary="Sign an address for each of these parts",
        request=NumbersIn,
        responses=AddressesOut,
        operation_id="direct_uploads_addresses",
    )
    def post(self, request: Request, id: str) -> Response:
        numbers = validated(request, NumbersIn)["numbers"]
        made = direct.addresses(self.get_object(), numbers)
        return Response(AddressesOut({"parts": [{"number": number, "url": url} for number, url in made]}).data)


class CompleteDirectUpload(_OfOne):
    @extend_schema(
        summary="Make the media, once the bucket has every part",
        request=CompleteIn,
        responses={201: UploadedOut},
        operation_id="direct_uploads_complete",
    )
    def post(self, request: Request, id: str) -> Response:
        parts = validated(request, CompleteIn).get("parts", [])
        media = direct.complete(upload_id=self.get_object().id, etags={part["number"]: part["etag"] for part in parts})
        return Response(told_of(media), status=201)
