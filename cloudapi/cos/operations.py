"""Putting objects, whole and in parts: each is answered once its bytes are durable."""

from collections.abc import Mapping
from urllib.parse import quote

from django.http import HttpResponse

from applications.whole_numbers import whole
from cloudapi.cos import xml
from cloudapi.cos.addresses import bucket_of, object_key
from cloudapi.cos.authentication import object_name
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.lookup import multipart_of
from cloudapi.cos.payload import claimed_of_object, document, payload_of, told, told_as_claimed
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import Upload
from media_jobs.uploads import objects

_MAX_LIST = 2 * 1024**2  # bytes of a CompleteMultipartUpload document: 10,000 parts


def put_object(request: ObjectRequest, upload: Upload) -> HttpResponse:
    name, payload = object_name(request, upload=upload), payload_of(request)
    stored = objects.put_object(
        upload=upload, name=name, source=payload.source, length=payload.length, claims=payload.claims
    )
    return _nothing(etag=stored.etag, headers=told_as_claimed(request, stored.checksums))


def initiate(request: ObjectRequest, upload: Upload) -> HttpResponse:
    name = object_name(request, upload=upload)
    multipart = objects.begin_multipart(upload=upload, name=name)
    return xml.answer(
        "InitiateMultipartUploadResult",
        [("Bucket", bucket_of(upload.application)), ("Key", request.key), ("UploadId", multipart.id.hex)],
    )


def put_part(request: ObjectRequest, upload: Upload) -> HttpResponse:
    number = whole(request.option("partnumber") or "", most=99_999)
    if number is None:
        raise ObjectRefused("InvalidArgument", "partNumber must be between 1 and 10000.")
    payload = payload_of(request)
    part = objects.put_part(
        multipart=multipart_of(request, upload),
        number=number,
        source=payload.source,
        length=payload.length,
        claims=payload.claims,
    )
    return _nothing(etag=part.etag, headers=told_as_claimed(request, part.checksums))


def complete(request: ObjectRequest, upload: Upload) -> HttpResponse:
    multipart = multipart_of(request, upload, ended=True)
    listed = xml.listed_parts(document(request, most=_MAX_LIST, what="The list of parts", is_object=True))
    done = objects.complete_multipart(multipart=multipart, listed=listed, claimed=claimed_of_object(request))
    bucket, key = bucket_of(upload.application), object_key(upload, multipart.name)
    location = f"{request.headers.get('host', '')}/{quote(key)}"
    fields = [("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", f'"{done.etag}"')]
    answer = xml.answer("CompleteMultipartUploadResult", fields)
    for name, text in told(done.checksums).items():
        answer[name] = text
    return answer


def abort(request: ObjectRequest, upload: Upload) -> HttpResponse:
    objects.abort_multipart(multipart=multipart_of(request, upload))
    return HttpResponse(status=204)


def _nothing(*, etag: str, headers: Mapping[str, str]) -> HttpResponse:
    """Done; there is no document to send."""
    return HttpResponse(headers={"ETag": f'"{etag}"', **headers}, content_type="application/xml")
