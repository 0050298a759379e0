"""Bodies in aws-chunked form: the object is what is within, and what is wrong with them is refused and not kept."""

import base64
import hashlib
import hmac
import io
import zlib
from typing import Any
from xml.etree import ElementTree

import pytest

from cloudapi.cos import sigv4
from cloudapi.cos.aws_chunked import Dechunked
from cloudapi.cos.errors import ObjectRefused
from media_jobs.models import StoredObject
from media_jobs.store.received import object_path
from media_jobs.store.scratch import scratch
from tests.integration.cloudapi.cos.conftest import Bucket
from tests.integration.cloudapi.cos.signing import v4_headers

pytestmark = pytest.mark.django_db
DATA = bytes(range(256)) * 300
UNSIGNED, SIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
CRC = base64.b64encode(zlib.crc32(DATA).to_bytes(4)).decode()


def _unsigned(data: bytes = DATA, *, size: int = 20_000, trailer: str = f"x-amz-checksum-crc32:{CRC}\r\n") -> bytes:
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return framed + b"0\r\n" + trailer.encode() + b"\r\n"


def _signed(key: Any, headers: dict[str, str], *, trailer: str = "", harm: str = "") -> bytes:
    """By AWS's description: each signature is over the one before. `harm` names what is spoilt."""
    credential = headers["authorization"].partition("Credential=")[2].partition(",")[0].partition("/")[2]
    secret = f"AWS4{key.secret_key}".encode()
    for part in credential.split("/"):
        secret = hmac.new(secret, part.encode(), "sha256").digest()
    last = headers["authorization"].rpartition("Signature=")[2]
    about, nothing = f"{headers['x-amz-date']}\n{credential}", hashlib.sha256().hexdigest()
    body = b""
    for chunk in (DATA[:65536], DATA[65536:], b""):
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{about}\n{last}\n{nothing}\n{hashlib.sha256(chunk).hexdigest()}"
        last = hmac.new(secret, text.encode(), "sha256").hexdigest()
        sent = bytes(reversed(chunk)) if harm == "bytes" else chunk
        body += b"%x;chunk-signature=%b\r\n%b" % (len(chunk), last.encode(), sent + b"\r\n" if chunk else b"")
    if trailer:
        digest = hashlib.sha256(f"{trailer}\n".encode()).hexdigest()
        last = hmac.new(secret, f"AWS4-HMAC-SHA256-TRAILER\n{about}\n{last}\n{digest}".encode(), "sha256").hexdigest()
        last = "0" * 64 if harm == "trailer" else last
        body += f"{trailer}\r\nx-amz-trailer-signature:{last}\r\n".encode()
    return body + b"\r\n"


def _put(bucket: Bucket, body: bytes | None = None, *, kind: str = UNSIGNED, **given: Any) -> Any:
    """`given`: `length`, that of the object; `named`, the trailer announced; and what `_signed` takes."""
    path, key = bucket.session.media_path, bucket.session.temporary_key
    named, length = given.pop("named", ""), given.pop("length", len(DATA))
    headers = v4_headers(key, method="PUT", path=path, host=bucket.host, payload=kind)
    sent = {"x-amz-decoded-content-length": str(length), "Content-Encoding": "aws-chunked", **headers}
    if named:
        sent["x-amz-trailer"] = named
    whole = _signed(key, headers, **given) if body is None else body
    return bucket.raw("PUT", path, whole, headers={"Host": bucket.host, **sent})


def _refused(answer: Any, *codes: str) -> None:
    assert answer.status_code in (400, 403)
    assert ElementTree.fromstring(answer.content).findtext("Code") in codes
    assert not StoredObject.objects.exists()
    assert not list(scratch().glob("*.object"))


@pytest.mark.parametrize("size", [1, 8192, 65536, 10**6])
def test_the_object_is_what_is_in_the_chunks(bucket: Bucket, size: int) -> None:
    answer = _put(bucket, _unsigned(size=size), named="x-amz-checksum-crc32")
    assert (answer.status_code, answer["ETag"]) == (200, f'"{hashlib.md5(DATA).hexdigest()}"')
    assert answer["x-amz-checksum-crc32"] == CRC
    assert object_path(StoredObject.objects.get().file).read_bytes() == DATA


@pytest.mark.parametrize("trailer", ["", f"x-amz-checksum-crc32:{CRC}"], ids=["chunks", "trailer"])
def test_signed_chunks_are_taken(bucket: Bucket, trailer: str) -> None:
    kind, named = (f"{SIGNED}-TRAILER", "x-amz-checksum-crc32") if trailer else (SIGNED, "")
    assert _put(bucket, kind=kind, named=named, trailer=trailer).status_code == 200
    assert object_path(StoredObject.objects.get().file).read_bytes() == DATA


