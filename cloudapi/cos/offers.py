"""What can be asked of a bucket and of an object: the one table, by sub-resource and verb. All else is refused by name.

The table in docs/object-upload.md is this one; a test compares them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http.response import HttpResponseBase

from cloudapi.cos import habits, listings, operations, reading, sigv4
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import Upload

Operation = Callable[[ObjectRequest, Upload], HttpResponseBase]
_BUCKET, _OBJECT = "/", "/<key>"
SIGNATURE = frozenset(
    {
        *("q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-header-list", "q-url-param-list", "q-signature"),
        *("x-cos-security-token", "x-amz-security-token", "x-id"),  # x-id: the operation's name, by the AWS SDK for JS
    }
)
_OF_THE_ADDRESS = frozenset({"sign", *sigv4.PRESIGNED})


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of request: the parameters that make it (`asked`, as written), and those that it may have besides."""

    path: str
    method: str
    asked: str
    may: str
    does: str
    operation: Operation

    def fits(self, names: frozenset[str]) -> bool:
        asked = frozenset(self.asked.lower().split())
        return asked <= names <= asked | frozenset(self.may.split())


_KEYS, _SEEN = "prefix delimiter encoding-type ", "a session sees itself alone"
OFFERS = (
    Offer(_BUCKET, "HEAD", "", "", "200, empty", habits.head_bucket),
    Offer(_BUCKET, "GET", "", f"{_KEYS}marker max-keys", f"its objects; {_SEEN}", listings.list_objects),
    Offer(
        *(_BUCKET, "GET", "uploads", f"{_KEYS}max-uploads key-marker upload-id-marker"),
        *("its uploads in parts that are under way", listings.list_uploads),
    ),
    Offer(_BUCKET, "GET", "acl", "", "the owner alone, FULL_CONTROL", habits.bucket_acl),
    Offer(_BUCKET, "GET", "location", "", "the region", habits.bucket_location),
    Offer(_BUCKET, "GET", "versioning", "", "none, as of a bucket that never had any", habits.bucket_versioning),
    Offer(_OBJECT, "PUT", "", "", "the object, whole", operations.put_object),
    Offer(_OBJECT, "POST", "uploads", "", "begins an upload in parts", operations.initiate),
    Offer(_OBJECT, "PUT", "partNumber uploadId", "", "a part", operations.put_part),
    Offer(_OBJECT, "POST", "uploadId", "", "completes it", operations.complete),
    Offer(_OBJECT, "GET", "uploadId", "max-parts part-number-marker encoding-type", "its parts", listings.list_parts),
    Offer(_OBJECT, "DELETE", "uploadId", "", "aborts it", operations.abort),
    Offer(_OBJECT, "HEAD", "", "", "size, ETag, Last-Modified", reading.head),
    Offer(_OBJECT, "GET", "", "", "the bytes; Range, If-Range and conditions are obeyed", reading.get),
    Offer(_OBJECT, "GET", "acl", "", "the owner alone, FULL_CONTROL", habits.object_acl),
    Offer(_OBJECT, "PUT", "acl", "", "200 for `private` and `default` by header, else 501", habits.put_acl),
    Offer(_OBJECT, "GET", "tagging", "", "no tags", habits.tags),
    Offer(_OBJECT, "PUT", "tagging", "", "200; tags are not kept", habits.put_tags),
    Offer(_OBJECT, "DELETE", "tagging", "", "204", habits.delete_tags),
)
REFUSED = {
    "append": "Objects can't be appended to; upload them in parts.",
    "copy": "Objects can't be copied.",
    "cors": "Any origin may ask; that can't be changed.",
    "delete": "Objects can't be deleted by hand: they go with their session.",
    "lifecycle": "Objects go with their session.",
    "list-type": "Only the first version of the list is offered, with marker.",
    "policy": "A temporary key opens its own session; that can't be changed.",
    "position": "Objects can't be appended to; upload them in parts.",
    "restore": "Nothing is archived.",
    "select": "Objects can't be searched.",
    "versionid": "There are no versions.",
    "versions": "There are no versions.",
}


def operation_for(request: ObjectRequest) -> Operation:
    """Raises ObjectRefused: MethodNotAllowed for a verb, NotImplemented for parameters that aren't offered with it."""
    path = _OBJECT if request.key else _BUCKET
    is_presigned = "authorization" not in request.headers
    signature = SIGNATURE | _OF_THE_ADDRESS if is_presigned else SIGNATURE
    names = frozenset(name.lower() for name, _ in request.query) - signature
    offered = [offer for offer in OFFERS if (offer.path, offer.method) == (path, request.method)]
    found = next((offer for offer in offered if offer.fits(names)), None)
    if found is not None:
        return found.operation
    if names:
        raise ObjectRefused("NotImplemented", _reason(names, offered, method=request.method))
    if request.method == "POST":
        raise ObjectRefused("NotImplemented", "Form uploads to a bucket are not supported.")
    raise ObjectRefused(
        "MethodNotAllowed",
        "Objects are put, completed, listed, read and aborted; nothing else.",
        allow=frozenset(offer.method for offer in OFFERS if offer.path == path),
    )


def _reason(names: frozenset[str], offered: list[Offer], *, method: str) -> str:
    known = {name for offer in offered for name in f"{offer.asked} {offer.may}".lower().split()}
    strange = sorted(names & REFUSED.keys()) or sorted(names - known) or sorted(names)
    named = "".join(c for c in strange[0][:80] if c.isprintable())
    why = REFUSED.get(strange[0], f"{method} is not offered with this, or not with the others.")
    return f"?{named}: {why} Nothing was changed."
