"""Sub-resources and headers that this store doesn't have: refused by name, or answered; nothing is harmed."""

import hashlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cloudapi.cos.asked_headers import LIMITED, TAKEN
from cloudapi.cos.asked_headers import REFUSED as REFUSED_HEADERS
from cloudapi.cos.offers import OFFERS
from media_jobs.models import MultipartUpload, ObjectPart, StoredObject, Upload
from media_jobs.store.received import object_path
from tests.integration.cloudapi.cos.conftest import Bucket
from tests.integration.cloudapi.cos.signing import as_header, q_sign

pytestmark = pytest.mark.django_db
DATA = bytes(range(256)) * 40
POLICY = b"<AccessControlPolicy><Owner><ID>qcs::cam::uin/1:uin/1</ID></Owner></AccessControlPolicy>"
TAGGING = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"


def _code(answer: Any) -> str:
    return ElementTree.fromstring(answer.content).findtext("Code") or ""


def _text(answer: Any, path: str) -> str | None:
    return ElementTree.fromstring(answer.content).findtext(path)


@pytest.fixture
def under_way(bucket: Bucket) -> dict[str, str]:
    """A media that is put, and the same once more on its way in parts. The parameters that name its first part."""
    path = bucket.session.media_path
    bucket.send("PUT", path, DATA)
    upload_id = _text(bucket.send("POST", path, params={"uploads": ""}), "UploadId") or ""
    part = {"partNumber": "1", "uploadId": upload_id}
    assert bucket.send("PUT", path, DATA, params=part).status_code == 200
    return part


def unharmed() -> None:
    """What `under_way` made is as it was, byte by byte, and still under way."""
    assert [row.size for row in StoredObject.objects.all()] == [len(DATA)]
    assert [(row.number, row.size) for row in ObjectPart.objects.all()] == [(1, len(DATA))]
    assert MultipartUpload.objects.filter(etag="").exists()
    for file in (StoredObject.objects.get().file, ObjectPart.objects.get().file):
        assert hashlib.md5(object_path(file).read_bytes()).digest() == hashlib.md5(DATA).digest()


@pytest.mark.parametrize(
    ("params", "body"),
    [
        ({"acl": ""}, b""),
        ({"acl": ""}, POLICY),
        ({"ACL": ""}, POLICY),
        ({"tagging": ""}, TAGGING),
        ({"tagging": ""}, b"no document"),
        ({"partNumber": "1"}, b"x"),
        ({"versionId": "null"}, b"x"),
        ({"retention": ""}, b"<Retention/>"),
        ({"nobody knows": "this"}, b"x"),
    ],
)
def test_a_put_to_a_sub_resource_does_not_replace_the_object(
    bucket: Bucket, under_way: dict[str, str], params: dict[str, str], body: bytes
) -> None:
    answer = bucket.send("PUT", bucket.session.media_path, body, params=params)
    unharmed()
    assert answer.status_code in (200, 400, 501)
    if answer.status_code == 501:
        assert _code(answer) == "NotImplemented"
        assert answer["x-cos-request-id"]


@pytest.mark.parametrize("name", ["x-cos-copy-source", "x-amz-copy-source", "x-cos-copy-source-range"])
def test_a_part_that_is_copied_is_not_replaced_by_nothing(bucket: Bucket, under_way: dict[str, str], name: str) -> None:
    answer = bucket.send("PUT", bucket.session.media_path, params=under_way, headers={name: "elsewhere/key"})
    assert (answer.status_code, _code(answer)) == (501, "NotImplemented")
    unharmed()


def test_a_part_number_that_is_given_twice_is_none(bucket: Bucket, under_way: dict[str, str]) -> None:
    items = q_sign(bucket.session.temporary_key, method="PUT", path=bucket.session.media_path, start=-60, end=900)
    sent = {"Host": bucket.host, "Authorization": as_header(items)}
    sent["x-cos-security-token"] = bucket.session.temporary_key.token
    for twice in ("partNumber=2&partNumber=1", "partNumber=1&PartNumber=2"):
        address = f"{bucket.session.media_path}?uploadId={under_way['uploadId']}&{twice}"
        answer = bucket.client.generic("PUT", address, b"other", "application/octet-stream", headers=sent)
        assert (answer.status_code, _code(answer)) == (400, "InvalidURI")
        assert "given twice" in (_text(answer, "Message") or "")
    unharmed()


