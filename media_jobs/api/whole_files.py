"""POST /api/v1/media: one file and what is wanted of it, in one form."""

from django.http import HttpRequest
from rest_framework import serializers

from applications.caller import Caller
from media_jobs.api.uploads import WantedFields
from media_jobs.models import Media, Upload
from media_jobs.uploads import multipart
from media_jobs.uploads import services as uploads


class FileForm(WantedFields):
    file = serializers.FileField(help_text="The last field of the form")


def received(request: HttpRequest, *, caller: Caller) -> Media:
    """The media that the form's file became. Raises what multipart.receive_form raises."""

    def begin(fields: dict[str, str], file_name: str) -> Upload:
        wanted = WantedFields.wanted({"filename": file_name, **fields}, length=None)
        return uploads.begin(application=caller.application, wanted=wanted, door="rest", user=caller.user)

    return multipart.receive_form(request, known=frozenset(WantedFields().fields), begin=begin)
