"""Files that clients put into the bucket themselves, by addresses that are signed here: a real S3 server (moto's)."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
from django.conf import LazySettings
from django.utils import timezone

from applications.models import Application
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import AnimatedImage, Media, Upload
from media_jobs.states import UploadState
from media_jobs.store import storage as storages
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
from media_jobs.uploads import direct
from procedures.models import Procedure
from tests.integration.rest.conftest import Api
from tests.integration.test_storage_s3 import server  # noqa: F401  a fixture

pytestmark = [pytest.mark.xdist_group("moto"), pytest.mark.django_db(transaction=True)]
MIB = 1024 * 1024


@pytest.fixture
def bucket(server: str, settings: LazySettings) -> Iterator[Any]:  # noqa: F811
    """A client of the bucket's server that sees everything."""
    address = f"http://127.0.0.1:{urlsplit(server).port}"
    settings.STORAGE_URL, settings.ZOETROPE_MEDIA_REDIRECT = server, address
    storages.storage.cache_clear()
    keys = {"aws_access_key_id": "AKIDTEST", "aws_secret_access_key": "top/secret+1", "region_name": "us-east-1"}
    yield boto3.client("s3", endpoint_url=address, **keys)
    storages.storage.cache_clear()


def _begin(api: Api, data: bytes, **more: Any) -> dict[str, Any]:
    begun: dict[str, Any] = api.post("direct-uploads", {"filename": "clip.mp4", "length": len(data), **more})
    return begun


def _put(api: Api, begun: dict[str, Any], data: bytes, *, only: int = 0) -> list[dict[str, Any]]:
    """Each part to its address, as any HTTP client does; what the bucket answered."""
    numbers = [only] if only else list(range(1, begun["parts"] + 1))
    put = []
    for part in api.post(f"direct-uploads/{begun['id']}/parts", {"numbers": numbers}, status=200)["parts"]:
        first = (part["number"] - 1) * begun["part_size"]
        answer = httpx.put(part["url"], content=data[first : first + begun["part_size"]], trust_env=False)
        assert answer.status_code == 200, answer.text
        put.append({"number": part["number"], "etag": answer.headers["ETag"]})
    return put


def _under_way(bucket: Any) -> list[str]:
    """Of this test's uploads, the keys of those that the bucket has begun."""
    ours = set(Upload.objects.values_list("storage_key", flat=True))
    return [
        one["Key"] for one in bucket.list_multipart_uploads(Bucket="media").get("Uploads", ()) if one["Key"] in ours
    ]


