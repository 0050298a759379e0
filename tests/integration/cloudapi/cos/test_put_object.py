"""One whole object: what is accepted, what is refused and how it is said."""

import base64
import hashlib
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from django.conf import LazySettings

from cloudapi.cos.sessions import Session
from media_jobs.models import StoredObject, Upload
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from tests.integration.cloudapi.cos.conftest import Bucket
from tests.integration.cloudapi.cos.signing import q_sign, v4_headers

pytestmark = pytest.mark.django_db
DATA = bytes(range(256)) * 50


def _error(response: object) -> str:
    return ElementTree.fromstring(response.content).findtext("Code") or ""  # type: ignore[attr-defined]


def test_a_put_is_answered_with_the_md5_as_etag_and_a_request_id(bucket: Bucket) -> None:
    answer = bucket.send("PUT", bucket.session.media_path, DATA)
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{hashlib.md5(DATA).hexdigest()}"'
    assert answer["x-cos-request-id"]
    assert "ETag" in answer["Access-Control-Expose-Headers"]


def test_a_committed_put_is_the_media(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, DATA)
    media = uploads.commit(upload_id=Upload.objects.get().pk)
    with storage().open(media.storage_key) as file:
        assert file.read() == DATA
    assert media.size == len(DATA)


def test_the_last_put_before_commit_wins(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, b"first")
    bucket.send("PUT", bucket.session.media_path, DATA)
    media = uploads.commit(upload_id=Upload.objects.get().pk)
    with storage().open(media.storage_key) as file:
        assert file.read() == DATA


def test_the_cover_becomes_the_poster(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, DATA)
    bucket.send("PUT", bucket.session.cover_path, b"\x89PNG picture")
    media = uploads.commit(upload_id=Upload.objects.get().pk)
    assert media.poster_key.endswith("/v.png")
    with storage().open(media.poster_key) as file:
        assert file.read() == b"\x89PNG picture"


@pytest.mark.django_db(transaction=True)
def test_commit_leaves_nothing_in_the_scratch_folder(bucket: Bucket) -> None:
    bucket.send("PUT", bucket.session.media_path, DATA)
    bucket.send("PUT", bucket.session.cover_path, b"\x89PNG picture")
    uploads.commit(upload_id=Upload.objects.get().pk)
    assert not StoredObject.objects.exists()
    assert not list(scratch().iterdir())


@pytest.mark.parametrize(("length", "status"), [(16, 200), (17, 400)])
def test_a_checksum_that_does_not_fit_is_refused(bucket: Bucket, length: int, status: int) -> None:
    digest = base64.b64encode(hashlib.md5(b"x" * 16).digest()).decode()
    headers = {"Content-MD5": digest}
    answer = bucket.send("PUT", bucket.session.media_path, b"x" * length, headers=headers)
    assert answer.status_code == status
    if status == 400:
        assert _error(answer) == "BadDigest"
        assert not StoredObject.objects.exists()
        assert not list(scratch().glob("*.object"))


def test_a_checksum_that_is_none_is_refused(bucket: Bucket) -> None:
    answer = bucket.send("PUT", bucket.session.media_path, DATA, headers={"Content-MD5": "?"})
    assert (answer.status_code, _error(answer)) == (400, "InvalidDigest")


def test_a_presigned_address_works(bucket: Bucket) -> None:
    key = bucket.session.temporary_key
    path = bucket.session.media_path
    params = q_sign(key, method="PUT", path=path) | {"x-cos-security-token": key.token}
    assert bucket.raw("PUT", path, DATA, params=params, headers={"Host": bucket.host}).status_code == 200


@pytest.mark.parametrize("with_port", [True, False])
def test_the_host_may_be_signed_with_or_without_its_port(bucket: Bucket, with_port: bool) -> None:
    key, path = bucket.session.temporary_key, bucket.session.media_path
    host = f"{bucket.host}:8443"
    items = q_sign(key, method="PUT", path=path, headers={"host": host if with_port else bucket.host})
    headers = {"Host": host, "x-cos-security-token": key.token}
    authorization = "&".join(f"{name}={value}" for name, value in items.items())
    answer = bucket.raw("PUT", path, DATA, headers={**headers, "Authorization": authorization})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["{bucket}.cos.ap-guangzhou.tencentcos.cn", "{bucket}.cos.example.com", "COS.example.com"]
)
def test_every_host_name_of_the_bucket_answers(bucket: Bucket, settings: LazySettings, host: str) -> None:
    settings.ZOETROPE_OBJECT_DOMAINS = ["cos.example.com"]
    name = host.format(bucket=bucket.session.bucket)
    assert bucket.send("PUT", bucket.session.media_path, DATA, headers={"Host": name}).status_code == 200


