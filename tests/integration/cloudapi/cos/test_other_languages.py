"""What the object store's SDKs for Java, Go, PHP and .NET send, and addresses that are signed themselves.

Their requests are made here by hand: which headers and parameters each signs, what it adds, and how it presigns.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.etree import ElementTree

import boto3
import pytest
import time_machine
from botocore.config import Config

from media_jobs.models import MultipartUpload, StoredObject
from tests.integration.cloudapi.cos.conftest import Bucket
from tests.integration.cloudapi.cos.signing import as_header, q_sign

pytestmark = pytest.mark.django_db
PARTS = [bytes(range(256)) * 4096, b"the last one"]
MD5 = base64.b64encode(hashlib.md5(PARTS[0]).digest()).decode()
# By language: what it adds to a request (told apart by whether it has a body), and which headers of all it signs.
ADDED: dict[str, tuple[dict[str, str], dict[str, str], frozenset[str]]] = {
    "Java": (
        {"User-Agent": "cos-java-sdk-v5.6.227", "x-cos-sdk-log-debug": "off", "Connection": "Keep-Alive"},
        {"Content-Type": "application/octet-stream"},
        frozenset({"host", "content-type", "content-length", "range", "if-match"}),
    ),
    "Go": (
        {"User-Agent": "cos-go-sdk-v5/0.7.69", "X-Cos-Sdk-Retry": "true", "Accept-Encoding": "gzip"},
        {},
        frozenset({"host", "content-length", "content-type", "content-md5", "range", "if-match", "x-cos-sdk-retry"}),
    ),
    "PHP": (
        {"User-Agent": "cos-php-sdk-v5.2.6.16"},
        {"Expect": "100-Continue", "Content-MD5": "…"},
        frozenset({"host", "content-length", "content-md5", "expect", "range", "if-match"}),
    ),
    ".NET": (
        {"User-Agent": "cos-net-sdk.5.4.44.0"},
        {"Content-Type": "application/octet-stream", "Content-MD5": "…"},
        frozenset({"host", "content-type", "content-md5"}),
    ),
}


@pytest.fixture(params=ADDED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Sdk:
    """Sends as the SDK of `language` does; all query parameters are signed, the token never is."""

    def __init__(self, bucket: Bucket, language: str) -> None:
        self.bucket, self.path = bucket, bucket.session.media_path
        self.always, self.with_body, self.signed = ADDED[language]

    def __call__(self, method: str, path: str, body: bytes = b"", params: Mapping[str, str] = {}, **more: str) -> Any:
        key = self.bucket.session.temporary_key
        sent = {"Host": self.bucket.host, **self.always, **{name.replace("_", "-"): more[name] for name in more}}
        if body:
            md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
            sent |= {name: md5 if name == "Content-MD5" else text for name, text in self.with_body.items()}
        if body or method in ("PUT", "POST"):
            sent["Content-Length"] = str(len(body))
        signed = {name: text for name, text in sent.items() if name.lower() in self.signed}
        items = q_sign(key, method=method, path=path, params=params, headers=signed)
        del sent["Host"]
        answer = self.bucket.client.generic(
            method,
            quote(path) + (f"?{urlencode(params)}" if params else ""),
            body,
            sent.pop("Content-Type", ""),
            headers={"Host": self.bucket.host, "Authorization": as_header(items), "x-cos-security-token": key.token}
            | {name: text for name, text in sent.items() if name != "Content-Length"},
            CONTENT_LENGTH=sent.get("Content-Length", ""),
        )
        assert answer["x-cos-request-id"]
        return answer


@pytest.fixture
def sdk(bucket: Bucket, language: str) -> Sdk:
    return Sdk(bucket, language)


def test_a_file_goes_whole_and_is_read_back(sdk: Sdk) -> None:
    put = sdk("PUT", sdk.path, PARTS[0])
    assert (put.status_code, put["ETag"]) == (200, f'"{hashlib.md5(PARTS[0]).hexdigest()}"'), put.content
    head = sdk("HEAD", sdk.path)
    assert head["x-cos-hash-crc64ecma"] == put["x-cos-hash-crc64ecma"]  # Java and Go compare it with their own
    part = sdk("GET", sdk.path, Range="bytes=10-19", If_Match=head["ETag"])
    assert (part.status_code, b"".join(part.streaming_content)) == (206, PARTS[0][10:20])
    assert sdk("HEAD", "/").status_code == 200
    assert StoredObject.objects.get().size == len(PARTS[0])


def test_a_file_goes_in_parts_and_on_after_a_break(sdk: Sdk) -> None:
    """Go and .NET look for what is under way by a prefix, and ask for keys in URL encoding."""
    begun = ElementTree.fromstring(sdk("POST", sdk.path, params={"uploads": ""}).content)
    upload = {"uploadId": begun.findtext("UploadId") or ""}
    assert sdk("PUT", sdk.path, PARTS[0], params={"partNumber": "1", **upload}).status_code == 200
    asked = {"uploads": "", "prefix": sdk.path[1:], "encoding-type": "url", "delimiter": "/", "max-uploads": "1000"}
    there = ElementTree.fromstring(sdk("GET", "/", params=asked).content)
    assert [there.findtext(f"Upload/{name}") for name in ("Key", "UploadId")] == [sdk.path[1:], upload["uploadId"]]
    listed = {"max-parts": "1000", "part-number-marker": "0", "encoding-type": "url", **upload}
    parts = ElementTree.fromstring(sdk("GET", sdk.path, params=listed).content)
    assert parts.findtext("Part/ETag") == f'"{hashlib.md5(PARTS[0]).hexdigest()}"'
    last = sdk("PUT", sdk.path, PARTS[1], params={"partNumber": "2", **upload})
    etags = [parts.findtext("Part/ETag"), last["ETag"]]
    rows = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, etag in enumerate(etags, 1))
    body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
    assert sdk("POST", sdk.path, body, params=upload).status_code == 200
    assert StoredObject.objects.get().size == sum(map(len, PARTS))


def test_uploads_under_way_are_folded_and_found_by_their_prefix(sdk: Sdk) -> None:
    sdk("POST", sdk.path, params={"uploads": ""})
    folder = f"{sdk.bucket.session.key}/"
    folded = ElementTree.fromstring(sdk("GET", "/", params={"uploads": "", "delimiter": "/"}).content)
    assert (folded.findtext("CommonPrefixes/Prefix"), folded.find("Upload")) == (folder, None)
    coded = {"uploads": "", "prefix": folder, "delimiter": "dia", "encoding-type": "url"}
    coded_answer = ElementTree.fromstring(sdk("GET", "/", params=coded).content)
    assert coded_answer.findtext("CommonPrefixes/Prefix") == f"{folder}media"
    other = ElementTree.fromstring(sdk("GET", "/", params={"uploads": "", "prefix": "elsewhere/"}).content)
    assert not other.findall("Upload") + other.findall("CommonPrefixes")


def test_another_body_than_the_md5_says_is_refused(sdk: Sdk) -> None:
    sdk.with_body = {"Content-MD5": "…"}
    assert sdk("PUT", sdk.path, b"first").status_code == 200
    wrong = sdk("PUT", sdk.path, Content_MD5=MD5)
    assert (wrong.status_code, ElementTree.fromstring(wrong.content).findtext("Code")) == (400, "BadDigest")
    assert StoredObject.objects.get().size == 5


CONDITIONS = [
    ({"If-Match": "same"}, 200),
    ({"If-Match": "other"}, 412),
    ({"If-None-Match": "same"}, 304),
    ({"If-None-Match": "other"}, 200),
    ({"If-Modified-Since": "then"}, 304),
    ({"If-Modified-Since": "before"}, 200),
    ({"If-Unmodified-Since": "then"}, 200),
    ({"If-Unmodified-Since": "before"}, 412),
    ({"If-Match": "same", "If-Unmodified-Since": "before"}, 200),
    ({"If-None-Match": "other", "If-Modified-Since": "then"}, 200),
]


@pytest.mark.parametrize(("conditions", "status"), CONDITIONS, ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_condition_on_an_object_under_way_is_obeyed(
    bucket: Bucket, method: str, conditions: dict[str, str], status: int
) -> None:
    etag = bucket.send("PUT", bucket.session.media_path, PARTS[1])["ETag"]
    bucket.send("POST", bucket.session.media_path, params={"uploads": ""})  # and the same once more, in parts
    then = bucket.send("HEAD", bucket.session.media_path)["Last-Modified"]
    said = {"same": etag, "other": '"0"', "then": then, "before": "Thu, 01 Jan 2015 00:00:00 GMT"}
    headers = {name: said[which] for name, which in conditions.items()}
    answer = bucket.send(method, bucket.session.media_path, headers=headers)
    assert answer.status_code == status
    if status == 304:
        assert answer["ETag"] == etag
    assert MultipartUpload.objects.filter(etag="").exists()


def _presigned_together(bucket: Bucket, method: str, params: Mapping[str, str] = {}) -> dict[str, str]:
    """As PHP does: the whole authorization in `sign`, before everything else."""
    key = bucket.session.temporary_key
    signed = q_sign(key, method=method, path=bucket.session.media_path, params=params, headers={"host": bucket.host})
    return {"sign": as_header(signed), **params, "x-cos-security-token": key.token}


def test_an_address_that_is_signed_as_php_does_it_is_good(bucket: Bucket) -> None:
    path, host = bucket.session.media_path, {"Host": bucket.host}
    put = bucket.raw("PUT", path, PARTS[0], params=_presigned_together(bucket, "PUT"), headers=host)
    assert put.status_code == 200, put.content
    got = bucket.raw("GET", path, params=_presigned_together(bucket, "GET"), headers=host)
    assert b"".join(got.streaming_content) == PARTS[0]
    other = bucket.raw("PUT", path, b"other", params=_presigned_together(bucket, "GET"), headers=host)
    assert (other.status_code, ElementTree.fromstring(other.content).findtext("Code")) == (403, "SignatureDoesNotMatch")
    acl = bucket.raw("PUT", path, b"x", params={**_presigned_together(bucket, "PUT"), "nobody": ""}, headers=host)
    assert acl.status_code == 501
    assert StoredObject.objects.get().size == len(PARTS[0])


@pytest.mark.parametrize("style", ["virtual", "path"])
def test_an_address_that_boto3_signs_is_good_for_its_time_and_its_request(bucket: Bucket, style: str) -> None:
    key = bucket.session.temporary_key
    client = boto3.client(
        "s3",
        endpoint_url=f"https://cos.{bucket.session.region}.myqcloud.com",
        region_name=bucket.session.region,
        aws_access_key_id=key.secret_id,
        aws_secret_access_key=key.secret_key,
        aws_session_token=key.token,
        config=Config(signature_version="s3v4", s3={"addressing_style": style}),
    )
    where = {"Bucket": bucket.session.bucket, "Key": bucket.session.media_path[1:]}

    def signed(action: str, *, seconds: int = 300, **more: Any) -> tuple[str, dict[str, str], str]:
        parts = urlsplit(client.generate_presigned_url(action, Params={**where, **more}, ExpiresIn=seconds))
        return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), parts.netloc

    def ask(method: str, address: tuple[str, dict[str, str], str], body: bytes = b"", **more: str) -> Any:
        path, query, host = address
        return bucket.raw(method, path, body, params={**query, **more}, headers={"Host": host})

    put = ask("PUT", signed("put_object"), PARTS[0])
    assert put.status_code == 200, put.content
    assert b"".join(ask("GET", signed("get_object")).streaming_content) == PARTS[0]
    upload = ElementTree.fromstring(ask("POST", signed("create_multipart_upload")).content).findtext("UploadId") or ""
    part = {"UploadId": upload, "PartNumber": 1}
    assert ask("PUT", signed("upload_part", **part), PARTS[1]).status_code == 200
    refused = {
        "SignatureDoesNotMatch": ask("PUT", signed("get_object"), b"other"),
        "InvalidAccessKeyId": ask("GET", signed("get_object"), **{"X-Amz-Security-Token": "another"}),
        "NotImplemented": ask("GET", signed("get_object", ResponseContentType="text/html")),
    }
    path, query, host = signed("put_object")
    longer = query | {"X-Amz-Expires": "604800"}
    refused |= {"AccessDenied": ask("PUT", (path, query | {"X-Amz-Expires": "999999999"}, host), b"x")}
    assert ask("PUT", (path, longer, host), b"x").status_code == 403
    with time_machine.travel(time.time() + 301):
        late = ask("PUT", (path, query, host), b"x")
    assert (late.status_code, ElementTree.fromstring(late.content).findtext("Message")) == (403, "Request has expired")
    for code, answer in refused.items():
        assert ElementTree.fromstring(answer.content).findtext("Code") == code
    assert StoredObject.objects.get().size == len(PARTS[0])
    client.close()


def test_a_signature_s_own_parameters_hide_nothing_where_a_header_signs(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, b"before")
    for name in ("sign", "X-Amz-Expires", "X-Amz-Content-Sha256"):
        answer = bucket.send("PUT", bucket.session.media_path, b"after", params={name: "1"})
        assert answer.status_code == 501, name
    assert StoredObject.objects.get().size == len(b"before")
