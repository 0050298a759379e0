"""Who is turned away: every signature that is not quite right, every key that opens another door."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from applications.models import Application
from cloudapi.cos.credentials import mint
from cloudapi.cos.sessions import Session, begin_session
from media_jobs.models import StoredObject, Upload, UploadCredential
from media_jobs.uploads.services import Wanted
from tests.integration.cloudapi.cos.conftest import Bucket
from tests.integration.cloudapi.cos.signing import as_header, q_sign, v4_headers

pytestmark = pytest.mark.django_db
REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"}


def _code(response: Any) -> str:
    return ElementTree.fromstring(response.content).findtext("Code") or ""


def _assert_refused(response: Any, *codes: str) -> None:
    assert response.status_code == 403
    assert _code(response) in (codes or REFUSED)
    assert response["x-cos-request-id"]
    assert not StoredObject.objects.exists()


def _send(bucket: Bucket, items: Mapping[str, str] | str, *, token: str | None = None, body: bytes = b"x") -> Any:
    header = items if isinstance(items, str) else as_header(items)
    token = bucket.session.temporary_key.token if token is None else token
    sent = {"Host": bucket.host, "Authorization": header, "x-cos-security-token": token}
    return bucket.raw("PUT", bucket.session.media_path, body, headers=sent)


def _signed(bucket: Bucket, **more: Any) -> dict[str, str]:
    return q_sign(bucket.session.temporary_key, method="PUT", path=bucket.session.media_path, **more)


@pytest.mark.parametrize(
    "change",
    [
        {"q-signature": ""},
        {"q-signature": "0" * 40},
        {"q-signature": "é" * 40},
        {"q-signature": "A" * 1_000},
        {"q-sign-algorithm": "md5"},
        {"q-sign-algorithm": ""},
        {"q-ak": ""},
        {"q-ak": "AKIDunknown"},
        {"q-sign-time": ""},
        {"q-sign-time": "1;2"},
        {"q-sign-time": "x;y"},
        {"q-sign-time": "99999999999999999999;1"},
        {"q-key-time": "1;2"},
        {"q-key-time": "0;99999999999"},
        {"q-header-list": "host"},
        {"q-header-list": "x-never-sent"},
        {"q-url-param-list": "uploads"},
    ],
)
def test_a_changed_signature_opens_nothing(bucket: Bucket, change: dict[str, str]) -> None:
    _assert_refused(_send(bucket, _signed(bucket) | change))


@pytest.mark.parametrize("missing", ["q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-signature"])
def test_a_signature_without_one_of_its_parts_opens_nothing(bucket: Bucket, missing: str) -> None:
    items = {name: value for name, value in _signed(bucket).items() if name != missing}
    _assert_refused(_send(bucket, items))


@pytest.mark.parametrize("header", ["", "q-sign-algorithm=", "Basic eDp5", "AWS4-HMAC-SHA256 x", "q-ak", "a" * 5_000])
def test_a_header_that_is_no_signature_opens_nothing(bucket: Bucket, header: str) -> None:
    _assert_refused(_send(bucket, header))


@pytest.mark.parametrize(("start", "end"), [(-1000, -1), (301 + 5, 1000)])
def test_a_signature_outside_its_time_has_expired(bucket: Bucket, start: int, end: int) -> None:
    answer = _send(bucket, _signed(bucket, start=start, end=end))
    _assert_refused(answer, "AccessDenied")
    assert "Request has expired" in answer.content.decode()


def test_a_clock_that_is_a_little_ahead_is_tolerated(bucket: Bucket) -> None:
    assert _send(bucket, _signed(bucket, start=200, end=1000)).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_the_token_must_be_the_key_s_own(bucket: Bucket, token: str) -> None:
    _assert_refused(_send(bucket, _signed(bucket), token=token), "InvalidAccessKeyId")


def test_the_token_of_another_key_does_not_open_this_one(bucket: Bucket, open_for: Callable[..., Session]) -> None:
    other = open_for().temporary_key
    _assert_refused(_send(bucket, _signed(bucket), token=other.token), "InvalidAccessKeyId")


def test_a_right_signature_with_another_secret_opens_nothing(bucket: Bucket) -> None:
    key = dataclasses.replace(bucket.session.temporary_key, secret_key="guessed")
    items = q_sign(key, method="PUT", path=bucket.session.media_path)
    _assert_refused(_send(bucket, items), "SignatureDoesNotMatch")


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_signature_for_another_method_opens_nothing(bucket: Bucket, method: str) -> None:
    items = q_sign(bucket.session.temporary_key, method=method, path=bucket.session.media_path)
    _assert_refused(_send(bucket, items), "SignatureDoesNotMatch")


def test_a_signature_for_another_path_opens_nothing(bucket: Bucket) -> None:
    items = q_sign(bucket.session.temporary_key, method="PUT", path=bucket.session.cover_path)
    _assert_refused(_send(bucket, items), "SignatureDoesNotMatch")


def test_a_signed_header_must_arrive_as_signed(bucket: Bucket) -> None:
    items = _signed(bucket, headers={"content-length": "1000"})
    _assert_refused(_send(bucket, items, body=b"x"), "SignatureDoesNotMatch")


def test_an_expired_key_opens_nothing(bucket: Bucket) -> None:
    UploadCredential.objects.update(expires_at="2020-01-01T00:00:00Z")
    _assert_refused(_send(bucket, _signed(bucket)), "InvalidAccessKeyId")


def test_every_key_of_a_session_stays_good_beside_a_newer_one(bucket: Bucket) -> None:
    mint(Upload.objects.get())
    assert _send(bucket, _signed(bucket)).status_code == 200


PATHS = [
    "/{other}/media.mp4",
    "/{own}/other.mp4",
    "/{own}/media.mp4/",
    "/{own}/media.mp4.exe",
    "/{own}/MEDIA.MP4",
    "/{own}/../{other}/media.mp4",
    "/{own}/%2e%2e/{other}/media.mp4",
    "/{own}//media.mp4",
    "//{own}/media.mp4",
    "/{own}/cover.jpg",
    "/{own}/seg/0.ts",
    "/{own}/",
    "/{own}",
    "/media.mp4",
    "/etc/passwd",
    "/{own}/media.mp4\0",
]


@pytest.mark.parametrize("pattern", PATHS)
@pytest.mark.parametrize("method", ["PUT", "GET", "HEAD"])
def test_a_key_opens_only_its_session_s_own_objects(
    bucket: Bucket, open_for: Callable[..., Session], pattern: str, method: str
) -> None:
    path = pattern.format(own=bucket.session.key, other=open_for().key)
    answer = bucket.send(method, path, b"x")
    assert answer.status_code == 403
    assert not StoredObject.objects.exists()


def test_a_key_opens_no_other_application_s_bucket(bucket: Bucket, other_application: Application) -> None:
    theirs = begin_session(application=other_application, wanted=Wanted(name="a.mp4", by_objects=True), door="api3")
    for session in (theirs, dataclasses.replace(bucket.session, bucket=theirs.bucket)):
        foreign = Bucket(dataclasses.replace(session, temporary_key=bucket.session.temporary_key), Client())
        _assert_refused(foreign.send("PUT", foreign.session.media_path, b"x"), "AccessDenied")


def test_listings_show_a_session_only_itself(bucket: Bucket, open_for: Callable[..., Session]) -> None:
    other = Bucket(open_for(), Client())
    other.send("POST", other.session.media_path, params={"uploads": ""})
    other.send("PUT", other.session.media_path, b"x")
    for params in ({"uploads": ""}, {"prefix": ""}, {"uploads": "", "prefix": other.session.key}):
        assert other.session.key not in bucket.send("GET", "/", params=params).content.decode().partition("Upload>")[2]


def test_another_session_s_upload_id_is_no_such_upload(bucket: Bucket, open_for: Callable[..., Session]) -> None:
    other = Bucket(open_for(), Client())
    begun = other.send("POST", other.session.media_path, params={"uploads": ""})
    upload_id = ElementTree.fromstring(begun.content).findtext("UploadId") or ""
    params = {"partNumber": "1", "uploadId": upload_id}
    answer = bucket.send("PUT", bucket.session.media_path, b"x", params=params)
    assert (answer.status_code, _code(answer)) == (404, "NoSuchUpload")


@pytest.mark.parametrize(
    "change",
    [
        {"x-amz-date": "20200101T000000Z"},
        {"x-amz-date": "now"},
        {"x-amz-security-token": "x"},
        {"x-amz-content-sha256": "0" * 64},
        {"authorization": "AWS4-HMAC-SHA256 Credential=AKID/20200101/s3/s3/aws4_request, SignedHeaders=, Signature="},
    ],
)
def test_a_changed_sigv4_request_opens_nothing(bucket: Bucket, change: dict[str, str]) -> None:
    key, path = bucket.session.temporary_key, bucket.session.media_path
    headers = v4_headers(key, method="PUT", path=path, host=bucket.host, payload="UNSIGNED-PAYLOAD")
    _assert_refused(bucket.raw("PUT", path, b"x", headers={"Host": bucket.host, **headers, **change}))


def test_a_sigv4_signature_must_cover_the_host(bucket: Bucket) -> None:
    key, path = bucket.session.temporary_key, bucket.session.media_path
    headers = v4_headers(key, method="PUT", path=path, host="elsewhere.example", payload="UNSIGNED-PAYLOAD")
    _assert_refused(bucket.raw("PUT", path, b"x", headers={"Host": bucket.host, **headers}), "SignatureDoesNotMatch")


def test_secrets_are_not_readable_in_the_database(bucket: Bucket) -> None:
    row = UploadCredential.objects.values().get()
    key = bucket.session.temporary_key
    stored = " ".join(map(str, row.values()))
    assert key.secret_key not in stored
    assert key.token not in stored


@pytest.mark.parametrize(
    ("status", "code", "number"), [("Off", "AccessDenied", 403), ("Destroying", "NoSuchBucket", 404)]
)
def test_a_session_of_an_application_that_is_off_or_terminated_takes_nothing(
    bucket: Bucket, status: str, code: str, number: int
) -> None:
    Application.objects.update(status=status)
    answer = bucket.send("PUT", bucket.session.media_path, b"x")
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.content.decode()) == (number, True)
    assert not StoredObject.objects.exists()
