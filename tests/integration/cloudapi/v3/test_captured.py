"""Requests that real SDKs once sent (with the key AKIDtest/SKtest): each signature holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_api_key
from tests.integration.cloudapi.v3.signing import FORM, JSON, code, sent

pytestmark = pytest.mark.django_db

FLAT = (
    "FileId=5285&SubAppId=1500000001&MediaProcessTask.AnimatedGraphicTaskSet.0.Definition=20001"
    "&MediaProcessTask.AnimatedGraphicTaskSet.0.StartTimeOffset=2"
    "&MediaProcessTask.AnimatedGraphicTaskSet.0.EndTimeOffset=5.5&SessionContext=%E4%B8%8A%E4%B8%8B%E6%96%87"
)
PYTHON_JSON = (
    rb'{"FileId": "5285", "SubAppId": 1500000001, "MediaProcessTask": {"AnimatedGraphicTaskSet": '
    rb'[{"Definition": 20001, "StartTimeOffset": 2, "EndTimeOffset": 5.5}]}, '
    rb'"SessionContext": "\u4e0a\u4e0b\u6587 a&b=c+d"}'
)
NODE_JSON = (
    '{"FileId":"5285","SubAppId":1500000001,"MediaProcessTask":{"AnimatedGraphicTaskSet":[{"Definition":20001,'
    '"StartTimeOffset":2,"EndTimeOffset":5.5}]},"SessionContext":"上下文 a&b=c+d"}'
).encode()
V1_PYTHON = (
    f"{FLAT}+a%26b%3Dc%2Bd&Action=ProcessMedia&RequestClient=SDK_PYTHON_3.1.194&Nonce=3585099298066615846"
    "&Timestamp=1795326838&Version=2018-07-17&Region=ap-guangzhou&SecretId=AKIDtest&SignatureMethod=HmacSHA1"
    "&Language=en-US&Signature=nw0L8dSMZtZ2W8%2FH8wlmJt%2Fx6OQ%3D"
)
V1_NODE_GET = (
    f"{FLAT}%20a%26b%3Dc%2Bd&Action=ProcessMedia&RequestClient=SDK_NODEJS_4.1.220&Nonce=14013&Timestamp=1795327025"
    "&Version=2018-07-17&SecretId=AKIDtest&Region=ap-guangzhou&SignatureMethod=HmacSHA1"
    "&Signature=7s4XlcLD30m2tYEwHHHrEobutwk%3D"
)
V1_VOD_NODE_SDK = (
    "MediaType=mp4&MediaName=small&CoverType=png&Procedure=LongVideoPreset&SessionContext=%E4%B8%8A%E4%B8%8B%E6%96%87"
    "%20a%26b&SubAppId=1500000001&Action=ApplyUpload&RequestClient=SDK_NODEJS_3.0.270&Nonce=26283"
    "&Timestamp=1795326983&Version=2018-07-17&Language=en-US&SecretId=AKIDtest&Region=ap-guangzhou"
    "&SignatureMethod=HmacSHA256&Signature=kG56ifnq7ELxagwLXt0sIE2%2FDQH%2ByNng07AOyB8WccA%3D"
)


@dataclass(frozen=True)
class Captured:
    host: str
    at: int
    method: str = "POST"
    query: str = ""
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def tc3(scope: str, signature: str, *, at: int) -> dict[str, str]:
    return {
        "X-TC-Action": "ProcessMedia",
        "X-TC-Version": "2018-07-17",
        "X-TC-Timestamp": str(at),
        "X-TC-Region": "ap-guangzhou",
        "Authorization": f"TC3-HMAC-SHA256 Credential=AKIDtest/2026-11-22/{scope}/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={signature}",
    }


CAPTURED = {
    "#0 Python, JSON": Captured(
        "127.0.0.1:18080",
        1795326838,
        body=PYTHON_JSON,
        headers=tc3("vod", "5c2af5b0b77921b82e54d879c8f1e5b63bbd21e75f7ce6f101edbba2715ab25d", at=1795326838),
    ),
    "#2 Python, GET": Captured(
        "127.0.0.1:18080",
        1795326838,
        method="GET",
        query=f"{FLAT}+a%26b%3Dc%2Bd",
        content_type=FORM,
        headers=tc3("vod", "0f743f4099ecf148a5af79fcf64dd84329a5b7bd7f5bdb0fe4b0a8a5a298142c", at=1795326838),
    ),
    "#3 Python, form": Captured("127.0.0.1:18080", 1795326838, body=V1_PYTHON.encode(), content_type=FORM),
    "#135 vod-node-sdk": Captured(
        "vod.tencentcloudapi.com", 1795326983, body=V1_VOD_NODE_SDK.encode(), content_type=FORM
    ),
    "#154 Node, service 127": Captured(
        "127.0.0.1:18080",
        1795327024,
        body=NODE_JSON,
        headers=tc3("127", "678a11b6044a0fa80a4965ae58104265f8c0a5a2142beb75cd9c04d59cc5d2e1", at=1795327024),
    ),
    "#157 Node, query": Captured("127.0.0.1:18080", 1795327025, method="GET", query=V1_NODE_GET, content_type=FORM),
    "#158 Node, service localhost:18080": Captured(
        "localhost:18080",
        1795327024,
        body=NODE_JSON,
        headers=tc3(
            "localhost:18080", "d84e148c86ad89cee3c3030af3841a18fab07145222dc34a212acdd5186d9f30", at=1795327024
        ),
    ),
}


@pytest.mark.parametrize("captured", CAPTURED.values(), ids=CAPTURED)
def test_a_captured_request_is_let_in(
    owner: User, application: Application, client: Client, time_machine: object, captured: Captured
) -> None:
    """It gets as far as the media and the flow that it names, which aren't there."""
    key, _ = issue_api_key(user=owner, application=application, secret_id="AKIDtest", secret_key="SKtest")
    assert ApiKey.objects.get() == key
    time_machine.move_to(datetime.fromtimestamp(captured.at, UTC))  # type: ignore[attr-defined]
    response = sent(
        client,
        method=captured.method,
        path=f"/?{captured.query}" if captured.query else "/",
        body=captured.body,
        content_type=captured.content_type,
        headers={"Host": captured.host, **captured.headers},
    )
    assert code(response) in ("InvalidParameterValue.FileId", "InvalidParameterValue.Procedure")
