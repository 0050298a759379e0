"""What a session can see of itself: its multipart uploads, their parts, its objects.

docs/protocol 3.2 and 3.3 say what each SDK reads of these lists; docs/object-upload.md compares element by element.
"""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse

from cloudapi.cos import xml
from cloudapi.cos.addresses import bucket_of, object_key
from cloudapi.cos.lookup import multipart_of
from cloudapi.cos.pages import Entry, asked_fields, common_prefixes, cut, entries_of, limit_of, number_of, spelt
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import MultipartUpload, StoredObject, Upload

STORAGE_CLASS = "STANDARD"
Fields = list[tuple[str, str | int | xml.Fields]]


def list_uploads(request: ObjectRequest, upload: Upload) -> HttpResponse:
    """Multipart uploads of this session that are under way, the oldest of a key first: SDKs go on with the last."""
    key_marker, id_marker = request.option("key-marker") or "", request.option("upload-id-marker") or ""
    limit = limit_of(request, "max-uploads")
    rows = [(object_key(upload, row.name), row) for row in upload.multiparts.filter(etag="")]
    entries = entries_of(request, sorted(rows, key=lambda pair: pair[0]))
    page, more = cut(_behind(entries, key=key_marker, upload_id=id_marker), limit=limit)
    fields: Fields = [
        ("Bucket", bucket_of(upload.application)),
        ("KeyMarker", spelt(request, key_marker)),
        ("UploadIdMarker", id_marker),
        ("MaxUploads", limit),
        ("Prefix", spelt(request, request.option("prefix") or "")),
        *asked_fields(request),
        ("IsTruncated", "true" if more else "false"),
    ]
    if more:
        name, last = page[-1]
        fields += [("NextKeyMarker", spelt(request, name)), ("NextUploadIdMarker", last.id.hex if last else "")]
    for key, row in page:
        if row:
            fields.append(("Upload", _upload_entry(row, key=spelt(request, key), upload=upload)))
    return xml.answer("ListMultipartUploadsResult", [*fields, *common_prefixes(request, page)])


def list_parts(request: ObjectRequest, upload: Upload) -> HttpResponse:
    multipart = multipart_of(request, upload)
    after, limit = number_of(request, "part-number-marker", default=0), limit_of(request, "max-parts")
    rows = list(multipart.parts.filter(number__gt=after)[: limit + 1])
    shown = rows[:limit]
    fields: Fields = [
        ("Bucket", bucket_of(upload.application)),
        *asked_fields(request),
        ("Key", spelt(request, request.key)),
        ("UploadId", multipart.id.hex),
        ("Initiator", owner(upload)),
        ("Owner", owner(upload)),
        ("StorageClass", STORAGE_CLASS),
        ("PartNumberMarker", after),
        ("NextPartNumberMarker", shown[-1].number if shown else after),
        ("MaxParts", limit),
        ("IsTruncated", "true" if 0 < limit < len(rows) else "false"),
    ]
    for part in shown:
        entry: Fields = [
            ("PartNumber", part.number),
            ("LastModified", _written(part.updated_at)),
            ("ETag", f'"{part.etag}"'),
            ("Size", part.size),
        ]
        fields.append(("Part", entry))
    return xml.answer("ListPartsResult", fields)


def list_objects(request: ObjectRequest, upload: Upload) -> HttpResponse:
    """What this session has put so far."""
    marker, limit = request.option("marker") or "", limit_of(request, "max-keys")
    rows = [(object_key(upload, row.name), row) for row in upload.objects_stored.all()]
    entries = entries_of(request, sorted(rows, key=lambda pair: pair[0]))  # databases sort by their own rules
    page, more = cut([entry for entry in entries if entry[0] > marker], limit=limit)
    fields: Fields = [
        ("Name", bucket_of(upload.application)),
        ("Prefix", spelt(request, request.option("prefix") or "")),
        ("Marker", spelt(request, marker)),
        ("MaxKeys", limit),
        *asked_fields(request),
        ("IsTruncated", "true" if more else "false"),
    ]
    if more:
        fields.append(("NextMarker", spelt(request, page[-1][0])))
    for key, row in page:
        if row:
            fields.append(("Contents", _object_entry(row, key=spelt(request, key), upload=upload)))
    return xml.answer("ListBucketResult", [*fields, *common_prefixes(request, page)])


def owner(upload: Upload) -> Fields:
    """The application stands for the account that COS would name."""
    app_id = upload.application.app_id
    return [("ID", f"qcs::cam::uin/{app_id}:uin/{app_id}"), ("DisplayName", str(app_id))]


def _behind(entries: Sequence[Entry[MultipartUpload]], *, key: str, upload_id: str) -> Sequence[Entry[MultipartUpload]]:
    """What comes after the markers. An id that is gone (aborted meanwhile) lets its key begin anew."""
    rest = [entry for entry in entries if entry[0] > key or (upload_id and entry[0] == key)]
    for place, (name, row) in enumerate(rest):
        if name != key:
            break
        if row and row.id.hex == upload_id:
            return rest[place + 1 :]
    return rest


def _upload_entry(row: MultipartUpload, *, key: str, upload: Upload) -> Fields:
    return [
        ("Key", key),
        ("UploadId", row.id.hex),
        ("StorageClass", STORAGE_CLASS),
        ("Initiator", owner(upload)),
        ("Owner", owner(upload)),
        ("Initiated", _written(row.created_at)),
    ]


def _object_entry(row: StoredObject, *, key: str, upload: Upload) -> Fields:
    return [
        ("Key", key),
        ("LastModified", _written(row.updated_at)),
        ("ETag", f'"{row.etag}"'),
        ("Size", row.size),
        ("Owner", owner(upload)),
        ("StorageClass", STORAGE_CLASS),
    ]


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
