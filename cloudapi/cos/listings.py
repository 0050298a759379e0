"""What a session can see of itself: its multipart uploads, their parts, its objects."""

from urllib.parse import quote

from django.http import HttpResponse

from cloudapi.cos import xml
from cloudapi.cos.addresses import bucket_of, object_key
from cloudapi.cos.lookup import multipart_of
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import Upload

_MOST = 1000
_TIME = "%Y-%m-%dT%H:%M:%S.000Z"


def list_uploads(request: ObjectRequest, upload: Upload) -> HttpResponse:
    """Multipart uploads of this session that are under way.

    docs/protocol 3.2 and 3.3 say what each SDK reads of the list.
    """
    prefix = request.option("prefix") or ""
    rows = [(object_key(upload, row.name), row) for row in upload.multiparts.filter(etag="")]
    found = [(key, row) for key, row in rows if key.startswith(prefix)][: _limit(request, "max-uploads")]
    fields: list[tuple[str, str | int | xml.Fields]] = [
        ("Bucket", bucket_of(upload.application)),
        ("EncodingType", request.option("encoding-type") or ""),
        ("KeyMarker", ""),
        ("UploadIdMarker", ""),
        ("MaxUploads", _limit(request, "max-uploads")),
        ("Prefix", _spelt(request, prefix)),
        ("IsTruncated", "false"),
    ]
    for key, row in found:
        initiated = row.created_at.strftime(_TIME)
        entry = [("Key", _spelt(request, key)), ("UploadId", row.id.hex), ("Initiated", initiated)]
        fields.append(("Upload", entry))
    return _answer("ListMultipartUploadsResult", fields)


def list_parts(request: ObjectRequest, upload: Upload) -> HttpResponse:
    multipart = multipart_of(request, upload)
    after, limit = _number(request, "part-number-marker", default=0), _limit(request, "max-parts")
    rows = list(multipart.parts.filter(number__gt=after)[: limit + 1])
    shown = rows[:limit]
    fields: list[tuple[str, str | int | xml.Fields]] = [
        ("Bucket", bucket_of(upload.application)),
        ("EncodingType", request.option("encoding-type") or ""),
        ("Key", _spelt(request, request.key)),
        ("UploadId", multipart.id.hex),
        ("PartNumberMarker", after),
        ("NextPartNumberMarker", shown[-1].number if shown else after),
        ("MaxParts", limit),
        ("IsTruncated", "true" if len(rows) > limit else "false"),
    ]
    for part in shown:
        entry: list[tuple[str, str | int]] = [
            ("PartNumber", part.number),
            ("LastModified", part.updated_at.strftime(_TIME)),
            ("ETag", f'"{part.etag}"'),
            ("Size", part.size),
        ]
        fields.append(("Part", entry))
    return _answer("ListPartsResult", fields)


def list_objects(request: ObjectRequest, upload: Upload) -> HttpResponse:
    """What this session has put so far."""
    prefix = request.option("prefix") or ""
    rows = [(object_key(upload, row.name), row) for row in upload.objects_stored.order_by("name")]
    found = [(key, row) for key, row in rows if key.startswith(prefix)]
    limit = _limit(request, "max-keys")
    fields: list[tuple[str, str | int | xml.Fields]] = [
        ("Name", bucket_of(upload.application)),
        ("Prefix", _spelt(request, prefix)),
        ("MaxKeys", limit),
        ("IsTruncated", "true" if len(found) > limit else "false"),
    ]
    for key, row in found[:limit]:
        fields.append(("Contents", [("Key", _spelt(request, key)), ("ETag", f'"{row.etag}"'), ("Size", row.size)]))
    return _answer("ListBucketResult", fields)


def _limit(request: ObjectRequest, name: str) -> int:
    return min(_MOST, _number(request, name, default=_MOST))


def _number(request: ObjectRequest, name: str, *, default: int) -> int:
    text = request.option(name) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else default


def _spelt(request: ObjectRequest, text: str) -> str:
    return quote(text) if request.option("encoding-type") == "url" else text


def _answer(root: str, fields: xml.Fields) -> HttpResponse:
    return HttpResponse(xml.document(root, fields), content_type="application/xml")