REFUSED = [
    ("GET", {"versionId": "1"}),
    ("GET", {"response-content-disposition": "attachment"}),
    ("GET", {"ci-process": "snapshot", "time": "1"}),
    ("GET", {"torrent": ""}),
    ("POST", {"append": "", "position": "0"}),
    ("POST", {"restore": ""}),
    ("POST", {"select": "", "select-type": "2"}),
    ("POST", {"uploads": "", "uploadId": "x"}),
    ("PUT", {"uploads": ""}),
    ("PUT", {"copy": ""}),
    ("DELETE", {"versionId": "1"}),
    ("DELETE", {"acl": ""}),
    ("HEAD", {"uploadId": "x"}),
]


@pytest.mark.parametrize(("method", "params"), REFUSED)
def test_what_is_not_offered_of_an_object_is_refused_by_its_name(
    bucket: Bucket, under_way: dict[str, str], method: str, params: dict[str, str]
) -> None:
    answer = bucket.send(method, bucket.session.media_path, b"<a/>" if method != "GET" else b"", params=params)
    assert answer.status_code == 501
    if method != "HEAD":
        message = _text(answer, "Message") or ""
        assert any(message.startswith(f"?{name.lower()}:") for name in params), message
    unharmed()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("GET", {"versions": ""}),
        ("GET", {"cors": ""}),
        ("GET", {"list-type": "2"}),
        ("GET", {"uploads": "", "max-keys": "1"}),
        ("GET", {"nobody-knows": ""}),
        ("POST", {"delete": ""}),
        ("PUT", {"lifecycle": ""}),
        ("PUT", {"acl": ""}),
        ("DELETE", {"policy": ""}),
        ("HEAD", {"acl": ""}),
    ],
)
def test_what_is_not_offered_of_a_bucket_is_no_list_of_objects(
    bucket: Bucket, under_way: dict[str, str], method: str, params: dict[str, str]
) -> None:
    body = b"<Delete><Object><Key>%b</Key></Object></Delete>" % bucket.session.media_path[1:].encode()
    answer = bucket.send(method, "/", body if method == "POST" else b"", params=params)
    assert answer.status_code == 501
    unharmed()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-cos-acl": "public-read"},
        {"x-cos-grant-read": 'id="1"'},
        {"x-cos-storage-class": "ARCHIVE"},
        {"x-cos-server-side-encryption": "AES256"},
        {"x-cos-server-side-encryption-customer-key": "x"},
        {"x-cos-forbid-overwrite": "true"},
        {"x-cos-callback": "x"},
        {"x-cos-mime-limit": "image/*"},
        {"x-cos-nobody-knows": "x"},
        {"x-amz-nobody-knows": "x"},
        {"x-amz-write-offset-bytes": "10"},
        {"x-amz-checksum-xxhash3": "AAAAAAAAAAA="},
        {"x-amz-sdk-checksum-algorithm": "XXHASH3"},
        {"x-amz-trailer": "x-amz-checksum-xxhash3"},
        {"x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"},
        {"x-ci-process": "x"},
        {"Pic-Operations": "{}"},
        {"Content-Range": "bytes 0-9/100"},
        {"If-None-Match": "*"},
        {"If-Match": '"0"'},
    ],
)
def test_a_header_that_asks_for_more_than_is_offered_is_refused_by_its_name(
    bucket: Bucket, under_way: dict[str, str], headers: dict[str, str]
) -> None:
    for params in ({}, under_way):
        answer = bucket.send("PUT", bucket.session.media_path, b"other", params=params, headers=headers)
        assert (answer.status_code, _code(answer)) == (501, "NotImplemented")
        assert (_text(answer, "Message") or "").startswith(next(iter(headers)).lower())
    unharmed()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-cos-acl": "default", "x-cos-storage-class": "Standard", "x-cos-meta-md5": "x", "x-cos-tagging": "a=b"},
        {"x-amz-acl": "private", "x-amz-storage-class": "STANDARD", "x-amz-meta-a": "b"},
        {"x-cos-sdk-retry": "true", "x-cos-traffic-limit": "819200", "X-Amzn-Trace-Id": "Root=1", "x-cos-acl": ""},
        {"Expect": "100-continue", "Content-Encoding": "identity"},
    ],
)
def test_headers_out_of_habit_hinder_no_upload(bucket: Bucket, headers: dict[str, str]) -> None:
    assert bucket.send("PUT", bucket.session.media_path, DATA, headers=headers).status_code == 200
    assert StoredObject.objects.get().size == len(DATA)


