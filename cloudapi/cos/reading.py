"""Reading an object back: whole, in ranges, on conditions, or only what its headers say."""

from http import HTTPStatus

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.lookup import object_of
from cloudapi.cos.payload import ALGORITHMS, PREFIX, told
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import StoredObject, Upload
from media_jobs.store.received import object_path
from media_jobs.store.stretch import Stretch, asks_part, span


def head(request: ObjectRequest, upload: Upload) -> HttpResponseBase:
    stored = object_of(request, upload)
    return _described(request, stored, HttpResponse())


def get(request: ObjectRequest, upload: Upload) -> HttpResponseBase:
    stored = object_of(request, upload)
    first, last = _span(request, stored)
    path = object_path(stored.file)
    if not path.is_file():
        raise ObjectRefused("NoSuchKey", "The object was put anew or committed meanwhile.")
    stretch = Stretch(lambda: path.open("rb"), first=first, length=last + 1 - first)
    return _described(request, stored, FileResponse(stretch))


def _described(request: ObjectRequest, stored: StoredObject, response: HttpResponseBase) -> HttpResponseBase:
    """With the headers that SDKs read of an object, or the 304 or 412 that the request's conditions lead to."""
    first, last = _span(request, stored)
    response["Content-Type"] = "application/octet-stream"
    response["Content-Length"] = str(last + 1 - first)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(stored)
    response["Last-Modified"] = _last_modified(stored)
    for name, text in told(stored.checksums).items():
        response[name] = text
    if asks_part(_asked(request, stored)):
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {first}-{last}/{stored.size}"
    elif request.headers.get("x-amz-checksum-mode"):  # which of a part would be taken for the part's
        for name in ALGORITHMS:
            if name in stored.checksums:
                response[PREFIX + name] = stored.checksums[name]
    answer = get_conditional_response(
        request.django,
        etag=_etag(stored),
        last_modified=int(stored.updated_at.timestamp()),
        response=response,  # type: ignore[arg-type]
    )
    if answer is None or answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise ObjectRefused("PreconditionFailed", "The object is not as the request's conditions want it.")
    return answer


def _span(request: ObjectRequest, stored: StoredObject) -> tuple[int, int]:
    found = span(_asked(request, stored), stored.size)
    if found is None:
        raise ObjectRefused("InvalidRange", "The requested range is not within the object.")
    return found


def _asked(request: ObjectRequest, stored: StoredObject) -> str:
    """The Range header, unless If-Range says that it was meant for an object that is another one by now."""
    condition = request.headers.get("if-range", "").strip()
    if condition and condition not in (_etag(stored), _last_modified(stored)):
        return ""
    return request.headers.get("range", "")


def _etag(stored: StoredObject) -> str:
    return f'"{stored.etag}"'


def _last_modified(stored: StoredObject) -> str:
    return http_date(stored.updated_at.timestamp())
