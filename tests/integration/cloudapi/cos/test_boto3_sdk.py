"""boto3, unmodified, with a session's temporary key: AWS Signature Version 4, path style, its own habits."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, FlexibleChecksumError
from pytest_django.live_server_helper import LiveServer

from cloudapi.cos.sessions import Session
from media_jobs.models import ObjectPart, StoredObject
from media_jobs.store.received import object_path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
MIB = 1024 * 1024
IN_PARTS = TransferConfig(multipart_threshold=MIB, multipart_chunksize=5 * MIB, max_concurrency=2)


@pytest.fixture
def client(live_server: LiveServer, session: Session) -> Iterator[Any]:
    key = session.temporary_key
    made = boto3.client(
        "s3",
        endpoint_url=live_server.url,
        region_name=session.region,
        aws_access_key_id=key.secret_id,
        aws_secret_access_key=key.secret_key,
        aws_session_token=key.token,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    yield made
    made.close()


@pytest.fixture
def where(session: Session) -> dict[str, str]:
    return {"Bucket": session.bucket, "Key": session.media_path[1:]}


def test_a_file_goes_in_parts_and_comes_back(client: Any, where: dict[str, str], tmp_path: Path) -> None:
    data, source, target = os.urandom(6 * MIB), tmp_path / "large", tmp_path / "back"
    source.write_bytes(data)
    client.upload_file(str(source), where["Bucket"], where["Key"], Config=IN_PARTS)
    assert object_path(StoredObject.objects.get().file).read_bytes() == data
    client.download_file(where["Bucket"], where["Key"], str(target), Config=IN_PARTS)
    assert target.read_bytes() == data
    ranged = client.get_object(Range="bytes=0-", **where)
    assert (ranged["ContentRange"], ranged["AcceptRanges"]) == (f"bytes 0-{len(data) - 1}/{len(data)}", "bytes")
    assert ranged["Body"].read() == data
    assert client.head_object(**where)["LastModified"] == client.list_objects(Bucket=where["Bucket"])["Contents"][0][
        "LastModified"
    ].replace(microsecond=0)
    for call in ({"IfMatch": '"0"'}, {"Range": f"bytes={len(data)}-"}):
        with pytest.raises(ClientError) as raised:
            client.get_object(**call, **where)
        assert raised.value.response["Error"]["Code"] in ("PreconditionFailed", "InvalidRange")


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_of_its_own_choice_are_checked_both_ways(
    client: Any, where: dict[str, str], tmp_path: Path, algorithm: str
) -> None:
    data, source, name = os.urandom(6 * MIB), tmp_path / "large", f"Checksum{algorithm}"
    source.write_bytes(data)
    client.upload_file(
        str(source), where["Bucket"], where["Key"], ExtraArgs={"ChecksumAlgorithm": algorithm}, Config=IN_PARTS
    )
    assert client.get_object(**where)["Body"].read() == data
    told = client.put_object(Body=data, ChecksumAlgorithm=algorithm, **where)
    assert client.head_object(ChecksumMode="ENABLED", **where)[name] == told[name]
    client.get_object(**where)["Body"].read()
    StoredObject.objects.update(checksums={algorithm.lower(): told[name].swapcase()})
    with pytest.raises(FlexibleChecksumError):
        client.get_object(**where)["Body"].read()


def test_lists_have_what_boto3_reads(client: Any, where: dict[str, str]) -> None:
    client.put_object(Body=b"12345", **where)
    ids = [client.create_multipart_upload(**where)["UploadId"] for _ in range(3)]
    pages = client.get_paginator("list_multipart_uploads").paginate(
        Bucket=where["Bucket"], PaginationConfig={"PageSize": 2}
    )
    found = [upload for page in pages for upload in page["Uploads"]]
    assert [upload["UploadId"] for upload in found] == ids
    assert {upload["StorageClass"] for upload in found} == {"STANDARD"}
    assert all(upload["Initiated"].tzinfo and upload["Initiator"] == upload["Owner"] for upload in found)
    folded = client.list_objects(Bucket=where["Bucket"], Delimiter="/")
    assert folded["CommonPrefixes"] == [{"Prefix": where["Key"].partition("/")[0] + "/"}]
    assert client.head_bucket(Bucket=where["Bucket"])
    assert client.get_bucket_location(Bucket=where["Bucket"])["LocationConstraint"] == "ap-guangzhou"


def test_what_is_not_offered_is_refused_and_harms_nothing(client: Any, where: dict[str, str]) -> None:
    client.put_object(
        Body=b"12345", ACL="private", StorageClass="STANDARD", Metadata={"a": "b"}, Tagging="a=b", **where
    )
    part = {"PartNumber": 1, "UploadId": client.create_multipart_upload(**where)["UploadId"], **where}
    client.upload_part(Body=b"12345", **part)
    client.put_object_acl(ACL="private", **where)
    client.put_object_tagging(Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}, **where)
    grant = client.get_object_acl(**where)["Grants"][0]
    assert (grant["Grantee"]["Type"], grant["Permission"]) == ("CanonicalUser", "FULL_CONTROL")
    assert client.get_object_tagging(**where)["TagSet"] == []
    assert "Status" not in client.get_bucket_versioning(Bucket=where["Bucket"])
    source = {"Bucket": where["Bucket"], "Key": where["Key"]}
    refused: list[Callable[[], object]] = [
        lambda: client.put_object_acl(ACL="public-read", **where),
        lambda: client.copy_object(CopySource=source, **where),
        lambda: client.upload_part_copy(CopySource=source, **part),
        lambda: client.put_object(Body=b"x", IfNoneMatch="*", **where),
        lambda: client.put_object(Body=b"x", StorageClass="GLACIER", **where),
        lambda: client.delete_objects(Bucket=where["Bucket"], Delete={"Objects": [{"Key": where["Key"]}]}),
        lambda: client.put_object_retention(Retention={"Mode": "GOVERNANCE"}, **where),
        lambda: client.get_object_attributes(ObjectAttributes=["ETag"], **where),
        lambda: client.rename_object(RenameSource=where["Key"], **where),
        lambda: client.list_objects_v2(Bucket=where["Bucket"]),
    ]
    for call in refused:
        with pytest.raises(ClientError) as raised:
            call()
        assert raised.value.response["Error"]["Code"] == "NotImplemented"
    assert [row.size for row in (*StoredObject.objects.all(), *ObjectPart.objects.all())] == [5, 5]
