"""The ways in which the Python SDK can be told to sign and send (docs/protocol 1.1–1.4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.vod_client import VodClient

from applications.models import ApiKey
from applications.services.sessions import issue_session
from media_jobs.models import Media, ProcedureTask

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
Sdk = Callable[..., VodClient]
STEP = {"Definition": 20001, "StartTimeOffset": 0.5, "EndTimeOffset": 1}


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("method", ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"])
def test_every_way_to_sign_starts_the_same_task(sdk: Sdk, call: Call, uploaded: Media, method: str, verb: str) -> None:
    """Numbers come as text in all but one of them, nested parameters as A.B.0.C."""
    context = "上下文 a&b=c+d/~%"
    client = sdk(method=method, verb=verb)
    given = {"FileId": uploaded.file_id, "SessionContext": context, "TasksPriority": -2}
    answer = call("ProcessMedia", client, MediaProcessTask={"AnimatedGraphicTaskSet": [STEP, STEP]}, **given)
    task = ProcedureTask.objects.get(task_id=answer.TaskId)
    assert (task.session_context, task.priority, task.jobs.count()) == (context, -2, 2)
    assert [(job.definition, job.plan["start"], job.plan["end"]) for job in task.jobs.all()] == [(20001, 0.5, 1)] * 2


@pytest.mark.parametrize("method", ["TC3-HMAC-SHA256", "HmacSHA256"])
def test_session_credentials_work_as_the_clouds_do(sdk: Sdk, call: Call, api_key: ApiKey, method: str) -> None:
    session = issue_session(key=api_key, lifetime=timedelta(minutes=5))
    credential = Credential(session.secret_id, session.secret_key, session.token)
    assert call("SearchMedia", sdk(credential=credential, method=method)).TotalCount == 0


def test_an_unsigned_payload_needs_the_operators_consent(
    sdk: Sdk, call: Call, refused: Callable[..., str], settings: LazySettings
) -> None:
    client = sdk()
    client.profile.unsignedPayload = True
    assert refused("SearchMedia", client) == "AuthFailure.SignatureFailure"
    settings.ZOETROPE_UNSIGNED_PAYLOAD = True
    assert call("SearchMedia", client).TotalCount == 0


def test_wrong_keys_are_told_from_unknown_ones(sdk: Sdk, refused: Callable[..., str], api_key: ApiKey) -> None:
    wrong = sdk(credential=Credential(api_key.secret_id, "wrong"))
    unknown = sdk(credential=Credential("AKIDunknown", "wrong"))
    assert refused("SearchMedia", wrong) == "AuthFailure.SignatureFailure"
    assert refused("SearchMedia", unknown) == "AuthFailure.SecretIdNotFound"


def test_a_scheme_in_the_endpoint_is_explained(api_key: ApiKey, live_server: LiveServer) -> None:
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=live_server.url))
    client = VodClient(Credential(api_key.secret_id, api_key.secret_key), "", profile)
    with pytest.raises(TencentCloudSDKException):
        client.call_json("SearchMedia", {})


def test_the_common_client_calls_by_name(api_key: ApiKey, live_server: LiveServer) -> None:
    http = HttpProfile(protocol="http", endpoint=live_server.url.removeprefix("http://"))
    credential = Credential(api_key.secret_id, api_key.secret_key)
    client = CommonClient("vod", "2018-07-17", credential, "ap-guangzhou", ClientProfile(httpProfile=http))
    assert client.call_json("describeStorageRegions", {})["Response"]["StorageRegionInfos"]
    with pytest.raises(TencentCloudSDKException) as raised:
        client.call_json("ComposeMedia", {})
    assert raised.value.code == "UnsupportedOperation"
    other = CommonClient("vod", "2024-07-18", credential, "ap-guangzhou", ClientProfile(httpProfile=http))
    with pytest.raises(TencentCloudSDKException) as raised:
        other.call_json("SearchMedia", {})
    assert raised.value.code == "NoSuchVersion"


def test_the_rate_limit_has_the_code_that_sdks_retry(
    call: Call, refused: Callable[..., str], settings: LazySettings, time_machine: object
) -> None:
    time_machine.move_to(1_800_000_000.5, tick=False)  # type: ignore[attr-defined]
    settings.ZOETROPE_API_RATE = 1
    call("SearchMedia")
    assert refused("SearchMedia") == "RequestLimitExceeded"
