"""Checksums of objects: told as COS and AWS tell them, checked where clients give them; nothing is read twice."""

import base64
import hashlib
import os
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import crcmod
import pytest

from media_jobs.models import MultipartUpload, ObjectPart, StoredObject
from media_jobs.store.received import object_path
from tests.integration.cloudapi.cos.conftest import Bucket

pytestmark = pytest.mark.django_db
# As cos-python-sdk-v5 reckons it.
crc64: Callable[[bytes], int] = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, xorOut=0xFFFFFFFFFFFFFFFF, rev=True)
PIECES = [os.urandom(1_000_000), os.urandom(1_000_001), b"end"]
WHOLE = b"".join(PIECES)
CRC = "x-cos-hash-crc64ecma"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _crc32(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4)


def _code(answer: Any) -> str:
    return ElementTree.fromstring(answer.content).findtext("Code") or ""


def _parts(bucket: Bucket, **claim: Callable[[bytes], bytes]) -> tuple[dict[str, str], list[Any]]:
    """PIECES, each with the checksums of `claim`."""
    begun = bucket.send("POST", bucket.session.media_path, params={"uploads": ""})
    upload = {"uploadId": ElementTree.fromstring(begun.content).findtext("UploadId") or ""}
    answers = []
    for number, piece in enumerate(PIECES, start=1):
        headers = {f"x-amz-checksum-{name}": _b64(reckon(piece)) for name, reckon in claim.items()}
        params = {"partNumber": str(number), **upload}
        answers.append(bucket.send("PUT", bucket.session.media_path, piece, params=params, headers=headers))
    return upload, answers


def _complete(bucket: Bucket, upload: dict[str, str], parts: list[Any], also: str = "", **headers: str) -> Any:
    listed = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{part['ETag']}</ETag>{also}</Part>"
        for number, part in enumerate(parts, start=1)
    )
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    named = {f"x-amz-checksum-{name}": text for name, text in headers.items()}
    return bucket.send("POST", bucket.session.media_path, body, params=upload, headers=named)


def test_a_whole_object_is_told_with_its_crc64(bucket: Bucket) -> None:
    path = bucket.session.media_path
    put = bucket.send("PUT", path, WHOLE)
    part = bucket.send("GET", path, headers={"Range": "bytes=0-9"})
    told = [put, bucket.send("HEAD", path), bucket.send("GET", path), part]
    assert {answer[CRC] for answer in told} == {str(crc64(WHOLE))}
    assert CRC in put["Access-Control-Expose-Headers"]


def test_an_object_in_parts_has_the_crc64_of_the_whole_and_nothing_is_read_for_it(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, parts = _parts(bucket)
    assert [part[CRC] for part in parts] == [str(crc64(piece)) for piece in PIECES]
    monkeypatch.setattr("media_jobs.store.checksums._Crc.update", lambda *_: pytest.fail("read again"))
    first, repeated = (_complete(bucket, upload, parts) for _ in range(2))
    assert {first[CRC], repeated[CRC], bucket.send("HEAD", bucket.session.media_path)[CRC]} == {str(crc64(WHOLE))}
    assert object_path(StoredObject.objects.get().file).read_bytes() == WHOLE


def test_an_object_of_an_earlier_release_is_told_without(bucket: Bucket) -> None:
    upload, parts = _parts(bucket)
    ObjectPart.objects.filter(number=2).update(checksums={})
    assert CRC not in _complete(bucket, upload, parts)
    assert CRC not in bucket.send("GET", bucket.session.media_path)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha512"])
def test_a_claimed_hash_is_checked(bucket: Bucket, name: str) -> None:
    for data, status in ((WHOLE, 200), (b"other", 400)):
        headers = {f"x-amz-checksum-{name}": _b64(hashlib.new(name, data).digest())}
        answer = bucket.send("PUT", bucket.session.media_path, WHOLE, headers=headers)
        assert answer.status_code == status
    assert _code(answer) == "BadDigest"
    assert object_path(StoredObject.objects.get().file).read_bytes() == WHOLE


# "123456789", by the catalogue of CRCs (reveng): the check value of each.
@pytest.mark.parametrize(
    ("name", "check"), [("crc32", "cbf43926"), ("crc32c", "e3069283"), ("crc64nvme", "ae8b14860a799888")]
)
def test_a_claimed_crc_is_checked_and_told_to_who_asks(bucket: Bucket, name: str, check: str) -> None:
    path, right = bucket.session.media_path, {f"x-amz-checksum-{name}": _b64(bytes.fromhex(check))}
    assert bucket.send("PUT", path, b"123456789", headers=right)[f"x-amz-checksum-{name}"]
    refused = bucket.send("PUT", path, b"12345678", headers=right)
    assert (refused.status_code, _code(refused)) == (400, "BadDigest")
    mode = {"x-amz-checksum-mode": "ENABLED"}
    assert bucket.send("GET", path, headers=mode)[f"x-amz-checksum-{name}"] == _b64(bytes.fromhex(check))
    assert f"x-amz-checksum-{name}" not in bucket.send("GET", path)
    assert f"x-amz-checksum-{name}" not in bucket.send("GET", path, headers={"Range": "bytes=0-1", **mode})


def test_a_claim_that_is_none_is_refused(bucket: Bucket) -> None:
    for text in ("x", "AAAA", _b64(_crc32(b"")) + "-2"):
        answer = bucket.send("PUT", bucket.session.media_path, b"", headers={"x-amz-checksum-crc32": text})
        assert (answer.status_code, _code(answer)) == (400, "InvalidDigest")


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        ({"crc32": _b64(_crc32(WHOLE))}, ""),
        ({"crc32": _b64(_crc32(b"other"))}, "BadDigest"),
        ({"crc32": _b64(_crc32(b"".join(_crc32(piece) for piece in PIECES))) + "-3"}, ""),
        ({"sha256": _b64(hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in PIECES)).digest()) + "-3"}, ""),
        ({"sha256": _b64(hashlib.sha256(WHOLE).digest())}, "NotImplemented"),
        ({"crc64nvme": _b64(bytes(8))}, "NotImplemented"),
    ],
)
def test_what_is_claimed_of_the_whole_is_checked_when_parts_are_completed(
    bucket: Bucket, claimed: dict[str, str], code: str
) -> None:
    upload, parts = _parts(bucket, crc32=_crc32, sha256=lambda piece: hashlib.sha256(piece).digest())
    answer = _complete(bucket, upload, parts, **claimed)
    assert _code(answer) == code
    assert StoredObject.objects.exists() == (not code) and MultipartUpload.objects.get().parts.exists() == bool(code)


def test_a_part_that_is_listed_with_another_checksum_is_not_the_one(bucket: Bucket) -> None:
    upload, parts = _parts(bucket, crc32=_crc32)
    answer = _complete(bucket, upload, parts, f"<ChecksumCRC32>{_b64(_crc32(b'other'))}</ChecksumCRC32>")
    assert (answer.status_code, _code(answer)) == (400, "InvalidPart")


def test_a_list_of_parts_that_was_changed_under_way_is_refused(bucket: Bucket) -> None:
    upload, _ = _parts(bucket)
    headers = {"Content-MD5": _b64(hashlib.md5(b"other").digest())}
    answer = bucket.send("POST", bucket.session.media_path, b"<a/>", params=upload, headers=headers)
    assert (answer.status_code, _code(answer)) == (400, "BadDigest")
