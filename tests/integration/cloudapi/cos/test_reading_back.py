"""What a session has put, read back: ranges, conditions, and lists in pages."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from cloudapi.cos.sessions import Session
from media_jobs.models import MultipartUpload, StoredObject
from tests.integration.cloudapi.cos.conftest import Bucket

pytestmark = pytest.mark.django_db
DATA = bytes(range(250))


@pytest.fixture
def put(bucket: Bucket) -> Bucket:
    bucket.send("PUT", bucket.session.media_path, DATA)
    return bucket


def _bytes(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def _code(answer: Any) -> str:
    return ElementTree.fromstring(answer.content).findtext("Code") or ""


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 9),
        ("bytes=100-", 206, 100, 249),
        ("bytes=-10", 206, 240, 249),
        ("bytes=0-", 206, 0, 249),
        ("bytes=240-999999999999999999999", 206, 240, 249),
        ("bytes=-999", 206, 0, 249),
        ("bytes=0-1,5-6", 200, 0, 249),
        ("items=0-1", 200, 0, 249),
        ("bytes=-", 200, 0, 249),
    ],
)
def test_a_range_is_answered_with_that_part(put: Bucket, asked: str, status: int, first: int, last: int) -> None:
    answer = put.send("GET", put.session.media_path, headers={"Range": asked})
    assert (answer.status_code, _bytes(answer)) == (status, DATA[first : last + 1])
    assert answer["Content-Length"] == str(last + 1 - first)
    assert answer.get("Content-Range", "") == (f"bytes {first}-{last}/250" if status == 206 else "")
    assert answer["Accept-Ranges"] == "bytes"
    head = put.send("HEAD", put.session.media_path, headers={"Range": asked})
    assert (head.status_code, head["Content-Length"]) == (status, answer["Content-Length"])


@pytest.mark.parametrize("asked", ["bytes=250-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_the_object_is_refused_in_xml(put: Bucket, asked: str) -> None:
    answer = put.send("GET", put.session.media_path, headers={"Range": asked})
    assert (answer.status_code, _code(answer)) == (416, "InvalidRange")


def test_an_empty_object_is_read_whole(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, b"")
    answer = bucket.send("GET", bucket.session.media_path)
    assert (answer.status_code, answer["Content-Length"], _bytes(answer)) == (200, "0", b"")
    assert bucket.send("GET", bucket.session.media_path, headers={"Range": "bytes=0-"}).status_code == 416


def test_a_range_of_what_has_changed_meanwhile_is_answered_whole(put: Bucket) -> None:
    path = put.session.media_path
    head = put.send("HEAD", path)
    for same in (head["ETag"], head["Last-Modified"]):
        assert put.send("GET", path, headers={"Range": "bytes=0-9", "If-Range": same}).status_code == 206
    other = put.send("GET", path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (other.status_code, _bytes(other)) == (200, DATA)


def test_conditions_are_obeyed_when_reading(put: Bucket) -> None:
    path = put.session.media_path
    head = put.send("HEAD", path)
    unchanged = {"If-None-Match": head["ETag"]}, {"If-Modified-Since": head["Last-Modified"]}
    assert [put.send("GET", path, headers=headers).status_code for headers in unchanged] == [304, 304]
    changed = put.send("GET", path, headers={"If-Match": '"another"'})
    assert (changed.status_code, _code(changed)) == (412, "PreconditionFailed")
    assert put.send("GET", path, headers={"If-Match": head["ETag"]}).status_code == 200


def test_a_file_that_is_gone_is_no_such_key(put: Bucket) -> None:
    StoredObject.objects.update(file="gone.object")
    answer = put.send("GET", put.session.media_path)
    assert (answer.status_code, _code(answer)) == (404, "NoSuchKey")


@pytest.fixture
def segments(open_for: Callable[..., Session]) -> Bucket:
    """A manifest's session with segments in two folders."""
    bucket = Bucket(open_for(name="a.m3u8"), Client())
    for name in ("a/1.ts", "a/2.ts", "b/1.ts", "b ü/1.ts", "c.ts"):
        assert bucket.send("PUT", f"/{bucket.session.key}/{name}", b"x").status_code == 200
    return bucket


