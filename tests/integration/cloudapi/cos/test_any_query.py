"""Whatever a client adds to a request that would change something, and this store doesn't know: nothing is changed."""

import hashlib
import os
import random
import string
from typing import Any
from xml.etree import ElementTree

import pytest

from media_jobs.models import MultipartUpload, ObjectPart, StoredObject
from media_jobs.store.received import object_path
from tests.integration.cloudapi.cos.conftest import Bucket

pytestmark = pytest.mark.django_db
REQUESTS = int(os.environ.get("ZOETROPE_OBJECT_QUERIES", "300"))
DATA = bytes(range(256)) * 100
SUB_RESOURCES = (
    *("acl", "append", "position", "delete", "restore", "select", "select-type", "tagging", "versions", "versioning"),
    *("versionId", "cors", "policy", "lifecycle", "website", "logging", "inventory", "replication", "encryption"),
    *("accelerate", "domain", "origin", "referer", "location", "retention", "legal-hold", "object-lock", "torrent"),
    *("attributes", "renameObject", "annotation", "intelligent-tiering", "metrics", "notification", "list-type", "x"),
    *("ci-process", "imageMogr2", "response-content-type", "max-keys", "prefix", "marker", "sign", "symlink", "meta"),
)
HEADERS = (
    *("x-cos-copy-source", "x-amz-copy-source", "x-cos-copy-source-range", "x-amz-copy-source-range", "content-range"),
    *("x-amz-rename-source", "x-amz-write-offset-bytes", "x-cos-forbid-overwrite", "x-cos-grant-read", "x-cos-mfa"),
    *("x-cos-server-side-encryption", "x-amz-server-side-encryption-customer-key", "x-cos-callback", "if-none-match"),
    *("x-cos-acl", "x-cos-storage-class", "x-amz-object-lock-mode", "pic-operations", "x-cos-mime-limit", "if-match"),
)


def _word(choice: random.Random) -> str:
    return "".join(choice.choices(string.printable[:95] + "é\0\x7f中", k=choice.randint(1, 12)))


def _strange(choice: random.Random) -> tuple[dict[str, str], dict[str, str]]:
    """Parameters and headers that no request for bytes has: one at least."""
    params: dict[str, str] = {}
    headers: dict[str, str] = {}
    for _ in range(choice.randint(1, 3)):
        value = choice.choice(["", "1", "elsewhere/key", "public-read", "x" * 50])
        kind = choice.random()
        if kind < 0.5:
            params[_cased(choice, choice.choice(SUB_RESOURCES))] = value
        elif kind < 0.7:
            params["?" + _word(choice)] = value
        elif kind < 0.9:
            headers[choice.choice(HEADERS)] = value or "true"
        else:
            headers[f"x-cos-{choice.choice(string.ascii_lowercase)}{choice.randint(0, 99)}"] = value
    return params, headers


def _cased(choice: random.Random, name: str) -> str:
    return name.upper() if choice.random() < 0.1 else name


def test_no_query_and_no_header_harms_an_upload_under_way(bucket: Bucket) -> None:
    path, choice = bucket.session.media_path, random.Random(12)
    bucket.send("PUT", path, DATA)
    begun = bucket.send("POST", path, params={"uploads": ""})
    upload_id = ElementTree.fromstring(begun.content).findtext("UploadId") or ""
    part = {"partNumber": "1", "uploadId": upload_id}
    bucket.send("PUT", path, DATA, params=part)
    before = _everything()
    changing: list[tuple[str, str, dict[str, str]]] = [
        *(
            ("PUT", path, {}),
            ("PUT", path, part),
            ("POST", path, {"uploadId": upload_id}),
            ("POST", path, {"uploads": ""}),
        ),
        *(("DELETE", path, {"uploadId": upload_id}), ("DELETE", path, {}), ("POST", path, {}), ("GET", path, {})),
        *(("POST", "/", {}), ("PUT", "/", {}), ("DELETE", "/", {}), ("GET", "/", {}), ("HEAD", path, {})),
    ]
    answers: dict[int, int] = {}
    for number in range(REQUESTS):
        method, where, own = changing[number % len(changing)]
        params, headers = _strange(choice)
        body = (
            choice.choice([b"", b"x", b"<Tagging/>", b"<AccessControlPolicy/>"]) if method in ("PUT", "POST") else b""
        )
        answer = bucket.send(method, where, body, params={**own, **params}, headers=headers)
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        assert _everything() == before, (method, where, own, params, headers)
        assert answer.status_code < 500 or answer.status_code == 501
    assert hashlib.sha256(DATA * 2).digest() == hashlib.sha256(_bytes()).digest()
    assert answers[501] > REQUESTS / 2, answers


def _everything() -> list[Any]:
    """Each write makes a file of its own, so names that stay are bytes that stay."""
    rows: list[Any] = [*StoredObject.objects.values_list("name", "size", "etag", "file")]
    rows += ObjectPart.objects.values_list("number", "size", "etag", "file")
    return rows + list(MultipartUpload.objects.values_list("pk", "etag"))


def _bytes() -> bytes:
    rows = (StoredObject.objects.get(), ObjectPart.objects.get())
    return b"".join(object_path(row.file).read_bytes() for row in rows)