def test_an_access_list_is_not_answered_with_the_video(bucket: Bucket, under_way: dict[str, str]) -> None:
    path = bucket.session.media_path
    for where in ("/", path):
        answer = bucket.send("GET", where, params={"acl": ""})
        assert _text(answer, "AccessControlList/Grant/Permission") == "FULL_CONTROL"
        assert _text(answer, "Owner/ID") == _text(answer, "AccessControlList/Grant/Grantee/ID")
    assert bucket.send("PUT", path, params={"acl": ""}, headers={"x-cos-acl": "private"}).status_code == 200
    public = bucket.send("PUT", path, params={"acl": ""}, headers={"x-cos-acl": "public-read"})
    assert (public.status_code, _code(public)) == (501, "NotImplemented")
    unharmed()


def test_tags_out_of_habit_are_taken_and_versions_are_none(bucket: Bucket, under_way: dict[str, str]) -> None:
    path, tagging = bucket.session.media_path, {"tagging": ""}
    assert bucket.send("PUT", path, TAGGING, params=tagging).status_code == 200
    assert bucket.send("PUT", path, b"<Tagging/>" + b" " * 70_000, params=tagging).status_code == 400
    assert bucket.send("PUT", path, b"<Tagging>" + b"<Tag/>" * 11 + b"</Tagging>", params=tagging).status_code == 400
    assert _text(bucket.send("GET", path, params=tagging), "TagSet") == ""
    assert bucket.send("DELETE", path, params=tagging).status_code == 204
    versions = ElementTree.fromstring(bucket.send("GET", "/", params={"versioning": ""}).content)
    assert (versions.tag, list(versions)) == ("VersioningConfiguration", [])
    assert ElementTree.fromstring(bucket.send("GET", "/", params={"location": ""}).content).text
    unharmed()


def test_an_object_that_is_not_there_has_no_access_list_and_no_tags(bucket: Bucket) -> None:
    for method, name in (("GET", "acl"), ("PUT", "acl"), ("GET", "tagging"), ("PUT", "tagging"), ("DELETE", "tagging")):
        answer = bucket.send(method, bucket.session.media_path, TAGGING, params={name: ""})
        assert (answer.status_code, _code(answer)) == (404, "NoSuchKey")
    assert not StoredObject.objects.exists()
    assert Upload.objects.count() == 1


def test_the_table_in_the_documentation_is_the_one_in_the_code() -> None:
    text = (Path(__file__).parents[4] / "docs/object-upload.md").read_text()
    rows = [
        f"| `{offer.method} {offer.path}{_query(offer.asked)}` | {_code_words(offer.may)} | {offer.does} |"
        for offer in OFFERS
    ]
    rows += [f"| `{'`, `'.join(names.split(', '))}` | {why} |" for names, why in {**TAKEN, **REFUSED_HEADERS}.items()]
    rows += [f"| `{name}` | {' or '.join(sorted(values))}, else 501 |" for name, values in LIMITED.items()]
    assert [row for row in rows if row not in text.splitlines()] == []


def _query(asked: str) -> str:
    return f"?{'&'.join(f'{name}=' if name[-2:] in ('Id', 'er') else name for name in asked.split())}" if asked else ""


def _code_words(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split())
