"""What can be asked of a bucket, and which request asks it."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from cloudapi.cos import sigv4, xml
from cloudapi.cos.addresses import bucket_of, object_key
from cloudapi.cos.authentication import object_name
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.listings import list_objects, list_parts, list_uploads
from cloudapi.cos.lookup import multipart_of
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import StoredObject, Upload
from media_jobs.store.received import object_path
from media_jobs.uploads import objects
from media_jobs.uploads.incoming import body_of, declared_length

_MAX_LIST = 2 * 1024**2  # bytes of a CompleteMultipartUpload document: 10,000 parts

Operation = Callable[[ObjectRequest, Upload], HttpResponseBase]


def operation_for(request: ObjectRequest) -> Operation:
    """Raises ObjectRefused for what isn't offered."""
    if not request.key:
        return _bucket_operation(request)
    parted = request.option("uploadid") is not None
    found = _PARTED.get(request.method) if parted else _WHOLE.get(request.method)
    if found is None:
        raise ObjectRefused("MethodNotAllowed", "Objects are put, completed, listed, read and aborted; nothing else.")
    return found


def _bucket_operation(request: ObjectRequest) -> Operation:
    if request.method == "HEAD":
        return lambda request, upload: _nothing()
    if request.method != "GET":
        raise ObjectRefused("MethodNotAllowed", "A bucket can only be listed.")
    return list_objects if request.option("uploads") is None else list_uploads


def put_object(request: ObjectRequest, upload: Upload) -> HttpResponse:
    name = object_name(request, upload=upload)
    if {"x-cos-copy-source", "x-amz-copy-source"} & request.headers.keys():
        raise ObjectRefused("NotImplemented", "Objects can't be copied.")
    stored = objects.put_object(
        upload=upload,
        name=name,
        source=body_of(request.django),
        length=declared_length(request.django),
        digests=_digests(request),
    )
    return _nothing(etag=stored.etag)


def initiate(request: ObjectRequest, upload: Upload) -> HttpResponse:
    name = object_name(request, upload=upload)
    if request.option("uploads") is None:
        raise ObjectRefused("NotImplemented", "Form uploads to a bucket are not supported.")
    multipart = objects.begin_multipart(upload=upload, name=name)
    return _answer(
        "InitiateMultipartUploadResult",
        [("Bucket", bucket_of(upload.application)), ("Key", request.key), ("UploadId", multipart.id.hex)],
    )


def put_part(request: ObjectRequest, upload: Upload) -> HttpResponse:
    number = request.option("partnumber") or ""
    if not (number.isascii() and number.isdecimal() and len(number) <= 5):
        raise ObjectRefused("InvalidArgument", "partNumber must be between 1 and 10000.")
    part = objects.put_part(
        multipart=multipart_of(request, upload),
        number=int(number),
        source=body_of(request.django),
        length=declared_length(request.django),
        digests=_digests(request),
    )
    return _nothing(etag=part.etag)


def complete(request: ObjectRequest, upload: Upload) -> HttpResponse:
    multipart = multipart_of(request, upload, ended=True)
    body = body_of(request.django).read(_MAX_LIST + 1)
    if len(body) > _MAX_LIST:
        raise ObjectRefused("EntityTooLarge", "The list of parts is too long.")
    etag = objects.complete_multipart(multipart=multipart, listed=xml.listed_parts(body))
    bucket, key = bucket_of(upload.application), object_key(upload, multipart.name)
    location = f"{request.headers.get('host', '')}/{quote(key)}"
    fields = [("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", f'"{etag}"')]
    return _answer("CompleteMultipartUploadResult", fields)


def abort(request: ObjectRequest, upload: Upload) -> HttpResponse:
    objects.abort_multipart(multipart=multipart_of(request, upload))
    return HttpResponse(status=204)


def head(request: ObjectRequest, upload: Upload) -> HttpResponse:
    stored = _stored(request, upload)
    headers = {"ETag": f'"{stored.etag}"', "Content-Length": str(stored.size)}
    return HttpResponse(headers=headers, content_type="application/octet-stream")


def get(request: ObjectRequest, upload: Upload) -> FileResponse:
    stored = _stored(request, upload)
    response = FileResponse(object_path(stored.file).open("rb"), content_type="application/octet-stream")
    response["ETag"] = f'"{stored.etag}"'
    return response


def _stored(request: ObjectRequest, upload: Upload) -> StoredObject:
    name = object_name(request, upload=upload)
    stored = upload.objects_stored.filter(name=name).first()
    if stored is None:
        raise ObjectRefused("NoSuchKey", "The specified key does not exist.")
    return stored


def _digests(request: ObjectRequest) -> dict[str, bytes]:
    """What the client says that the body's checksums are."""
    digests = {}
    if text := request.headers.get("content-md5"):
        try:
            digests["md5"] = base64.b64decode(text, validate=True)
        except binascii.Error:
            raise ObjectRefused("InvalidDigest", "Content-MD5 is no MD5 in base64.") from None
    if sha256 := sigv4.payload_digest(request):
        digests["sha256"] = sha256
    return digests


def _nothing(*, etag: str = "") -> HttpResponse:
    """Done; there is no document to send."""
    return HttpResponse(headers={"ETag": f'"{etag}"'} if etag else {}, content_type="application/xml")


def _answer(root: str, fields: xml.Fields) -> HttpResponse:
    return HttpResponse(xml.document(root, fields), content_type="application/xml")


_WHOLE: dict[str, Operation] = {"PUT": put_object, "POST": initiate, "HEAD": head, "GET": get}
_PARTED: dict[str, Operation] = {"PUT": put_part, "POST": complete, "GET": list_parts, "DELETE": abort}
