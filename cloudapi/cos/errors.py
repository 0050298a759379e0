"""What an object request is refused with: COS's codes and XML (docs/protocol 3.5)."""

from applications.errors import NoSpace, NotFound, Refused, SecretUnreadable
from applications.quotas import QuotaExceeded
from media_jobs.store.received import BodyIncomplete, BodyTooLarge, DigestMismatch
from media_jobs.uploads.objects import MultipartNotFound, PartInvalid, PartsOutOfOrder, PartTooSmall, SessionClosed
from media_jobs.uploads.part_checksums import ChecksumUntold

_STATUS = {
    "AccessDenied": 403,
    "BadDigest": 400,
    "EntityTooLarge": 400,
    "EntityTooSmall": 400,
    "IncompleteBody": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidDigest": 400,
    "InvalidPart": 400,
    "InvalidPartOrder": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidTag": 400,
    "InvalidURI": 400,
    "MalformedXML": 400,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "NotImplemented": 501,
    "PreconditionFailed": 412,
    "QuotaExceeded": 403,
    "RequestTimeTooSkewed": 403,
    "RequestTimeout": 400,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "InsufficientStorage": 507,
}
_CODES: list[tuple[type[Refused], str]] = [
    (MultipartNotFound, "NoSuchUpload"),
    (PartInvalid, "InvalidPart"),
    (PartsOutOfOrder, "InvalidPartOrder"),
    (PartTooSmall, "EntityTooSmall"),
    (BodyIncomplete, "IncompleteBody"),
    (BodyTooLarge, "EntityTooLarge"),
    (DigestMismatch, "BadDigest"),
    (ChecksumUntold, "NotImplemented"),
    (SessionClosed, "AccessDenied"),
    (NoSpace, "InsufficientStorage"),
    (QuotaExceeded, "QuotaExceeded"),
    (NotFound, "NoSuchKey"),
    (SecretUnreadable, "InvalidAccessKeyId"),
    (Refused, "InvalidArgument"),
]


class ObjectRefused(Exception):
    """An object request that is turned down, with the code that COS has for it.

    `allow`: the methods that are offered instead.
    """

    def __init__(self, code: str, message: str, *, allow: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.code = code
        self.allow = allow
        self.status = _STATUS[code]


def translated(refusal: Refused) -> ObjectRefused:
    """What a service said, in COS's words."""
    code = next(code for kind, code in _CODES if isinstance(refusal, kind))
    return ObjectRefused(code, str(refusal))
