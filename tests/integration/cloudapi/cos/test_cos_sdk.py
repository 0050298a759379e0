"""cos-python-sdk-v5, unmodified, with a session's temporary key against a live server."""

import hashlib
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError

from cloudapi.cos.sessions import Session
from media_jobs.models import Media, ObjectPart, Upload
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
MIB = 1024 * 1024


@pytest.fixture
def cos(live_server: LiveServer, session: Session) -> Callable[..., CosS3Client]:
    """A client of the session's key that asks 127.0.0.1 for the bucket's own host name."""

    def client(**options: Any) -> CosS3Client:
        key = session.temporary_key
        wanted = {"IP": "127.0.0.1", "Port": int(live_server.url.rpartition(":")[2]), "Scheme": "http", **options}
        return CosS3Client(
            CosConfig(
                Region=session.region, SecretId=key.secret_id, SecretKey=key.secret_key, Token=key.token, **wanted
            ),
            retry=0,
        )

    return client


@pytest.fixture
def where(session: Session) -> dict[str, str]:
    return {"Bucket": session.bucket, "Key": session.media_path[1:]}


def _committed() -> bytes:
    media = uploads.commit(upload_id=Upload.objects.get().pk)
    with storage().open(media.storage_key) as file:
        return file.read()


def test_put_head_get(cos: Callable[..., CosS3Client], where: dict[str, str]) -> None:
    answer = cos().put_object(Body=b"x" * 1000, EnableMD5=True, **where)
    assert answer["ETag"] == f'"{hashlib.md5(b"x" * 1000).hexdigest()}"'
    assert cos().head_object(**where)["Content-Length"] == "1000"
    assert cos().get_object(**where)["Body"].get_raw_stream().read() == b"x" * 1000


def test_an_own_domain_needs_no_bucket_in_its_name(
    cos: Callable[..., CosS3Client], where: dict[str, str], live_server: LiveServer, settings: LazySettings
) -> None:
    settings.ZOETROPE_OBJECT_DOMAINS = ["localhost"]
    client = cos(IP=None, Port=None, Domain=live_server.url.removeprefix("http://"))
    client.put_object(Body=b"12345", **where)
    assert _committed() == b"12345"


def test_an_own_endpoint_has_the_bucket_in_front(
    cos: Callable[..., CosS3Client], where: dict[str, str], settings: LazySettings
) -> None:
    settings.ZOETROPE_OBJECT_DOMAINS = ["cos.example.com"]
    cos(Endpoint="cos.example.com").put_object(Body=b"12345", **where)
    assert _committed() == b"12345"


def test_a_large_file_goes_in_parts(cos: Callable[..., CosS3Client], where: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(8 * MIB + 3))
    cos().upload_file(LocalFilePath=str(path), PartSize=1, MAXThread=4, EnableMD5=True, **where)
    assert _committed() == path.read_bytes()


def test_a_killed_upload_goes_on_where_it_was(
    cos: Callable[..., CosS3Client], where: dict[str, str], tmp_path: Path
) -> None:
    data = os.urandom(5 * MIB)
    path = tmp_path / "large"
    path.write_bytes(data)
    upload_id = cos().create_multipart_upload(**where)["UploadId"]
    for number in (4, 2):
        part = data[(number - 1) * MIB : number * MIB]
        cos().upload_part(Body=part, PartNumber=number, UploadId=upload_id, **where)
    first = set(ObjectPart.objects.values_list("number", "file"))
    cos().upload_file(LocalFilePath=str(path), PartSize=1, MAXThread=1, **where)
    assert len(first) == 2
    assert _committed() == data
    assert not list(scratch().iterdir())


def test_uploads_and_parts_are_listed_and_aborted(cos: Callable[..., CosS3Client], where: dict[str, str]) -> None:
    client = cos()
    upload_id = client.create_multipart_upload(**where)["UploadId"]
    client.upload_part(Body=b"abc", PartNumber=7, UploadId=upload_id, **where)
    listed = client.list_multipart_uploads(Bucket=where["Bucket"], Prefix=where["Key"])
    assert [(upload["Key"], upload["UploadId"]) for upload in listed["Upload"]] == [(where["Key"], upload_id)]
    parts = client.list_parts(UploadId=upload_id, **where)["Part"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [("7", "3")]
    client.abort_multipart_upload(UploadId=upload_id, **where)
    assert "Upload" not in client.list_multipart_uploads(Bucket=where["Bucket"], Prefix=where["Key"])


def test_a_presigned_address_takes_a_plain_put(cos: Callable[..., CosS3Client], where: dict[str, str]) -> None:
    client = cos()
    host = f"{where['Bucket']}.cos.{client._conf._region}.myqcloud.com"
    token = {"x-cos-security-token": client._conf._token}
    url = client.get_presigned_url(Method="PUT", Expired=300, Params=token, Headers={"Host": host}, **where)
    answer = requests.put(url, data=b"12345", headers={"Host": host}, timeout=20)
    assert answer.status_code == 200, answer.text
    assert _committed() == b"12345"


def test_errors_are_read_by_the_sdk(cos: Callable[..., CosS3Client], where: dict[str, str]) -> None:
    with pytest.raises(CosServiceError) as raised:
        cos().head_object(Bucket=where["Bucket"], Key=where["Key"])
    assert raised.value.get_status_code() == 404
    with pytest.raises(CosServiceError) as raised:
        cos().put_object(Body=b"x", Bucket=where["Bucket"], Key="elsewhere/media.mp4")
    assert raised.value.get_error_code() == "AccessDenied"
    assert raised.value.get_request_id()
    with pytest.raises(CosServiceError) as raised:
        cos().upload_part(Body=b"x", PartNumber=1, UploadId="0" * 32, **where)
    assert raised.value.get_error_code() == "NoSuchUpload"


def test_twenty_uploads_in_random_part_order_arrive_byte_by_byte(
    cos: Callable[..., CosS3Client], where: dict[str, str]
) -> None:
    """Random order, random repeats with other bytes first, aborted attempts in between."""
    client = cos()
    for _ in range(20):
        pieces = [os.urandom(random.randint(MIB, MIB + 999)) for _ in range(random.randint(1, 3))] + [os.urandom(99)]
        upload_id = client.create_multipart_upload(**where)["UploadId"]
        jobs = [(number, piece) for number, piece in enumerate(pieces, 1)]
        random.shuffle(jobs)
        spoilt = [(number, os.urandom(50)) for number, _ in jobs if random.random() < 0.4]
        for number, piece in spoilt + jobs:
            client.upload_part(Body=piece, PartNumber=number, UploadId=upload_id, **where)
        etags = client.list_parts(UploadId=upload_id, **where)["Part"]
        parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in etags]
        client.complete_multipart_upload(UploadId=upload_id, MultipartUpload={"Part": parts}, **where)
        got = client.get_object(**where)["Body"].get_raw_stream().read()
        assert hashlib.sha256(got).digest() == hashlib.sha256(b"".join(pieces)).digest()
    assert len(list(scratch().glob("*.object"))) == 1
    assert not Media.objects.exists()
