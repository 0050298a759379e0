"""Every sub-resource of the table in docs/object-upload.md, asked for by three SDKs with the calls that they have.

What is offered is answered without an error, what is refused is NotImplemented; an upload under way stays as it was.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from qcloud_cos import CosS3Client
from qcloud_cos.cos_exception import CosServiceError

from cloudapi.cos.offers import OFFERS, REFUSED
from cloudapi.cos.sessions import Session
from media_jobs.models import ObjectPart, StoredObject
from tests.integration.cloudapi.cos.test_boto3_sdk import client  # noqa: F401  a fixture
from tests.integration.cloudapi.cos.test_cos_sdk import cos  # noqa: F401  a fixture
from tests.integration.cloudapi.cos.test_node_sdk import Calls, node  # noqa: F401  a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
DATA = b"12345"
SQL = {"Expression": "select * from s3object", "ExpressionType": "SQL"}
FORMATS = {"InputSerialization": {"JSON": {"Type": "LINES"}}, "OutputSerialization": {"JSON": {}}}
TAGS = [{"Key": "a", "Value": "b"}]
Ask = tuple[str, dict[str, Any]]  # a method and what it is given beside the bucket and, by an object's, the key

BY_COS: dict[str, Ask] = {
    "GET /?uploads": ("list_multipart_uploads", {}),
    "GET /?acl": ("get_bucket_acl", {}),
    "GET /?location": ("get_bucket_location", {}),
    "GET /?versioning": ("get_bucket_versioning", {}),
    "POST /<key>?uploads": ("create_multipart_upload", {}),
    "PUT /<key>?partNumber&uploadId": ("upload_part", {"PartNumber": 1, "UploadId": "", "Body": DATA}),
    "GET /<key>?uploadId": ("list_parts", {"UploadId": ""}),
    "GET /<key>?acl": ("get_object_acl", {}),
    "PUT /<key>?acl": ("put_object_acl", {"ACL": "private"}),
    "GET /<key>?tagging": ("get_object_tagging", {}),
    "PUT /<key>?tagging": ("put_object_tagging", {"Tagging": {"TagSet": {"Tag": TAGS}}}),
    "DELETE /<key>?tagging": ("delete_object_tagging", {}),
    "POST /<key>?uploadId": ("complete_multipart_upload", {"UploadId": "", "MultipartUpload": {"Part": []}}),
    "DELETE /<key>?uploadId": ("abort_multipart_upload", {"UploadId": ""}),
    "append": ("append_object", {"Position": 5, "Data": b"67"}),
    "cors": ("get_bucket_cors", {}),
    "delete": ("delete_objects", {"Delete": {"Object": [{"Key": "a"}]}}),
    "lifecycle": ("get_bucket_lifecycle", {}),
    "policy": ("get_bucket_policy", {}),
    "position": ("append_object", {"Position": 0, "Data": b"67"}),
    "restore": ("restore_object", {"RestoreRequest": {"Days": 1}}),
    "select": ("select_object_content", {**SQL, **FORMATS}),
    "versionid": ("get_object", {"VersionId": "1"}),
    "versions": ("list_objects_versions", {}),
}
BY_BOTO: dict[str, Ask] = {
    **{name: ask for name, ask in BY_COS.items() if name not in ("append", "position")},  # S3 has none
    "PUT /<key>?tagging": ("put_object_tagging", {"Tagging": {"TagSet": TAGS}}),
    "POST /<key>?uploadId": ("complete_multipart_upload", {"UploadId": "", "MultipartUpload": {"Parts": []}}),
    "delete": ("delete_objects", {"Delete": {"Objects": [{"Key": "a"}]}}),
    "lifecycle": ("get_bucket_lifecycle_configuration", {}),
    "list-type": ("list_objects_v2", {}),  # COS has none
    "versions": ("list_object_versions", {}),
}
BY_NODE: dict[str, Ask] = {
    "GET /?uploads": ("multipartList", {}),
    "GET /?acl": ("getBucketAcl", {}),
    "GET /?location": ("getBucketLocation", {}),
    "GET /?versioning": ("getBucketVersioning", {}),
    "POST /<key>?uploads": ("multipartInit", {}),
    "PUT /<key>?partNumber&uploadId": ("multipartUpload", {"PartNumber": 1, "UploadId": "", "Body": "12345"}),
    "GET /<key>?uploadId": ("multipartListPart", {"UploadId": ""}),
    "GET /<key>?acl": ("getObjectAcl", {}),
    "PUT /<key>?acl": ("putObjectAcl", {"ACL": "private"}),
    "GET /<key>?tagging": ("getObjectTagging", {}),
    "PUT /<key>?tagging": ("putObjectTagging", {"Tags": TAGS}),
    "DELETE /<key>?tagging": ("deleteObjectTagging", {}),
    "POST /<key>?uploadId": ("multipartComplete", {"UploadId": "", "Parts": []}),
    "DELETE /<key>?uploadId": ("multipartAbort", {"UploadId": ""}),
    "append": ("appendObject", {"Position": 5, "Body": "67"}),
    "cors": ("getBucketCors", {}),
    "delete": ("deleteMultipleObject", {"Objects": [{"Key": "a"}]}),
    "lifecycle": ("getBucketLifecycle", {}),
    "policy": ("getBucketPolicy", {}),
    "position": ("appendObject", {"Position": 0, "Body": "67"}),
    "restore": ("restoreObject", {"RestoreRequest": {"Days": 1}}),
    "versionid": ("getObject", {"VersionId": "1"}),
    "versions": ("listObjectVersions", {}),
}
CHANGING = {"PUT /<key>?partNumber&uploadId", "POST /<key>?uploadId", "DELETE /<key>?uploadId"}
# By no call of any SDK alone: a copy goes by a header.
BY_NONE = {"copy"}


def test_each_sub_resource_is_asked_for_by_three_sdks() -> None:
    """Except for what two of them have no call for."""
    offered = {f"{o.method} {o.path}?{'&'.join(o.asked.split())}" for o in OFFERS if o.asked}
    for calls in (BY_COS, BY_BOTO, BY_NODE):
        assert offered <= calls.keys() <= offered | REFUSED.keys()
    asked, known = [set(BY_COS), set(BY_BOTO), set(BY_NODE)], offered | REFUSED.keys() - BY_NONE
    assert set.union(*asked) == known
    assert set.intersection(*asked) == known - {
        "append",
        "position",
        "list-type",
        "select",
    }  # select's answer is no XML to the SDK for Node


def test_cos_python_sdk_v5(cos: Callable[..., CosS3Client], session: Session) -> None:  # noqa: F811
    sdk = cos()

    def ask(method: str, given: dict[str, Any], part: dict[str, Any]) -> str:
        if method == "complete_multipart_upload":
            given = {**given, "MultipartUpload": {"Part": [part]}}
        try:
            getattr(sdk, method)(**given)
        except CosServiceError as error:
            return str(error.get_error_code())
        return ""

    def begin(**where: str) -> str:
        return str(sdk.create_multipart_upload(**where)["UploadId"])

    _each(BY_COS, session, ask, begin=begin, sdk=sdk)


def test_boto3(client: Any, session: Session) -> None:  # noqa: F811
    def ask(method: str, given: dict[str, Any], part: dict[str, Any]) -> str:
        if method == "complete_multipart_upload":
            given = {**given, "MultipartUpload": {"Parts": [part]}}
        try:
            getattr(client, method)(**given)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    def begin(**where: str) -> str:
        return str(client.create_multipart_upload(**where)["UploadId"])

    _each(BY_BOTO, session, ask, begin=begin, sdk=client)


def _each(
    calls: dict[str, Ask],
    session: Session,
    ask: Callable[[str, dict[str, Any], dict[str, Any]], str],
    *,
    begin: Callable[..., str],
    sdk: Any,
) -> None:
    """Each on an upload of its own, of which the first part has come."""
    bucket, key = {"Bucket": session.bucket}, {"Key": session.media_path[1:]}
    sdk.put_object(Body=DATA, **bucket, **key)
    for name, (method, given) in calls.items():
        upload_id = begin(**bucket, **key)
        etag = sdk.upload_part(PartNumber=1, UploadId=upload_id, Body=DATA, **bucket, **key)["ETag"]
        before = _everything()
        wanted = {**bucket, **(key if _is_of_an_object(name) else {}), **given}
        if "UploadId" in wanted:
            wanted["UploadId"] = upload_id
        code = ask(method, wanted, {"PartNumber": 1, "ETag": etag})
        _judge(name, code)
        assert name in CHANGING or _everything() == before, name


def test_cos_nodejs_sdk_v5(node: Calls, session: Session) -> None:  # noqa: F811
    """One program for all that changes nothing, as starting one takes long."""
    begun = node(("putObject", {"Body": "12345"}), *[("multipartInit", {})] * 2)[1:]
    ids = [one["UploadId"] for one in begun]
    part = node(*[("multipartUpload", {"PartNumber": 1, "UploadId": id, "Body": "12345"}) for id in ids])[0]
    before = _everything()
    _by_node(node, {name: ask for name, ask in BY_NODE.items() if name not in CHANGING}, upload_id=ids[0])
    assert _everything() == before
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    _by_node(node, {"PUT /<key>?partNumber&uploadId": BY_NODE["PUT /<key>?partNumber&uploadId"]}, upload_id=ids[0])
    _by_node(node, {"POST /<key>?uploadId": ("multipartComplete", {"UploadId": "", "Parts": parts})}, upload_id=ids[0])
    _by_node(node, {"DELETE /<key>?uploadId": BY_NODE["DELETE /<key>?uploadId"]}, upload_id=ids[1])


def _by_node(node: Calls, calls: dict[str, Ask], *, upload_id: str) -> None:  # noqa: F811
    asked = [
        (method, {**given, **({"UploadId": upload_id} if "UploadId" in given else {})})
        for method, given in calls.values()
    ]
    for name, answer in zip(calls, node(*asked), strict=True):
        _judge(name, str(answer.get("code") or ("" if answer.get("statusCode") else answer)))


def _is_of_an_object(name: str) -> bool:
    """An offer says it; of what is refused, some are of the bucket."""
    return "/<key>" in name or name in ("append", "position", "restore", "select", "versionid")


def _judge(name: str, code: str) -> None:
    assert code == ("NotImplemented" if name in REFUSED else ""), name


def _everything() -> list[tuple[Any, ...]]:
    """Each write makes a file of its own, so names that stay are bytes that stay."""
    objects = StoredObject.objects.values_list("name", "etag", "file")
    return [*objects, *ObjectPart.objects.order_by("pk").values_list("number", "etag", "file")]