@pytest.mark.parametrize("signed_with_bucket", [True, False])
def test_path_style_works_on_the_console_s_own_host(bucket: Bucket, signed_with_bucket: bool) -> None:
    key, path = bucket.session.temporary_key, bucket.session.media_path
    full = f"/{bucket.session.bucket}{path}"
    items = q_sign(key, method="PUT", path=full if signed_with_bucket else path)
    authorization = "&".join(f"{name}={value}" for name, value in items.items())
    headers = {"Host": "localhost", "Authorization": authorization, "x-cos-security-token": key.token}
    assert bucket.raw("PUT", full, DATA, headers=headers).status_code == 200


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", hashlib.sha256(DATA).hexdigest()])
def test_the_sigv4_form_works(bucket: Bucket, payload: str) -> None:
    path = bucket.session.media_path
    headers = v4_headers(bucket.session.temporary_key, method="PUT", path=path, host=bucket.host, payload=payload)
    assert bucket.raw("PUT", path, DATA, headers={"Host": bucket.host, **headers}).status_code == 200


def test_a_sigv4_payload_must_be_the_signed_one(bucket: Bucket) -> None:
    path = bucket.session.media_path
    payload = hashlib.sha256(b"another").hexdigest()
    headers = v4_headers(bucket.session.temporary_key, method="PUT", path=path, host=bucket.host, payload=payload)
    answer = bucket.raw("PUT", path, DATA, headers={"Host": bucket.host, **headers})
    assert (answer.status_code, _error(answer)) == (400, "BadDigest")


def test_a_put_object_can_be_asked_for_and_read_back(bucket: Bucket) -> None:
    path = bucket.session.media_path
    assert bucket.send("HEAD", path).status_code == 404
    bucket.send("PUT", path, DATA)
    head = bucket.send("HEAD", path)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(DATA)))
    got = bucket.send("GET", path)
    assert b"".join(got.streaming_content) == DATA
    listing = bucket.send("GET", "/", params={"prefix": path[1:]})
    assert ElementTree.fromstring(listing.content).findtext("Contents/Key") == path[1:]


def test_a_too_large_object_is_refused_before_it_is_read(bucket: Bucket, settings: LazySettings) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 10
    answer = bucket.send("PUT", bucket.session.media_path, DATA)
    assert (answer.status_code, _error(answer)) == (400, "EntityTooLarge")


def test_a_full_disk_is_told_as_such(bucket: Bucket, settings: LazySettings) -> None:
    settings.ZOETROPE_MIN_FREE_BYTES = 2**60
    answer = bucket.send("PUT", bucket.session.media_path, DATA)
    assert (answer.status_code, _error(answer)) == (507, "InsufficientStorage")


def test_a_preflight_is_answered_without_a_signature(bucket: Bucket) -> None:
    asked = {"Host": bucket.host, "Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    asked["Access-Control-Request-Headers"] = "authorization,x-cos-security-token"
    answer = bucket.raw("OPTIONS", bucket.session.media_path, headers=asked)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Headers"] == "authorization,x-cos-security-token"


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "TRACE"])
def test_other_methods_are_refused_in_xml(bucket: Bucket, method: str) -> None:
    answer = bucket.send(method, bucket.session.media_path)
    assert (answer.status_code, _error(answer)) == (405, "MethodNotAllowed")


def test_an_address_with_endless_parameters_is_refused(bucket: Bucket) -> None:
    answer = bucket.raw("GET", "/", params={str(number): "" for number in range(200)}, headers={"Host": bucket.host})
    assert (answer.status_code, _error(answer)) == (400, "InvalidURI")


def test_a_session_holds_so_many_objects_and_no_more(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_jobs.uploads.objects.MAX_OBJECTS", 1)
    assert bucket.send("PUT", bucket.session.media_path, b"1").status_code == 200
    assert bucket.send("PUT", bucket.session.media_path, b"2").status_code == 200
    assert bucket.send("PUT", bucket.session.cover_path, b"3").status_code == 400
    begun = [bucket.send("POST", bucket.session.media_path, params={"uploads": ""}).status_code for _ in range(2)]
    assert begun == [200, 400]


def test_copies_and_form_uploads_are_refused(bucket: Bucket) -> None:
    copied = bucket.send("PUT", bucket.session.media_path, headers={"x-cos-copy-source": "elsewhere/key"})
    assert (copied.status_code, _error(copied)) == (501, "NotImplemented")
    form = bucket.send("POST", bucket.session.media_path, DATA)
    assert (form.status_code, _error(form)) == (501, "NotImplemented")


def test_no_answer_is_ever_a_redirect(bucket: Bucket, open_for: Callable[..., Session], settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/", "/x", "//x", bucket.session.media_path, bucket.session.media_path + "/"):
        for method in ("GET", "PUT", "POST", "HEAD"):
            answer = bucket.raw(method, path, headers={"Host": bucket.host})
            assert answer.status_code == 403
            assert answer["x-cos-request-id"]
