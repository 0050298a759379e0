"""cos-python-sdk-v5, unmodified, with a session's temporary key against a live server."""

import hashlib
import os
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosClientError, CosServiceError

from cloudapi.cos.sessions import Session
from media_jobs.models import Media, ObjectPart, StoredObject, Upload
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


def test_a_download_is_compared_with_the_crc64_that_is_told(
    cos: Callable[..., CosS3Client], where: dict[str, str], tmp_path: Path
) -> None:
    """With EnableCRC the SDK failed for want of x-cos-hash-crc64ecma."""
    source, target = tmp_path / "large", tmp_path / "back"
    source.write_bytes(os.urandom(3 * MIB + 7))
    cos().upload_file(LocalFilePath=str(source), PartSize=1, MAXThread=2, **where)
    cos().download_file(DestFilePath=str(target), PartSize=1, EnableCRC=True, **where)
    assert target.read_bytes() == source.read_bytes()
    StoredObject.objects.update(checksums={"crc64ecma": "AAAAAAAAAAA="})
    with pytest.raises(CosClientError, match="crc of client"):
        cos().download_file(DestFilePath=str(target), PartSize=1, EnableCRC=True, **where)


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


def test_a_download_in_pieces_is_the_file(
    cos: Callable[..., CosS3Client], where: dict[str, str], tmp_path: Path
) -> None:
    data, target = os.urandom(3 * MIB + 1), tmp_path / "back"
    client = cos()
    client.put_object(Body=data, **where)
    client.download_file(DestFilePath=str(target), PartSize=1, MAXThread=2, DumpRecordDir=str(tmp_path), **where)
    assert target.read_bytes() == data
    assert client.get_object(Range="bytes=-7", **where)["Body"].get_raw_stream().read() == data[-7:]
    unchanged = client.head_object(**where)["Last-Modified"]
    with pytest.raises(CosServiceError) as raised:
        client.get_object(IfUnmodifiedSince="Wed, 21 Oct 2015 07:28:00 GMT", **where)
    assert (raised.value.get_status_code(), raised.value.get_error_code()) == (412, "PreconditionFailed")
    assert client.get_object(IfUnmodifiedSince=unchanged, **where)["Content-Length"] == str(len(data))


def test_lists_have_what_the_sdk_and_coscmd_read(cos: Callable[..., CosS3Client], where: dict[str, str]) -> None:
    client, bucket = cos(), where["Bucket"]
    client.put_object(Body=b"12345", **where)
    upload_id = client.create_multipart_upload(**where)["UploadId"]
    folder = where["Key"].partition("/")[0] + "/"
    assert client.list_objects(Bucket=bucket, Delimiter="/")["CommonPrefixes"] == [{"Prefix": folder}]
    listed = client.list_objects(Bucket=bucket, Prefix=folder, Delimiter="/")["Contents"][0]
    assert datetime.strptime(listed["LastModified"], "%Y-%m-%dT%H:%M:%S.%fZ")
    assert (listed["Key"], listed["Size"], listed["StorageClass"]) == (where["Key"], "5", "STANDARD")
    under_way = client.list_multipart_uploads(Bucket=bucket)["Upload"][0]
    assert (under_way["UploadId"], under_way["StorageClass"]) == (upload_id, "STANDARD")
    assert under_way["Initiator"] == under_way["Owner"] == listed["Owner"]
    assert client.list_parts(UploadId=upload_id, **where)["StorageClass"] == "STANDARD"


def test_what_is_not_offered_is_refused_and_harms_nothing(
    cos: Callable[..., CosS3Client], where: dict[str, str]
) -> None:
    client = cos()
    client.put_object(Body=b"12345", ACL="default", StorageClass="STANDARD", Metadata={"x-cos-meta-a": "b"}, **where)
    upload_id = client.create_multipart_upload(**where)["UploadId"]
    part = {"PartNumber": 1, "UploadId": upload_id, **where}
    client.upload_part(Body=b"12345", **part)
    client.put_object_acl(ACL="private", **where)
    client.put_object_tagging(Tagging={"TagSet": {"Tag": [{"Key": "a", "Value": "b"}]}}, **where)
    assert client.get_object_acl(**where)["CannedACL"] == "default"
    assert client.get_object_tagging(**where)["TagSet"] is None
    assert "Status" not in (client.get_bucket_versioning(Bucket=where["Bucket"]) or {})
    source = {"Bucket": where["Bucket"], "Key": where["Key"], "Region": "ap-guangzhou"}
    refused: list[Callable[[], object]] = [
        lambda: client.put_object_acl(ACL="public-read", **where),
        lambda: client.copy_object(CopySource=source, **where),
        lambda: client.upload_part_copy(CopySource=source, **part),
        lambda: client.append_object(Position=5, Data=b"67", **where),
        lambda: client.delete_objects(Bucket=where["Bucket"], Delete={"Object": [{"Key": where["Key"]}]}),
        lambda: client.restore_object(RestoreRequest={"Days": 1}, **where),
        lambda: client.list_objects_versions(Bucket=where["Bucket"]),
        lambda: client.put_object(Body=b"x", ServerSideEncryption="AES256", **where),
    ]
    for call in refused:
        with pytest.raises(CosServiceError) as raised:
            call()
        assert (raised.value.get_status_code(), raised.value.get_error_code()) == (501, "NotImplemented")
    assert _sizes() == [5, 5]


def _sizes() -> list[int]:
    return [row.size for row in (*StoredObject.objects.all(), *ObjectPart.objects.all())]
