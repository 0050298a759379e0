"""What clients ask for out of habit: access lists, tags, a bucket's place. Answered as COS does; no byte depends on it.

Every object is its session's own until the commit, and nobody else's: the only access list there can be. Tags are of no
use in that time and aren't kept.
"""

from django.conf import settings
from django.http import HttpResponse

from cloudapi.cos import xml
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.listings import owner
from cloudapi.cos.lookup import object_of
from cloudapi.cos.payload import document
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import Upload
from media_jobs.uploads.incoming import body_of

_MOST_BODY = 64 * 1024  # bytes of a Tagging document; ten tags have 4 KB


def head_bucket(request: ObjectRequest, upload: Upload) -> HttpResponse:
    return HttpResponse(headers={"x-cos-bucket-region": settings.ZOETROPE_REGION}, content_type="application/xml")


def bucket_acl(request: ObjectRequest, upload: Upload) -> HttpResponse:
    return _access_list(upload)


def bucket_location(request: ObjectRequest, upload: Upload) -> HttpResponse:
    return xml.answer("LocationConstraint", settings.ZOETROPE_REGION)


def bucket_versioning(request: ObjectRequest, upload: Upload) -> HttpResponse:
    """As of a bucket that never had versions: nothing."""
    return xml.answer("VersioningConfiguration", [])


def object_acl(request: ObjectRequest, upload: Upload) -> HttpResponse:
    object_of(request, upload)
    response = _access_list(upload)
    response["x-cos-acl"] = "default"
    return response


def put_acl(request: ObjectRequest, upload: Upload) -> HttpResponse:
    """`private` and `default` are how it is already. Raises ObjectRefused (NotImplemented) for a list of its own."""
    object_of(request, upload)
    if not request.headers.get("x-cos-acl") and not request.headers.get("x-amz-acl"):
        raise ObjectRefused("NotImplemented", "An access list can only be set to private or default, by the header.")
    if body_of(request.django).read(1):
        raise ObjectRefused("NotImplemented", "Access lists of their own are not offered: objects are private.")
    return HttpResponse(content_type="application/xml")


def tags(request: ObjectRequest, upload: Upload) -> HttpResponse:
    object_of(request, upload)
    return xml.answer("Tagging", [("TagSet", "")])


def put_tags(request: ObjectRequest, upload: Upload) -> HttpResponse:
    object_of(request, upload)
    xml.checked_tags(document(request, most=_MOST_BODY, what="The Tagging document"))
    return HttpResponse(content_type="application/xml")


def delete_tags(request: ObjectRequest, upload: Upload) -> HttpResponse:
    object_of(request, upload)
    return HttpResponse(status=204)


def _access_list(upload: Upload) -> HttpResponse:
    grant: xml.Fields = [("Grantee", owner(upload)), ("Permission", "FULL_CONTROL")]
    return xml.answer("AccessControlPolicy", [("Owner", owner(upload)), ("AccessControlList", [("Grant", grant)])])