def test_a_clip_that_goes_to_the_bucket_by_itself_becomes_a_picture(
    as_operator: Api, bucket: Any, clip: Path, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    data = clip.read_bytes()
    begun = _begin(as_operator, data, procedure=procedure.name)
    assert (begun["parts"], begun["there"], begun["file_id"]) == (1, [], None)
    parts = _put(as_operator, begun, data)
    done = as_operator.post(f"direct-uploads/{begun['id']}/complete", {"parts": parts})
    assert done == as_operator.post(f"direct-uploads/{begun['id']}/complete"), "repeated after a lost answer"
    media = Media.objects.get()
    assert (done["file_id"], media.size, media.waits_on) == (media.file_id, len(data), "")
    with storage().open(media.storage_key) as file:
        assert file.read() == data
    assert not [path for path in scratch().iterdir() if path.is_file() and path.suffix != ".lock"]
    run_jobs()
    assert AnimatedImage.objects.exists()
    assert as_operator.get(f"direct-uploads/{begun['id']}")["file_id"] == media.file_id
    assert Upload.objects.get().bucket_upload == ""


def test_an_upload_in_parts_goes_on_where_it_was(as_operator: Api, bucket: Any) -> None:
    data = os.urandom(34 * MIB)
    begun = _begin(as_operator, data)
    assert (begun["part_size"], begun["parts"]) == (16 * MIB, 3)
    _put(as_operator, begun, data, only=3)
    early = as_operator("POST", f"direct-uploads/{begun['id']}/complete")
    assert (early.status_code, early.json()["detail"]) == (409, "Part 1 has not arrived; 2 are missing.")
    there = as_operator.get(f"direct-uploads/{begun['id']}")["there"]
    assert [(part["number"], part["size"]) for part in there] == [(3, 2 * MIB)]
    for number in (1, 2):
        _put(as_operator, begun, data, only=number)
    as_operator.post(f"direct-uploads/{begun['id']}/complete")
    with storage().open(Media.objects.get().storage_key) as file:
        assert file.read() == data


def test_what_is_not_as_it_was_announced_becomes_no_media(as_operator: Api, bucket: Any) -> None:
    data = os.urandom(17 * MIB)
    begun = _begin(as_operator, data)
    parts = _put(as_operator, begun, data)
    wrong = [{"number": 1, "etag": '"0"'}, parts[1]]
    answer = as_operator("POST", f"direct-uploads/{begun['id']}/complete", {"parts": wrong})
    assert (answer.status_code, "ETag" in answer.json()["errors"]["parts"][0]) == (400, True)
    upload = Upload.objects.get()
    key = {"Bucket": "media", "Key": upload.storage_key, "UploadId": upload.bucket_upload}
    bucket.upload_part(PartNumber=2, Body=b"x" * (2 * MIB), **key)
    answer = as_operator("POST", f"direct-uploads/{begun['id']}/complete")
    assert (answer.status_code, "2097152 bytes" in answer.json()["detail"]) == (409, True)
    assert not Media.objects.exists()


def test_an_address_is_for_one_part_of_so_many_bytes_and_its_time(as_operator: Api, bucket: Any) -> None:
    begun = _begin(as_operator, bytes(17 * MIB))
    Upload.objects.update(expires_at=timezone.now() + timedelta(seconds=90))
    (part,) = as_operator.post(f"direct-uploads/{begun['id']}/parts", {"numbers": [2]}, status=200)["parts"]
    said = parse_qs(urlsplit(part["url"]).query)
    assert said["X-Amz-SignedHeaders"] == ["content-length;host"]
    assert said["partNumber"] == ["2"]
    assert int(said["X-Amz-Expires"][0]) <= 90
    for numbers in ([3], [0], [], list(range(1, 1002))):
        assert as_operator("POST", f"direct-uploads/{begun['id']}/parts", {"numbers": numbers}).status_code == 400


def test_what_is_cancelled_or_expires_leaves_nothing_in_the_bucket(as_operator: Api, bucket: Any) -> None:
    data = os.urandom(17 * MIB)
    cancelled, expired = _begin(as_operator, data), _begin(as_operator, data)
    for begun in (cancelled, expired):
        _put(as_operator, begun, data, only=1)
    assert len(_under_way(bucket)) == 2
    assert as_operator("DELETE", f"direct-uploads/{cancelled['id']}").status_code == 204
    assert len(_under_way(bucket)) == 1
    Upload.objects.filter(pk=expired["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    collect_garbage()
    assert _under_way(bucket) == []
    for begun in (cancelled, expired):
        assert as_operator("POST", f"direct-uploads/{begun['id']}/parts", {"numbers": [1]}).status_code == 410
        assert as_operator("POST", f"direct-uploads/{begun['id']}/complete").status_code == 410


def test_one_that_is_cancelled_while_it_is_completed_leaves_nothing(
    as_operator: Api, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = _begin(as_operator, b"12345")
    _put(as_operator, begun, b"12345")
    put_together = direct._put_together

    def then_cancelled(upload: Upload, etags: Any) -> None:
        put_together(upload, etags)
        Upload.objects.update(state=UploadState.ABORTED)

    monkeypatch.setattr(direct, "_put_together", then_cancelled)
    assert as_operator("POST", f"direct-uploads/{begun['id']}/complete").status_code == 410
    assert not storage().exists(Upload.objects.get().storage_key)
    collect_garbage()
    assert not Media.objects.exists()


def test_one_whose_server_died_after_the_bucket_was_told_is_finished(as_operator: Api, bucket: Any) -> None:
    begun = _begin(as_operator, b"12345")
    _put(as_operator, begun, b"12345")
    upload = Upload.objects.get()
    there = list(direct._bucket().parts(upload.storage_key, upload.bucket_upload))
    direct._bucket().complete(upload.storage_key, upload.bucket_upload, there)
    as_operator.post(f"direct-uploads/{begun['id']}/complete")
    assert Media.objects.get().size == 5


def test_a_bucket_that_is_away_is_told_so(as_operator: Api, bucket: Any, settings: LazySettings) -> None:
    begun = _begin(as_operator, b"12345")
    settings.STORAGE_URL = settings.STORAGE_URL.replace("/media?", "/nowhere?")
    storages.storage.cache_clear()
    answer = as_operator("POST", "direct-uploads", {"filename": "clip.mp4", "length": 5})
    assert (answer.status_code, Upload.objects.filter(state=UploadState.OPEN).count()) == (503, 1)
    assert as_operator("DELETE", f"direct-uploads/{begun['id']}").status_code == 204
    assert Upload.objects.get(pk=begun["id"]).bucket_upload, "maintenance goes on with it"


def test_limits_and_quotas_are_those_of_every_upload(
    as_operator: Api, bucket: Any, application: Application, settings: LazySettings
) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 100
    assert as_operator("POST", "direct-uploads", {"filename": "clip.mp4", "length": 101}).status_code == 413
    assert as_operator("POST", "direct-uploads", {"filename": "clip.exe", "length": 10}).status_code == 400
    assert as_operator("POST", "direct-uploads", {"filename": "clip.mp4", "length": 0}).status_code == 400
    settings.ZOETROPE_QUOTA_BYTES = 90
    _begin(as_operator, bytes(80))
    assert as_operator("POST", "direct-uploads", {"filename": "clip.mp4", "length": 20}).json()["errors"]["length"]
    assert len(_under_way(bucket)) == 1


def test_where_clients_reach_no_bucket_it_is_not_offered(as_operator: Api, bucket: Any, settings: LazySettings) -> None:
    settings.ZOETROPE_MEDIA_REDIRECT = ""
    storages.storage.cache_clear()
    answer = as_operator("POST", "direct-uploads", {"filename": "clip.mp4", "length": 5})
    assert (answer.status_code, answer.json()["type"][-16:]) == (409, "DirectNotOffered")
    assert not Upload.objects.exists()


def test_an_upload_by_another_door_is_none_of_these(as_operator: Api, bucket: Any) -> None:
    begun = _begin(as_operator, b"12345")
    Upload.objects.update(door="tus")
    assert as_operator("GET", f"direct-uploads/{begun['id']}").status_code == 404