def test_a_chunk_that_was_changed_under_way_is_refused(bucket: Bucket) -> None:
    _refused(_put(bucket, kind=SIGNED, harm="bytes"), "SignatureDoesNotMatch")


def test_a_trailer_s_wrong_signature_is_refused(bucket: Bucket) -> None:
    given = {"named": "x-amz-checksum-crc32", "trailer": f"x-amz-checksum-crc32:{CRC}", "harm": "trailer"}
    _refused(_put(bucket, kind=f"{SIGNED}-TRAILER", **given), "SignatureDoesNotMatch")


def test_a_trailer_s_wrong_checksum_is_refused_and_leaves_the_object_before(bucket: Bucket) -> None:
    wrong = base64.b64encode(b"\0\0\0\1").decode()
    body = _unsigned(trailer=f"x-amz-checksum-crc32:{wrong}\r\n")
    _refused(_put(bucket, body, named="x-amz-checksum-crc32"), "BadDigest")
    bucket.send("PUT", bucket.session.media_path, b"before")
    assert _put(bucket, body, named="x-amz-checksum-crc32").status_code == 400
    assert object_path(StoredObject.objects.get().file).read_bytes() == b"before"


BROKEN = {
    "no chunks at all": DATA,
    "cut off in a chunk": _unsigned()[:30_000],
    "cut off between chunks": _unsigned()[: 20_000 + 8],
    "without its trailer": _unsigned(trailer=""),
    "with a trailer that nobody named": _unsigned(trailer="x-amz-checksum-sha1:x\r\n"),
    "with a trailer twice": _unsigned(trailer=f"x-amz-checksum-crc32:{CRC}\r\n" * 2),
    "with something behind it": _unsigned() + b"more",
    "longer than it says": _unsigned().replace(b"4e20\r\n", b"4e1f\r\n"),
    "of negative size": b"-" + _unsigned(),
    "with an endless line": b"0" * 10_000 + b"\r\n",
    "with a signature where none is": _unsigned().replace(b"4e20\r\n", b"4e20;chunk-signature=" + b"0" * 64 + b"\r\n"),
    "with a trailer that is none": _unsigned(trailer="x-amz-checksum-crc32:?\r\n"),
    "empty": b"",
}


@pytest.mark.parametrize("how", list(BROKEN))
def test_broken_chunks_are_refused(bucket: Bucket, how: str) -> None:
    _refused(
        _put(bucket, BROKEN[how], named="x-amz-checksum-crc32"), "InvalidRequest", "IncompleteBody", "InvalidDigest"
    )


def test_chunks_of_another_sum_than_was_announced_are_refused(bucket: Bucket) -> None:
    for length in (len(DATA) - 1, len(DATA) + 1):
        _refused(_put(bucket, _unsigned(), named="x-amz-checksum-crc32", length=length), "IncompleteBody")
    _refused(_put(bucket, _unsigned(), named="x-amz-checksum-crc32", length="much"), "InvalidArgument")


def test_an_encoding_that_is_not_what_the_signature_says_is_refused(bucket: Bucket) -> None:
    _refused(
        bucket.send("PUT", bucket.session.media_path, _unsigned(), headers={"Content-Encoding": "aws-chunked"}),
        "InvalidArgument",
    )


def test_signed_chunks_of_a_request_that_is_signed_otherwise_are_refused(bucket: Bucket) -> None:
    headers = {"x-amz-content-sha256": SIGNED, "x-amz-decoded-content-length": "3"}
    _refused(bucket.send("PUT", bucket.session.media_path, b"x", headers=headers), "AccessDenied")


def test_the_signatures_are_those_of_aws_s_own_example() -> None:
    """Of "Signature calculations for the Authorization header: transferring payload in multiple chunks"."""
    scope = "20130524/us-east-1/s3/aws4_request"
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    claim = sigv4.Claim("AKIAIOSFODNN7EXAMPLE", scope, date="20130524", names=(), signature=seed)
    key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    signed = [
        (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ]
    body = b"".join(b"%x;chunk-signature=%b\r\n%b\r\n" % (n, text.encode(), b"a" * n) for n, text in signed)

    def read(sent: bytes) -> bytes:
        signer = sigv4.ChunkSigner(claim=claim, moment="20130524T000000Z", secret_key=key)
        return Dechunked(io.BytesIO(sent), signer=signer, announced=frozenset()).read(10**6)

    assert read(body) == b"a" * 66560
    with pytest.raises(ObjectRefused) as refused:
        read(body.replace(b"aaab6c6", b"aaaa6c6").replace(b"aa\r\n400", b"ab\r\n400"))
    assert refused.value.code == "SignatureDoesNotMatch"
