"""Whose session an object request is for, and whether its key may touch that object."""

from applications.models import Application
from cloudapi.cos import signature, sigv4
from cloudapi.cos.addresses import bucket_of, split_key
from cloudapi.cos.credentials import lookup
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest
from media_jobs.models import Upload, UploadCredential
from media_jobs.store.formats import MANIFESTS
from media_jobs.uploads.assemble import cover_object, media_object
from media_jobs.uploads.manifests import ManifestInvalid
from media_jobs.uploads.manifests.pieces import safe_name

_UNKNOWN = "The temporary key is unknown, has expired, or does not belong to the security token."


def upload_of(request: ObjectRequest) -> Upload:
    """The session whose temporary key signed the request. Raises ObjectRefused."""
    upload = _credential(request).upload
    if request.place.bucket not in ("", bucket_of(upload.application)):
        raise ObjectRefused("AccessDenied", "This key does not open that bucket.")
    if upload.application.is_terminated:
        raise ObjectRefused("NoSuchBucket", "The application of this bucket is terminated.")
    if upload.application.status != Application.Status.ON:
        raise ObjectRefused("AccessDenied", "The application of this bucket is switched off.")
    return upload


def chunk_signer(request: ObjectRequest) -> sigv4.ChunkSigner | None:
    """What checks the body's chunks; None when they aren't signed. Raises ObjectRefused."""
    if not sigv4.has_signed_chunks(request):
        return None
    claim = sigv4.claim_of(request)
    if claim is None:
        raise ObjectRefused("AccessDenied", "Chunks can only be signed where the request is, by Signature Version 4.")
    key = _found(claim.secret_id, token=sigv4.said(request, "x-amz-security-token")).secret_key
    return sigv4.ChunkSigner(claim=claim, moment=sigv4.said(request, "x-amz-date"), secret_key=key)


def object_name(request: ObjectRequest, *, upload: Upload) -> str:
    """The name, within the session, of the object that the request is about. Raises ObjectRefused."""
    found = split_key(request.key)
    if found is None or found[0] != upload.id or not _belongs(found[1], upload):
        raise ObjectRefused("AccessDenied", "This key opens only the objects of its own upload session.")
    return found[1]


def _credential(request: ObjectRequest) -> UploadCredential:
    items = signature.items_of(request)
    if items is not None:
        found = _found(items.get("q-ak", ""), token=sigv4.said(request, "x-cos-security-token"))
        signature.verify(request, items=items, secret_key=found.secret_key)
        return found
    claim = sigv4.claim_of(request)
    if claim is None:
        raise ObjectRefused("AccessDenied", "The request is not signed, or in a way that is not known here.")
    found = _found(claim.secret_id, token=sigv4.said(request, "x-amz-security-token"))
    sigv4.verify(request, claim=claim, secret_key=found.secret_key)
    return found


def _found(secret_id: str, *, token: str) -> UploadCredential:
    found = lookup(secret_id=secret_id, token=token)
    if found is None:
        raise ObjectRefused("InvalidAccessKeyId", _UNKNOWN)
    return found


def _belongs(name: str, upload: Upload) -> bool:
    """The media, the announced cover, and beside a manifest any plain file: its segments."""
    if name in (media_object(upload), cover_object(upload)):
        return True
    if upload.media_type not in MANIFESTS:
        return False
    try:
        return safe_name(name) == name
    except ManifestInvalid:
        return False
