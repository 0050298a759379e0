"""The real Python SDK, unmodified, against a live server."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django.live_server_helper import LiveServer
from qcloud_cos import CosConfig, CosS3Client
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from applications.models import ApiKey

Call = Callable[..., Any]


@pytest.fixture
def sdk(live_server: LiveServer, api_key: ApiKey) -> Callable[..., VodClient]:
    """Makes a VodClient of a key and a profile; without arguments as a program would have it."""

    def client(
        *,
        key: ApiKey = api_key,
        method: str = "TC3-HMAC-SHA256",
        verb: str = "POST",
        token: str | None = None,
        credential: Credential | None = None,
    ) -> VodClient:
        credential = credential or Credential(key.secret_id, key.secret_key, token)
        http = HttpProfile(protocol="http", endpoint=live_server.url.removeprefix("http://"), reqMethod=verb)
        return VodClient(credential, "ap-guangzhou", ClientProfile(signMethod=method, httpProfile=http))

    return client


@pytest.fixture
def call(sdk: Callable[..., VodClient]) -> Call:
    """`call("DescribeTasks", Limit=1)`: the SDK's own request and response classes."""

    def do(action: str, client: VodClient | None = None, **parameters: Any) -> Any:
        request = getattr(models, f"{action}Request")()
        request._deserialize(parameters)
        return getattr(client or sdk(), action)(request)

    return do


@pytest.fixture
def put(live_server: LiveServer) -> Callable[..., None]:
    """Send an object by cos-python-sdk, with a session's {bucket, region, keys}."""

    def send(session: dict[str, Any], path: str, data: bytes) -> None:
        address = urlsplit(live_server.url)
        secret_id, secret_key, token = session["keys"]
        config = CosConfig(
            Region=session["region"],
            SecretId=secret_id,
            SecretKey=secret_key,
            Token=token,
            Scheme="http",
            IP=address.hostname,
            Port=address.port,
        )
        CosS3Client(config).put_object(Bucket=session["bucket"], Key=path.removeprefix("/"), Body=data)

    return send


@pytest.fixture
def refused(call: Call) -> Callable[..., str]:
    """The code that an action is refused with."""

    def do(action: str, client: VodClient | None = None, **parameters: Any) -> str:
        with pytest.raises(TencentCloudSDKException) as raised:
            call(action, client, **parameters)
        assert raised.value.requestId, "every answer has a RequestId"
        return str(raised.value.code)

    return do
