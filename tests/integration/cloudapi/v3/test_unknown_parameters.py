"""A misspelt parameter is refused by name, instead of making something else than was asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.compatibility import inner_structures
from cloudapi.v3.signature import COMMON
from media_jobs.models import Media, ProcedureTask

pytestmark = pytest.mark.django_db(transaction=True)

TC3, V1 = {"method": "TC3-HMAC-SHA256"}, {"method": "HmacSHA256"}


def _refusal(client: VodClient, action: str, **parameters: Any) -> TencentCloudSDKException:
    with pytest.raises(TencentCloudSDKException) as raised:
        client.call_json(action, parameters)
    return raised.value


@pytest.mark.parametrize("way", [TC3, {**TC3, "verb": "GET"}, V1])
def test_a_misspelt_parameter_is_named_with_the_nearest_known_one(
    sdk: Callable[..., VodClient], uploaded: Media, way: dict[str, str]
) -> None:
    step = {"Definition": 20000, "StartTimeOfset": 1}
    tasks = {"AnimatedGraphicTaskSet": [{"Definition": 20000}, step]}
    refusal = _refusal(sdk(**way), "ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=tasks)
    assert refusal.code == "UnknownParameter"
    assert refusal.message == (
        "There is no MediaProcessTask.AnimatedGraphicTaskSet.1.StartTimeOfset here. Did you mean StartTimeOffset?"
    )
    refusal = _refusal(sdk(**way), "DescribeTasks", status="WAITING", Lmit=1)
    assert refusal.message == (
        "There is no status here. Did you mean Status? There is no Lmit here. Did you mean Limit?"
    )
    assert not ProcedureTask.objects.exists()


def test_common_parameters_may_stand_in_the_body(sdk: Callable[..., VodClient]) -> None:
    common = dict.fromkeys(("Action", "Version", "Region", "Language", "Token", "RequestClient"), "x")
    for way in (TC3, {**TC3, "verb": "GET"}):
        assert sdk(**way).call_json("SearchMedia", {**common, "Limit": 1})["Response"]["TotalCount"] == 0
    assert not [name for action in ACTIONS.values() for name in action.parameters.names & COMMON]


def test_a_setting_lets_unknown_parameters_pass(sdk: Callable[..., VodClient], settings: Any) -> None:
    settings.ZOETROPE_PASS_UNKNOWN_NAMES = True
    assert sdk().call_json("SearchMedia", {"Lmit": 1})["Response"]["TotalCount"] == 0


def test_a_structures_fields_are_those_of_the_sdk() -> None:
    """So that nothing which the cloud knows is called unknown."""
    structures = {one.name: one for action in ACTIONS.values() for one in inner_structures(action.parameters)}
    assert len(structures) >= 7
    for name, structure in structures.items():
        wire = {attribute.removeprefix("_") for attribute in vars(getattr(models, name)())}
        assert structure.names == wire, name
