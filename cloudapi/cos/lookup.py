"""Finding the object, or the multipart upload, that a request names."""

import uuid

from cloudapi.cos.authentication import object_name
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import MultipartUpload, StoredObject, Upload


def object_of(request: ObjectRequest, upload: Upload) -> StoredObject:
    """The finished object of this session. Raises ObjectRefused (NoSuchKey)."""
    name = object_name(request, upload=upload)
    stored = upload.objects_stored.filter(name=name).first()
    if stored is None:
        raise ObjectRefused("NoSuchKey", "The specified key does not exist.")
    return stored


def multipart_of(request: ObjectRequest, upload: Upload, *, ended: bool = False) -> MultipartUpload:
    """The upload of this session and this key that the request names.

    With `ended` it may also be one that is complete. Raises ObjectRefused (NoSuchUpload).
    """
    name = object_name(request, upload=upload)
    try:
        wanted = uuid.UUID(hex=request.option("uploadid") or "")
    except ValueError:
        wanted = uuid.UUID(int=0)
    found = MultipartUpload.objects.select_related("upload").filter(upload=upload, name=name, pk=wanted).first()
    if found is None or (found.etag and not ended):
        raise ObjectRefused("NoSuchUpload", "The specified multipart upload does not exist, or is complete or aborted.")
    return found
