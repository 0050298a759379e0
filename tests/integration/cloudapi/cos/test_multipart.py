"""Objects in parts: any order, repeats, resumption, completion that happens once."""

import hashlib
import os
import random
import threading
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection

from cloudapi.cos.sessions import Session
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import Media, MultipartUpload, ObjectPart, StoredObject, Upload
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from tests.integration.cloudapi.cos.conftest import Bucket

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1024 * 1024


def _text(response: Any, path: str) -> str:
    return ElementTree.fromstring(response.content).findtext(path) or ""


def _begin(bucket: Bucket) -> str:
    answer = bucket.send("POST", bucket.session.media_path, params={"uploads": ""})
    assert answer.status_code == 200
    return _text(answer, "UploadId")


def _part(bucket: Bucket, upload_id: str, number: object, data: bytes) -> Any:
    params = {"partNumber": str(number), "uploadId": upload_id}
    return bucket.send("PUT", bucket.session.media_path, data, params=params)


def _complete(bucket: Bucket, upload_id: str, parts: list[tuple[int, str]]) -> Any:
    listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{e}</ETag></Part>" for n, e in parts)
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    return bucket.send("POST", bucket.session.media_path, body, params={"uploadId": upload_id})


def _send_all(bucket: Bucket, upload_id: str, pieces: list[bytes]) -> list[tuple[int, str]]:
    numbered = list(enumerate(pieces, start=1))
    random.shuffle(numbered)
    return sorted((number, _part(bucket, upload_id, number, piece)["ETag"]) for number, piece in numbered)


def test_parts_in_any_order_become_one_object(bucket: Bucket) -> None:
    pieces = [os.urandom(MIB), os.urandom(MIB + 5), os.urandom(2 * MIB), b"end"]
    upload_id = _begin(bucket)
    parts = _send_all(bucket, upload_id, pieces)
    answer = _complete(bucket, upload_id, parts)
    digests = b"".join(hashlib.md5(piece).digest() for piece in pieces)
    assert _text(answer, "ETag") == f'"{hashlib.md5(digests).hexdigest()}-4"'
    assert _text(answer, "Key") == bucket.session.media_path[1:]
    media = uploads.commit(upload_id=Upload.objects.get().pk)
    with storage().open(media.storage_key) as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(b"".join(pieces)).digest()
    assert not list(scratch().iterdir())


def test_the_last_write_of_a_part_wins(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    _part(bucket, upload_id, 1, b"old")
    etag = _part(bucket, upload_id, 1, b"newer")["ETag"]
    assert ObjectPart.objects.count() == len(list(scratch().glob("*.object"))) == 1
    _complete(bucket, upload_id, [(1, etag)])
    assert StoredObject.objects.get().size == 5


def test_only_the_listed_parts_count(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    parts = _send_all(bucket, upload_id, [b"a" * MIB, b"b" * MIB, b"c" * MIB])
    assert _complete(bucket, upload_id, [parts[0], parts[2]]).status_code == 200
    assert StoredObject.objects.get().size == 2 * MIB


def test_a_repeated_completion_after_a_lost_answer_is_answered_alike(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    parts = _send_all(bucket, upload_id, [b"a" * MIB, b"b"])
    first, second = (_complete(bucket, upload_id, parts) for _ in range(2))
    assert first.content == second.content
    assert StoredObject.objects.count() == 1


def test_twenty_completions_at_once_make_one_object(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    parts = _send_all(bucket, upload_id, [os.urandom(MIB) for _ in range(4)] + [b"end"])
    answers: list[bytes] = []

    def complete() -> None:
        answers.append(_complete(bucket, upload_id, parts).content)
        connection.close()

    threads = [threading.Thread(target=complete) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers))) == (20, 1)
    assert len(list(scratch().glob("*.object"))) == 1


def test_twenty_commits_at_once_make_one_media(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, b"12345")
    bucket.send("PUT", bucket.session.cover_path, b"cover")
    upload = Upload.objects.get()
    found: list[str] = []

    def commit() -> None:
        found.append(uploads.commit(upload_id=upload.pk).file_id)
        connection.close()

    threads = [threading.Thread(target=commit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found)), Media.objects.count()) == (20, 1, 1)
    assert storage().size(Media.objects.get().storage_key) == 5


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ([], "InvalidPartOrder"),
        ([(2, "B"), (1, "A")], "InvalidPartOrder"),
        ([(1, "A"), (1, "A")], "InvalidPartOrder"),
        ([(1, "B"), (2, "B")], "InvalidPart"),
        ([(1, "A"), (3, "B")], "InvalidPart"),
        ([(1, "A"), (2, "B"), (3, "C")], "InvalidPart"),
    ],
)
def test_a_wrong_list_of_parts_is_refused_and_nothing_is_lost(
    bucket: Bucket, listed: list[tuple[int, str]], code: str
) -> None:
    upload_id = _begin(bucket)
    etags = dict(zip("AB", [etag for _, etag in _send_all(bucket, upload_id, [b"a" * MIB, b"b"])], strict=True))
    answer = _complete(bucket, upload_id, [(number, etags.get(name, name)) for number, name in listed])
    assert (answer.status_code, _text(answer, "Code")) == (400, code)
    assert _complete(bucket, upload_id, [(1, etags["A"]), (2, etags["B"])]).status_code == 200


