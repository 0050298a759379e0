"""cos-nodejs-sdk-v5 of today and of years ago, unmodified: resuming, reading back, and what isn't offered."""

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer

from cloudapi.cos.sessions import Session
from media_jobs.models import MultipartUpload, ObjectPart, StoredObject
from media_jobs.store.received import object_path
from tests.integration.cloudapi.conftest import PROGRAMS, ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
MIB = 1024 * 1024
TODAY, OLD = "cos-nodejs-sdk-v5", "cos-nodejs-sdk-v5-2.8"
Calls = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def node(live_server: LiveServer, session: Session, settings: LazySettings, tmp_path: Path) -> Calls:
    settings.ZOETROPE_OBJECT_DOMAINS = ["localhost"]

    def run(*calls: tuple[str, dict[str, Any]], package: str = TODAY) -> list[dict[str, Any]]:
        key = session.temporary_key
        asked = {
            "package": package,
            "domain": f"localhost:{live_server.url.rpartition(':')[2]}",
            "key": [key.secret_id, key.secret_key, key.token],
            "bucket": session.bucket,
            "path": session.media_path[1:],
            "calls": calls,
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "NODE_PATH": str(ROOT / "tests/sdk/node_modules"),
            "NODE_NO_WARNINGS": "1",
        }
        command = ["node", str(PROGRAMS / "objects.js"), json.dumps(asked)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path)
        assert done.stdout, done.stderr[-2000:]
        answers: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
        return answers

    return run


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(3 * MIB + 5))
    return path


@pytest.mark.parametrize("package", [TODAY, OLD])
def test_an_upload_with_a_storage_class_goes_on_after_a_reload(node: Calls, large: Path, package: str) -> None:
    begun = node(("multipartInit", {}), package=package)[0]
    file = {"FilePath": str(large), "SliceSize": MIB, "ChunkSize": MIB, "StorageClass": "Standard"}
    ended = node(("sliceUploadFile", file), package=package)[0]
    assert ended.get("UploadId", begun["UploadId"]) == begun["UploadId"], ended
    assert MultipartUpload.objects.count() == 1, "the upload that was there went on"
    assert object_path(StoredObject.objects.get().file).read_bytes() == large.read_bytes()


def test_a_download_in_pieces_is_the_file(node: Calls, large: Path, tmp_path: Path) -> None:
    target = tmp_path / "back"
    down = {"FilePath": str(target), "ChunkSize": MIB, "ParallelLimit": 2}
    up = {"FilePath": str(large), "SliceSize": MIB}
    answers = node(
        ("uploadFile", up), ("headObject", {}), ("downloadFile", down), ("getObject", {"Range": "bytes=5-9"})
    )
    assert answers[1]["headers"]["last-modified"]
    assert answers[2]["statusCode"] == 206, answers[2]
    assert target.read_bytes() == large.read_bytes()
    assert base64.b64decode(answers[3]["Body"]) == large.read_bytes()[5:10]


@pytest.mark.parametrize("package", [TODAY, OLD])
def test_lists_have_what_the_sdk_reads(node: Calls, session: Session, package: str) -> None:
    answers = node(
        ("putObject", {"Body": "12345"}),
        ("multipartInit", {}),
        ("getBucket", {"Prefix": "", "Delimiter": "/"}),
        ("getBucket", {"Prefix": f"{session.key}/"}),
        ("multipartList", {"Prefix": session.media_path[1:], "EncodingType": "url"}),
        package=package,
    )
    assert [folder["Prefix"] for folder in answers[2]["CommonPrefixes"]] == [f"{session.key}/"]
    listed = answers[3]["Contents"][0]
    assert (listed["Size"], listed["StorageClass"], listed["LastModified"][-1]) == ("5", "STANDARD", "Z")
    under_way = answers[4]["Upload"][0]
    assert (under_way["UploadId"], under_way["StorageClass"]) == (answers[1]["UploadId"], "STANDARD")
    assert under_way["Initiator"]["ID"] == under_way["Owner"]["ID"] != ""


@pytest.mark.parametrize("package", [TODAY, OLD])
def test_what_is_not_offered_is_refused_and_harms_nothing(node: Calls, session: Session, package: str) -> None:
    source = f"{session.bucket}.cos.ap-guangzhou.myqcloud.com{session.media_path}"
    begun = node(("putObject", {"Body": "12345"}), ("multipartInit", {}), package=package)[1]
    part = {"UploadId": begun["UploadId"], "PartNumber": 1}
    answers = node(
        ("multipartUpload", {**part, "Body": "12345"}),
        ("putObjectAcl", {"ACL": "private"}),
        ("putObjectTagging", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("getObjectAcl", {}),
        ("getObjectTagging", {}),
        ("getBucketVersioning", {}),
        ("putObjectAcl", {"ACL": "public-read"}),
        ("putObjectCopy", {"CopySource": source}),
        ("uploadPartCopy", {**part, "CopySource": source}),
        *([("appendObject", {"Body": "67", "Position": 5})] if package == TODAY else []),
        ("deleteMultipleObject", {"Objects": [{"Key": session.media_path[1:]}]}),
        ("restoreObject", {"RestoreRequest": {"Days": 1}}),
        ("listObjectVersions", {}),
        package=package,
    )
    assert answers[3]["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert not answers[4]["Tags"]
    assert not answers[5]["VersioningConfiguration"]
    assert [answer.get("statusCode") for answer in answers[:6]] == [200] * 6, answers
    assert [answer.get("code") for answer in answers[6:]] == ["NotImplemented"] * len(answers[6:]), answers
    assert [row.size for row in StoredObject.objects.all()] == [row.size for row in ObjectPart.objects.all()] == [5]
