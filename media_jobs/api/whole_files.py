"""POST /api/v1/media: one file and what is wanted of it, in one form."""

from django.http import HttpRequest
from rest_framework import serializers

from applications.caller import Caller
from media_jobs.api.uploads import WantedFields
from media_jobs.models import Media, Upload
from media_jobs.uploads import multipart
from media_jobs.uploads import services as uploads
from media_jobs.uploads.services import Wanted


class FileForm(WantedFields):
    file = serializers.FileField(help_text="A video; give it a file name")


def received(request: HttpRequest, *, caller: Caller) -> Media:
    """The media that the form's file became. Raises what multipart.receive_form raises."""

    def wanted(fields: dict[str, str], file_name: str) -> Wanted:
        return WantedFields.wanted({**fields, "filename": fields.get("filename") or file_name}, length=None)

    def begin(fields: dict[str, str], file_name: str) -> Upload:
        told = wanted(fields, file_name)
        return uploads.begin(application=caller.application, wanted=told, door="rest", user=caller.user)

    def amend(upload: Upload, fields: dict[str, str], file_name: str) -> None:
        uploads.amend(upload=upload, wanted=wanted(fields, file_name))

    return multipart.receive_form(request, known=frozenset(WantedFields().fields), begin=begin, amend=amend)