def _pages(bucket: Bucket, params: dict[str, str], *, markers: dict[str, str]) -> list[list[str]]:
    """Names on each page. `markers` are the elements to go on with, and the parameters that they become."""
    pages, more = [], {}
    for _ in range(20):
        answer = bucket.send("GET", "/", params=params | more)
        root = ElementTree.fromstring(answer.content)
        found = root.findall("Contents/Key") + root.findall("CommonPrefixes/Prefix")
        pages.append([(element.text or "").removeprefix(f"{bucket.session.key}/") for element in found])
        more = {parameter: root.findtext(element) or "" for element, parameter in markers.items()}
        if root.findtext("IsTruncated") == "false":
            assert not root.findall("NextMarker")
            return pages
    raise AssertionError("the pages never end")


def test_objects_are_listed_in_pages_and_folders(segments: Bucket) -> None:
    marker = {"NextMarker": "marker"}
    every = [["a/1.ts", "a/2.ts"], ["b ü/1.ts", "b/1.ts"], ["c.ts"]]
    assert _pages(segments, {"max-keys": "2"}, markers=marker) == every
    folded = {"prefix": f"{segments.session.key}/", "delimiter": "/", "max-keys": "1"}
    assert _pages(segments, folded, markers=marker) == [["a/"], ["b ü/"], ["b/"], ["c.ts"]]
    within = {"prefix": f"{segments.session.key}/b", "encoding-type": "url"}
    assert _pages(segments, within, markers=marker) == [["b%20%C3%BC/1.ts", "b/1.ts"]]
    assert _pages(segments, {"max-keys": "0"}, markers=marker) == [[]]


def test_uploads_are_listed_in_pages_even_while_they_are_aborted(segments: Bucket) -> None:
    paths = [f"/{segments.session.key}/{name}" for name in ("a/1.ts", "a/1.ts", "a/1.ts", "c.ts")]
    begun = [ElementTree.fromstring(segments.send("POST", path, params={"uploads": ""}).content) for path in paths]
    ids = [answer.findtext("UploadId") or "" for answer in begun]
    seen: list[str] = []
    more = {"key-marker": "", "upload-id-marker": ""}
    for _ in ids:
        root = ElementTree.fromstring(
            segments.send("GET", "/", params={"uploads": "", "max-uploads": "1"} | more).content
        )
        seen += [element.text or "" for element in root.findall("Upload/UploadId")]
        more = {"key-marker": root.findtext("NextKeyMarker") or "", "upload-id-marker": seen[-1]}
        MultipartUpload.objects.filter(pk=seen[0]).delete()
        assert root.findtext("IsTruncated") == ("true" if len(seen) < len(ids) else "false")
    assert seen == ids
    behind = {"uploads": "", "key-marker": paths[0][1:]}
    assert ids[0] not in segments.send("GET", "/", params=behind).content.decode()


@pytest.mark.parametrize(
    "params",
    [
        {"uploads": "", "max-uploads": "-1"},
        {"uploads": "", "max-uploads": "many"},
        {"uploads": "", "encoding-type": "base64"},
        {"max-keys": "9" * 30},
        {"encoding-type": "xml"},
    ],
)
def test_a_page_that_cannot_be_is_refused_and_not_another_one_shown(bucket: Bucket, params: dict[str, str]) -> None:
    answer = bucket.send("GET", "/", params=params)
    assert (answer.status_code, _code(answer)) == (400, "InvalidArgument")


@pytest.mark.parametrize("name", ["max-parts", "part-number-marker"])
def test_a_page_of_parts_that_cannot_be_is_refused(bucket: Bucket, name: str) -> None:
    path = bucket.session.media_path
    begun = ElementTree.fromstring(bucket.send("POST", path, params={"uploads": ""}).content)
    params = {"uploadId": begun.findtext("UploadId") or "", name: "x"}
    answer = bucket.send("GET", path, params=params)
    assert (answer.status_code, _code(answer)) == (400, "InvalidArgument")
