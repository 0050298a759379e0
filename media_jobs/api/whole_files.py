"""POST /api/v1/media: one file and what is wanted of it, in one form."""

from collections.abc import Iterable, Iterator

from django.http import HttpRequest
from rest_framework import serializers

from applications.caller import Caller
from applications.errors import Refused
from applications.rest.validated import mistakes_in
from media_jobs.api.uploads import WantedFields
from media_jobs.models import Media, Upload
from media_jobs.uploads import multipart
from media_jobs.uploads import services as uploads
from media_jobs.uploads.services import Wanted


class FileForm(WantedFields):
    file = serializers.FileField(help_text="A video; give it a file name")


def received(request: HttpRequest, *, caller: Caller, also: Iterable[Refused] = ()) -> Media:
    """The media that the form's file became; `also` is what else is wrong with the request.

    Raises what multipart.receive_form raises.
    """

    def named(fields: dict[str, str], file_name: str) -> dict[str, str]:
        return {**fields, "filename": fields.get("filename") or file_name}

    def judge(fields: dict[str, str], file_name: str) -> Iterator[Refused]:
        yield from also
        told = mistakes_in(WantedFields, named(fields, file_name))
        nameless = not file_name and "filename" not in fields  # for there is no file, which is told
        yield from (mistake for mistake in told if not (nameless and mistake.field == "filename"))

    def wanted(fields: dict[str, str], file_name: str) -> Wanted:
        return WantedFields.wanted(named(fields, file_name), length=None)

    def begin(fields: dict[str, str], file_name: str) -> Upload:
        told = wanted(fields, file_name)
        return uploads.begin(application=caller.application, wanted=told, door="rest", user=caller.user)

    def amend(upload: Upload, fields: dict[str, str], file_name: str) -> None:
        uploads.amend(upload=upload, wanted=wanted(fields, file_name))

    known = frozenset(WantedFields().fields)
    return multipart.receive_form(request, known=known, begin=begin, amend=amend, judge=judge)
