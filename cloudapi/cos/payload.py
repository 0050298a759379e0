"""A request's payload: its bytes, however they are framed, and the checksums that the client says they have."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from applications.whole_numbers import LARGEST, whole
from cloudapi.cos import sigv4
from cloudapi.cos.authentication import chunk_signer
from cloudapi.cos.aws_chunked import Dechunked
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest
from media_jobs.store.byte_source import ByteSource
from media_jobs.store.checksums import CRC64, SIZES, of_digests
from media_jobs.store.received import Claim
from media_jobs.uploads.incoming import body_of, declared_length

PREFIX = "x-amz-checksum-"
ALGORITHMS = tuple(name for name in SIZES if name != CRC64)


@dataclass(frozen=True, slots=True)
class Payload:
    source: ByteSource
    length: int | None
    claims: list[Claim]


def payload_of(request: ObjectRequest) -> Payload:
    """Raises ObjectRefused for claims that are none, and for framings and trailers that aren't known."""
    claims = [*_claims(request), *_given(claimed_of_object(request))]
    announced = _announced(request)
    if not sigv4.is_chunked(request):
        if announced or "aws-chunked" in request.headers.get("content-encoding", "").lower():
            message = "An aws-chunked body, or one with trailers, needs x-amz-content-sha256: STREAMING-…."
            raise ObjectRefused("InvalidArgument", message)
        return Payload(body_of(request.django), declared_length(request.django), claims)
    length = whole(request.headers.get("x-amz-decoded-content-length", ""), most=LARGEST)
    if length is None:
        raise ObjectRefused("InvalidArgument", "An aws-chunked body needs x-amz-decoded-content-length.")
    source = Dechunked(body_of(request.django), signer=chunk_signer(request), announced=announced)
    return Payload(source, length, [*claims, *(_trailing(source, name) for name in sorted(announced))])


def document(request: ObjectRequest, *, most: int, what: str, is_object: bool = False) -> bytes:
    """A small body, once its checksums are compared. Raises ObjectRefused.

    With `is_object` the x-amz-checksum-… headers are about the object that it makes, not about the body.
    """
    body = body_of(request.django).read(most + 1)
    if len(body) > most:
        raise ObjectRefused("EntityTooLarge", f"{what} is too long.")
    given = {} if is_object else claimed_of_object(request)
    for name, claimed in (*_claims(request), *_given(given)):
        if of_digests(name, [body]) != claimed():
            raise ObjectRefused("BadDigest", f"The {name.upper()} of the body is another one.")
    return body


def claimed_of_object(request: ObjectRequest) -> dict[str, str]:
    """The x-amz-checksum-… headers by name, in base64, perhaps with "-" and a number of parts. Raises ObjectRefused."""
    names = {name: request.headers.get(PREFIX + name, "") for name in ALGORITHMS}
    for name, text in names.items():
        if text:
            _decoded(text.partition("-")[0], name=PREFIX + name, size=SIZES[name])
    return {name: text for name, text in names.items() if text}


def told(checksums: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell of an object's checksums as COS does; those of AWS are for who asked for them."""
    crc = checksums.get(CRC64)
    return {"x-cos-hash-crc64ecma": str(int.from_bytes(base64.b64decode(crc)))} if crc else {}


def told_as_claimed(request: ObjectRequest, checksums: Mapping[str, str]) -> dict[str, str]:
    """Also what the client gave, by header or trailer: its transfer manager lists it at the end."""
    named = {*request.headers, *_announced(request)}
    given = {PREFIX + name: text for name, text in checksums.items() if PREFIX + name in named}
    return told(checksums) | given


def _claims(request: ObjectRequest) -> Iterator[Claim]:
    """Of the body, whatever it is."""
    if text := request.headers.get("content-md5"):
        yield "md5", _just(_decoded(text, name="Content-MD5", size=SIZES["md5"]))
    if sha256 := sigv4.payload_digest(request):
        yield "sha256", _just(sha256)


def _given(texts: Mapping[str, str]) -> Iterator[Claim]:
    return ((name, _just(_decoded(text, name=PREFIX + name, size=SIZES[name]))) for name, text in texts.items())


def _announced(request: ObjectRequest) -> frozenset[str]:
    """The trailers that the client says will come. Raises ObjectRefused (NotImplemented) for one that isn't known."""
    names = frozenset(name.strip().lower() for name in request.headers.get("x-amz-trailer", "").split(",")) - {""}
    for name in sorted(names - {PREFIX + algorithm for algorithm in ALGORITHMS}):
        raise ObjectRefused("NotImplemented", f"x-amz-trailer: {name[:80]} is not offered. Nothing was changed.")
    return names


def _trailing(source: Dechunked, name: str) -> Claim:
    algorithm = name.removeprefix(PREFIX)
    return algorithm, lambda: _decoded(source.trailers[name], name=name, size=SIZES[algorithm])


def _just(value: bytes) -> Callable[[], bytes]:
    return lambda: value


def _decoded(text: str, *, name: str, size: int) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != size:
        raise ObjectRefused("InvalidDigest", f"{name} is no checksum of {size} bytes in base64.")
    return value
