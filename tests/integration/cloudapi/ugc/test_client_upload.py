"""Prepare, Apply, Commit as a browser sends them: what they answer, and what they refuse."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey, Application, User
from applications.services.keys import issue_api_key, set_api_key_enabled
from cloudapi.cos.addresses import bucket_of
from media_jobs.models import Media, ProcedureTask, Upload
from media_jobs.uploads.objects import put_object
from procedures.models import Procedure
from tests.integration.cloudapi.ugc.conftest import Call
from tests.integration.cloudapi.ugc.sources import source

pytestmark = pytest.mark.django_db
VIDEO = {"videoName": "cat", "videoType": "mp4", "videoSize": 5}


def _put(key: str, *, name: str = "media.mp4", data: bytes = b"12345") -> None:
    upload = Upload.objects.get(pk=key)
    put_object(upload=upload, name=name, source=source(data), length=len(data))


def test_prepare_names_one_region(call: Call, application: Application) -> None:
    regions = call("Prepare")["data"]["cosRegionList"]
    assert [region["domain"].partition(".")[0] for region in regions] == [bucket_of(application)]


def test_apply_answers_what_the_sdk_reads(call: Call, application: Application) -> None:
    answer = call("Apply", **VIDEO, coverName="c", coverType="png", coverSize=3)
    data = answer["data"]
    assert answer["code"] == 0
    assert data["video"]["storagePath"] == f"/{data['vodSessionKey']}/media.mp4"
    assert data["cover"]["storagePath"] == f"/{data['vodSessionKey']}/cover.png"
    assert f"{data['storageBucket']}-{data['storageAppId']}" == bucket_of(application)
    assert data["storageRegionV5"] == data["StorageRegionV5"]
    assert abs(data["timestamp"] - time.time()) < 5
    assert data["tempCertificate"]["expiredTime"] > data["timestamp"]


def test_a_commit_makes_the_media_of_the_signature_s_application(call: Call, api_key: ApiKey) -> None:
    key = call("Apply", **VIDEO)["data"]["vodSessionKey"]
    _put(key)
    first = call("Commit", vodSessionKey=key)
    assert call("Commit", vodSessionKey=key) == first
    media = Media.objects.get()
    assert first["data"]["fileId"] == media.file_id
    assert first["data"]["video"]["url"].endswith(media.storage_key)
    assert (media.name, media.application) == ("cat", api_key.application)


def test_the_signature_s_options_reach_the_media_and_its_task(
    call: Call, signature: Callable[..., str], procedure: Procedure
) -> None:
    options = {"procedure": procedure.name, "sourceContext": "a b&c", "sessionContext": "s", "taskPriority": 3}
    key = call("Apply", **VIDEO, signature=signature(**options))["data"]["vodSessionKey"]
    _put(key)
    call("Commit", vodSessionKey=key)
    task = ProcedureTask.objects.get()
    assert (task.priority, task.session_context) == (3, "s")
    assert task.media is not None
    assert task.media.source_context == "a b&c"


def test_the_expiry_of_the_media_is_kept(call: Call) -> None:
    key = call("Apply", **VIDEO, ExpireTime="2090-01-01T00:00:00Z")["data"]["vodSessionKey"]
    _put(key)
    call("Commit", vodSessionKey=key)
    assert Media.objects.get().expires_at == datetime(2090, 1, 1, tzinfo=UTC)


def test_a_resumed_session_has_the_same_paths_and_a_fresh_key(call: Call) -> None:
    first = call("Apply", **VIDEO, coverType="jpg")["data"]
    again = call("Apply", vodSessionKey=first["vodSessionKey"])["data"]
    for part in ("video", "cover", "vodSessionKey", "storageBucket"):
        assert again[part] == first[part]
    assert again["tempCertificate"]["token"] != first["tempCertificate"]["token"]


def test_a_session_of_another_application_is_as_unknown_as_a_random_one(
    call: Call, other_application: Application, stranger: User
) -> None:
    theirs = issue_api_key(user=stranger, application=other_application)[0]
    key = call("Apply", **VIDEO)["data"]["vodSessionKey"]
    made = _signed_with(theirs)
    for action in ("Apply", "Commit"):
        stolen = call(action, signature=made, vodSessionKey=key)
        random = call(action, signature=made, vodSessionKey="0" * 32)
        assert stolen == random
        assert stolen["code"] == 404


def _signed_with(key: ApiKey) -> str:
    return sign(fresh_fields(secret_id=key.secret_id, now=time.time(), life=60), secret_key=key.secret_key)


def test_the_documented_way_to_sign_is_believed(call: Call, api_key: ApiKey) -> None:
    text = (Path(__file__).parents[4] / "docs/sdk-javascript.md").read_text()
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(code, names)
    made = names["upload_signature"](api_key.secret_id, api_key.secret_key, sourceContext="ä b&c", oneTimeValid=1)
    assert call("Apply", **VIDEO, signature=made)["code"] == 0
    assert Upload.objects.get().source_context == "ä b&c"


def test_a_one_time_signature_opens_one_request(call: Call, signature: Callable[..., str]) -> None:
    once = signature(oneTimeValid=1)
    assert call("Apply", **VIDEO, signature=once)["code"] == 0
    assert call("Apply", **VIDEO, signature=once)["code"] == 10004


def test_a_refused_request_does_not_use_a_one_time_signature_up(call: Call, signature: Callable[..., str]) -> None:
    once = signature(oneTimeValid=1)
    assert call("Apply", videoType="exe", signature=once)["code"] == 400
    assert call("Apply", **VIDEO, signature=once)["code"] == 0


@pytest.mark.parametrize("bad", ["", "x", "AAAA", "ÿ" * 40, 5, None, {}, ["a"], "A" * 20_000])
def test_a_signature_that_is_none_is_refused(call: Call, bad: object) -> None:
    assert call("Apply", **VIDEO, signature=bad)["code"] in (400, 10004)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("times", [{"life": -1}, {"life": 7_776_001}, {"now": 1, "life": 60}])
def test_a_signature_outside_its_life_is_refused(
    call: Call, signature: Callable[..., str], times: dict[str, int]
) -> None:
    assert call("Apply", **VIDEO, signature=signature(**times))["code"] == 10004


def test_a_disabled_key_s_signatures_are_refused(call: Call, api_key: ApiKey) -> None:
    set_api_key_enabled(key=api_key, enabled=False)
    assert call("Apply", **VIDEO)["code"] == 10004


@pytest.mark.parametrize(
    "fields", [{"procedure": "nowhere"}, {"classId": 77}, {"taskPriority": 11}, {"vodSubAppId": 5}]
)
def test_a_signature_that_asks_for_what_is_not_there_is_refused(
    call: Call, signature: Callable[..., str], fields: dict[str, str | int]
) -> None:
    assert call("Apply", **VIDEO, signature=signature(**fields))["code"] != 0
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"videoType": "exe"},
        {"videoType": ""},
        {"videoType": 5},
        {"videoType": "mp4", "videoSize": -1},
        {"videoType": "mp4", "videoSize": True},
        {"videoType": "mp4", "videoSize": 1e300},
        {"videoType": "mp4", "videoSize": 2**52},
        {"videoType": "mp4", "videoName": "\0"},
        {"videoType": "mp4", "videoName": "\ud800"},
        {"videoType": "mp4", "coverType": "exe"},
        {"videoType": "mp4", "ExpireTime": "tomorrow"},
        {"fileId": "123", "coverType": "png"},
        {"vodSessionKey": "nonsense"},
        {"videoType": "mp4", "ExpireTime": "2020-01-01T00:00:00Z"},
        {"videoType": "mp4", "storageRegion": "ap-elsewhere"},
        {"videoType": "mp4", "viedoName": "cat"},
    ],
)
def test_a_body_that_makes_no_sense_is_refused_with_a_sentence(call: Call, body: dict[str, object]) -> None:
    answer = call("Apply", **body)
    assert answer["code"] in (400, 404, 409, 413)
    assert answer["message"]
    assert not Upload.objects.exists()


def test_committing_what_has_not_arrived_is_refused(call: Call) -> None:
    key = call("Apply", **VIDEO)["data"]["vodSessionKey"]
    assert call("Commit", vodSessionKey=key)["code"] == 409


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000, b" " * 70_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    sent = Client().post("/v3/index.php?Action=ApplyUploadUGC", body, content_type="application/json")
    assert (sent.status_code, sent.json()["code"]) == (200, 400)


@pytest.mark.parametrize("path", ["/", "/v3/index.php", "/v3/index.php?Action=Nonsense", "/x"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_everything_else_on_those_hosts_is_a_json_refusal(path: str, method: str) -> None:
    answer = Client(headers={"Host": "vod2.dnsv1.com"}).generic(method, path, b"{}", "application/json")
    assert answer.status_code == 200
    assert answer.json()["code"] in (400, 404)


def test_a_preflight_is_answered(client: Client) -> None:
    asked = {"Host": "vod2.qcloud.com", "Access-Control-Request-Headers": "content-type", "Origin": "https://a.test"}
    answer = client.options("/v3/index.php?Action=ApplyUploadUGC", headers=asked)
    assert answer["Access-Control-Allow-Headers"] == "content-type"


def test_telemetry_is_swallowed(client: Client) -> None:
    answer = client.post("/ugcupload_new", b"anything", "application/json", headers={"Host": "vodreport.qcloud.com"})
    assert (answer.status_code, answer.content) == (200, b"{}")


def test_a_misspelt_field_of_a_client_upload_is_named(call: Call, signature: Callable[..., str]) -> None:
    answer = call("Apply", **VIDEO, viedoSize=5)
    assert answer["message"] == "There is no viedoSize here. Did you mean videoSize?"
    answer = call("Apply", **VIDEO, signature=signature(proceduer="loops"))
    assert answer["message"] == "In the signature: There is no proceduer here. Did you mean procedure?"
    assert "storageRegion" in call("Apply", **VIDEO, signature=signature(storageRegion="ap-elsewhere"))["message"]
    habits = {"uploadFromWeb": True, "clientReportId": "a", "clientVersion": "1"}
    assert call("Apply", **VIDEO, **habits)["code"] == 0


def test_what_an_address_or_a_body_of_a_client_upload_has_twice_or_needlessly_is_named(
    call: Call, signature: Callable[..., str]
) -> None:
    assert call("Apply", **VIDEO)["code"] == 0
    body = f'{{"signature": "{signature()}", "videoType": "mp4", "videoType": "avi"}}'.encode()
    for query, sent, sentence in (
        ("Action=ApplyUploadUGC&procedure=loops", b"{}", "There is no procedure here."),
        ("Action=ApplyUploadUGC&actoin=x", b"{}", "There is no actoin here. Did you mean Action?"),
        ("Action=ApplyUploadUGC&Action=CommitUploadUGC", b"{}", "Action is given twice."),
        ("Action=ApplyUploadUGC", body, "videoType is given twice."),
    ):
        answer = Client().post(f"/v3/index.php?{query}", sent, content_type="application/json")
        assert answer.json() == {"code": 400, "message": sentence}
    assert Upload.objects.count() == 1


def test_a_type_that_cannot_be_uploaded_is_named(call: Call) -> None:
    assert "it is “exe”" in call("Apply", **{**VIDEO, "videoType": "exe"})["message"]