def test_a_small_part_may_only_be_the_last(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    parts = _send_all(bucket, upload_id, [b"a" * 999_999, b"b"])
    assert _text(_complete(bucket, upload_id, parts), "Code") == "EntityTooSmall"


@pytest.mark.parametrize("body", [b"", b"x", b"<a/><b/>", b"<!DOCTYPE x [<!ENTITY e 'e'>]><x>&e;</x>", b"\xff<x/>"])
def test_a_list_that_is_no_xml_is_refused(bucket: Bucket, body: bytes) -> None:
    upload_id = _begin(bucket)
    answer = bucket.send("POST", bucket.session.media_path, body, params={"uploadId": upload_id})
    assert answer.status_code == 400
    assert _text(answer, "Code") in ("MalformedXML", "InvalidPartOrder")


def test_a_document_type_in_another_encoding_is_no_way_in(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    etag = _part(bucket, upload_id, 1, b"abc")["ETag"].strip('"')
    part = f"<Part><PartNumber>&e;</PartNumber><ETag>{etag}</ETag></Part>"
    text = f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "1">]><x>{part}</x>'
    params = {"uploadId": upload_id}
    answer = bucket.send("POST", bucket.session.media_path, text.encode("utf-16"), params=params)
    assert (answer.status_code, _text(answer, "Code")) == (400, "MalformedXML")


def test_quoted_and_unquoted_etags_and_namespaces_are_understood(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    etag = _part(bucket, upload_id, 1, b"abc")["ETag"].strip('"')
    quoted = f"<ETag>&quot;{etag.upper()}&quot;</ETag>"
    part = f"<Part>{quoted}<ChecksumCRC32>x</ChecksumCRC32><PartNumber>1</PartNumber></Part>"
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    body = f'<?xml version="1.0"?><CompleteMultipartUpload xmlns="{space}">{part}</CompleteMultipartUpload>'
    answer = bucket.send("POST", bucket.session.media_path, body.encode(), params={"uploadId": upload_id})
    assert answer.status_code == 200


@pytest.mark.parametrize("number", ["0", "10001", "-1", "x", "", "1e3", "٣", "99999999999"])
def test_a_part_number_out_of_range_is_refused(bucket: Bucket, number: str) -> None:
    answer = _part(bucket, _begin(bucket), number, b"x")
    assert answer.status_code == 400
    assert not ObjectPart.objects.exists()


@pytest.mark.parametrize("upload_id", ["", "x", "0" * 32, "../../etc"])
def test_an_unknown_upload_id_is_no_such_upload(bucket: Bucket, upload_id: str) -> None:
    for answer in (_part(bucket, upload_id, 1, b"x"), _complete(bucket, upload_id, [(1, "x")])):
        assert (answer.status_code, _text(answer, "Code")) == (404, "NoSuchUpload")


def test_listings_show_what_a_resuming_client_needs(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    etag = _part(bucket, upload_id, 2, b"abc")["ETag"]
    found = bucket.send("GET", "/", params={"uploads": "", "prefix": bucket.session.media_path[1:]})
    assert (_text(found, "Upload/Key"), _text(found, "Upload/UploadId")) == (bucket.session.media_path[1:], upload_id)
    assert _text(found, "IsTruncated") == "false"
    parts = bucket.send("GET", bucket.session.media_path, params={"uploadId": upload_id})
    shown = (_text(parts, "Part/PartNumber"), _text(parts, "Part/ETag"), _text(parts, "Part/Size"))
    assert shown == ("2", etag, "3")


def test_parts_are_listed_in_pages(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    _send_all(bucket, upload_id, [b"x"] * 5)
    seen: list[str] = []
    marker = "0"
    while True:
        params = {"uploadId": upload_id, "max-parts": "2", "part-number-marker": marker}
        page = ElementTree.fromstring(bucket.send("GET", bucket.session.media_path, params=params).content)
        seen += [part.text or "" for part in page.findall("Part/PartNumber")]
        marker = page.findtext("NextPartNumberMarker") or ""
        if page.findtext("IsTruncated") == "false":
            break
    assert seen == ["1", "2", "3", "4", "5"]


def test_an_aborted_upload_is_gone_with_its_bytes(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    _part(bucket, upload_id, 1, b"x")
    abort = {"uploadId": upload_id}
    assert bucket.send("DELETE", bucket.session.media_path, params=abort).status_code == 204
    assert bucket.send("DELETE", bucket.session.media_path, params=abort).status_code == 404
    assert not list(scratch().glob("*.object"))
    listing = bucket.send("GET", "/", params={"uploads": ""})
    assert upload_id not in listing.content.decode()


def test_a_completed_upload_is_not_listed_nor_aborted(bucket: Bucket) -> None:
    upload_id = _begin(bucket)
    _complete(bucket, upload_id, _send_all(bucket, upload_id, [b"x"]))
    assert upload_id not in bucket.send("GET", "/", params={"uploads": ""}).content.decode()
    assert bucket.send("DELETE", bucket.session.media_path, params={"uploadId": upload_id}).status_code == 404


def test_a_committed_session_takes_no_more_bytes(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, b"12345")
    uploads.commit(upload_id=Upload.objects.get().pk)
    for answer in (
        bucket.send("PUT", bucket.session.media_path, b"other"),
        bucket.send("POST", bucket.session.media_path, params={"uploads": ""}),
    ):
        assert (answer.status_code, _text(answer, "Code")) == (403, "AccessDenied")
    assert storage().size(Media.objects.get().storage_key) == 5


def test_abandoned_sessions_are_swept_up(bucket: Bucket, open_for: Callable[..., Session]) -> None:
    upload_id = _begin(bucket)
    _part(bucket, upload_id, 1, b"x")
    bucket.send("PUT", bucket.session.cover_path, b"cover")
    collect_garbage()
    assert len(list(scratch().glob("*.object"))) == 2, "a session under way keeps its bytes"
    Upload.objects.update(expires_at="2020-01-01T00:00:00Z")
    collect_garbage()
    assert not list(scratch().iterdir())
    assert not MultipartUpload.objects.exists()


def test_a_disk_that_fails_while_parts_are_joined_keeps_the_parts(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = _begin(bucket)
    parts = _send_all(bucket, upload_id, [b"a" * MIB, b"b"])
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _no_space)
        assert _complete(bucket, upload_id, parts).status_code == 500
    assert len(list(scratch().glob("*.object"))) == 2
    assert _complete(bucket, upload_id, parts).status_code == 200


def _no_space(descriptor: int) -> None:
    raise OSError(28, "No space left on device")
