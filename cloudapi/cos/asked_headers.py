"""The headers that change what an object request means: which are taken, and why all others of their kind are refused.

A header that is ignored is a promise that is broken: a copy that stores an empty body, "only if it isn't there" that
overwrites. So whatever begins like an order and isn't known is NotImplemented, before anything is read or written.
"""

import re

from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.payload import ALGORITHMS, PREFIX
from cloudapi.cos.request import ObjectRequest

_ORDERS = re.compile(r"x-(?:cos|amz|ci)-.+|pic-operations|content-range", re.ASCII)
_CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})
_READING = frozenset({"GET", "HEAD"})

TAKEN: dict[str, str] = {
    "x-cos-security-token, x-amz-security-token": "the session's token",
    "x-amz-date, x-amz-content-sha256": "part of the signature; the SHA-256 is checked",
    "x-cos-meta-*, x-amz-meta-*": "not kept",
    "x-cos-tagging, x-amz-tagging": "not kept",
    "x-cos-traffic-limit": "not obeyed: as fast as it goes",
    "x-cos-sdk-*, x-amz-user-agent, x-amz-cf-id": "what clients and proxies tell of themselves",
    ", ".join(PREFIX + name for name in ALGORITHMS): "checked, of the body; when parts are completed, of the object",
    "x-amz-trailer": "names one of these, which comes behind a body in aws-chunked form, and is checked",
    "x-amz-decoded-content-length": "the bytes of such a body without its framing; checked",
}
LIMITED: dict[str, frozenset[str]] = {
    "x-cos-acl": frozenset({"private", "default"}),
    "x-amz-acl": frozenset({"private", "default"}),
    "x-cos-storage-class": frozenset({"standard"}),
    "x-amz-storage-class": frozenset({"standard"}),
    "x-cos-forbid-overwrite": frozenset({"false"}),
    "x-amz-checksum-algorithm": frozenset(ALGORITHMS),
    "x-amz-sdk-checksum-algorithm": frozenset(ALGORITHMS),
    "x-amz-checksum-type": frozenset({"composite", "full_object"}),
    "x-amz-checksum-mode": frozenset({"enabled"}),
}
REFUSED: dict[str, str] = {
    "x-cos-copy-source*, x-amz-copy-source*": "Objects and parts can't be copied.",
    "x-cos-grant-*, x-amz-grant-*": "Objects are private; nobody else can be let in.",
    "x-cos-server-side-encryption*, x-amz-server-side-encryption*": "Objects are not encrypted here.",
    "x-cos-callback*, x-cos-return-body": "The session's own events tell when an upload has ended.",
    "pic-operations": "Pictures are not worked on when they are put.",
    "content-range": "A part of an object can't be put by range.",
}
_KNOWN = frozenset(name for names in TAKEN for name in names.split(", "))


def check_headers(request: ObjectRequest) -> None:
    """Raises ObjectRefused (NotImplemented) for the first header that asks for what isn't offered."""
    for name, value in request.headers.items():
        if name in LIMITED:
            _check_value(name, value)
        elif _ORDERS.fullmatch(name) and not _listed(name, _KNOWN):
            raise ObjectRefused("NotImplemented", f"{name[:80]}: {_reason(name)} Nothing was changed.")
        elif name in _CONDITIONS and request.method not in _READING:
            raise ObjectRefused("NotImplemented", f"{name}: only reading can have conditions. Nothing was changed.")


def _check_value(name: str, value: str) -> None:
    wanted = value.strip().lower()
    if wanted and wanted not in LIMITED[name]:
        allowed = " or ".join(sorted(LIMITED[name]))
        raise ObjectRefused("NotImplemented", f"{name} can only be {allowed} here. Nothing was changed.")


def _reason(name: str) -> str:
    return next((why for names, why in REFUSED.items() if _listed(name, names.split(", "))), "This is not offered.")


def _listed(name: str, patterns: "frozenset[str] | list[str]") -> bool:
    return any(name == pattern or (pattern[-1] == "*" and name.startswith(pattern[:-1])) for pattern in patterns)
