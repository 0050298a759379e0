"""Applications, regions, usage, what a key may do, by the real Python SDK (docs/protocol 2.7, docs/console.md 12)."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone
from tencentcloud.common.credential import Credential
from tencentcloud.vod.v20180717.vod_client import VodClient

from applications.errors import InvalidValue
from applications.models import ApiKey, Application, AuditEntry, User
from applications.services.applications import create_application
from applications.services.keys import issue_api_key, restrict_api_key
from media_jobs.models import AnimatedImage, Media
from media_jobs.structures import iso
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
Sdk = Callable[..., VodClient]


def test_an_application_is_made_and_worked_in_by_the_same_key(call: Call, application: Application) -> None:
    sub = call("CreateSubAppId", Name="Sub", Description="d").SubAppId
    found = {one.SubAppId: one for one in call("DescribeSubAppIds").SubAppIdInfoSet}
    assert found.keys() == {application.app_id, sub}
    assert (found[sub].Name, found[sub].Description, found[sub].Status) == ("Sub", "d", "On")
    definition = call("CreateAnimatedGraphicsTemplate", SubAppId=sub, Fps=5).Definition
    in_sub = call("DescribeAnimatedGraphicsTemplates", SubAppId=sub, Type="Custom").AnimatedGraphicsTemplateSet
    assert [one.Definition for one in in_sub] == [definition]
    assert call("DescribeAnimatedGraphicsTemplates", SubAppId=0, Type="Custom").TotalCount == 0


def test_an_application_is_renamed_switched_off_and_on(call: Call, refused: Callable[..., str]) -> None:
    sub = call("CreateSubAppId", Name="Sub").SubAppId
    call("ModifySubAppIdInfo", SubAppId=sub, Name="New", Description="x")
    assert call("DescribeSubAppIds", Name="New").SubAppIdInfoSet[0].Description == "x"
    call("ModifySubAppIdStatus", SubAppId=sub, Status="Off")
    assert refused("SearchMedia", SubAppId=sub) == "FailedOperation.InvalidVodUser"
    call("ModifySubAppIdStatus", SubAppId=sub, Status="On")
    assert call("SearchMedia", SubAppId=sub).TotalCount == 0
    assert refused("ModifySubAppIdStatus", SubAppId=sub, Status="Paused") == "InvalidParameterValue"


def test_an_application_is_terminated_and_taken_back(call: Call, refused: Callable[..., str]) -> None:
    sub = call("CreateSubAppId", Name="Sub").SubAppId

    def status() -> str:
        return str(call("DescribeSubAppIds", Name="Sub").SubAppIdInfoSet[0].Status)

    assert refused("ModifySubAppIdStatus", SubAppId=sub, Status="Destroyed") == "FailedOperation"
    call("ModifySubAppIdStatus", SubAppId=sub, Status="Off")
    call("ModifySubAppIdStatus", SubAppId=sub, Status="Destroyed")
    assert status() == "Destroying"
    assert refused("SearchMedia", SubAppId=sub) == "FailedOperation.InvalidVodUser"
    assert refused("CreateAnimatedGraphicsTemplate", SubAppId=sub, Fps=5) == "FailedOperation.InvalidVodUser"
    assert refused("ModifySubAppIdStatus", SubAppId=sub, Status="On") == "FailedOperation"
    assert refused("ModifySubAppIdInfo", SubAppId=sub, Name="n") == "FailedOperation"
    call("ModifySubAppIdStatus", SubAppId=sub, Status="Off")
    assert status() == "Off"
    told = AuditEntry.objects.filter(application__app_id=sub, action="ModifySubAppIdStatus")
    assert [entry.subject.rpartition("=")[2] for entry in told] == ["Off", "Destroyed", "Off"]


def test_applications_have_their_rules(
    call: Call, refused: Callable[..., str], application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused("CreateSubAppId", Name="n" * 41) == "InvalidParameterValue.Name"
    assert refused("CreateSubAppId", Name="n", Description="d" * 301) == "InvalidParameterValue.Description"
    assert refused("CreateSubAppId", Name="n", Mode="fileid+path") == "InvalidParameterValue"
    assert refused("ModifySubAppIdInfo", SubAppId=application.app_id, Name="n") == "FailedOperation"
    assert refused("ModifySubAppIdInfo", SubAppId=7, Name="n") == "InvalidParameterValue.SubAppId"
    assert refused("ModifySubAppIdInfo", Name="n") == "MissingParameter"
    monkeypatch.setattr("applications.services.applications.MAX_APPLICATIONS", 1)
    call("CreateSubAppId", Name="one")
    assert refused("CreateSubAppId", Name="two") == "LimitExceeded"
    assert refused("ModifySubAppIdStatus", SubAppId=application.app_id, Status="Off") == "FailedOperation"


def test_there_is_one_region(call: Call, refused: Callable[..., str], settings: LazySettings) -> None:
    (region,) = call("DescribeStorageRegions").StorageRegionInfos
    assert (region.Region, region.IsDefault, region.Status) == (settings.ZOETROPE_REGION, True, "opened")
    call("ModifyDefaultStorageRegion", StorageRegion=region.Region)
    code = refused("ModifyDefaultStorageRegion", StorageRegion="ap-elsewhere")
    assert code == "InvalidParameterValue.StorageRegion"


def test_usage_counts_animated_images_by_day(
    call: Call,
    refused: Callable[..., str],
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    upload_clip(procedure=procedure.name)
    run_jobs()
    gif = AnimatedImage.objects.get(container="gif")
    AnimatedImage.objects.filter(pk=gif.pk).update(created_at=timezone.now() - timedelta(days=1))
    span = {"StartTime": iso(timezone.now() - timedelta(days=2)), "EndTime": iso(timezone.now())}
    (usage,) = call("DescribeMediaProcessUsageData", **span).MediaProcessDataSet
    assert usage.TaskType == "AnimatedGraphics"
    assert [(item.Count, item.Usage) for item in usage.Summary] == [(1, 2), (1, 1)]
    assert [(one.Specification, len(one.Data)) for one in usage.Details] == [("gif", 1), ("webp", 1)]
    assert call("DescribeMediaProcessUsageData", Type="Transcoding", **span).MediaProcessDataSet == []
    backwards = {"StartTime": span["EndTime"], "EndTime": span["StartTime"]}
    assert refused("DescribeMediaProcessUsageData", **backwards) == "InvalidParameterValue.EndTime"


# --- What a key may do ------------------------------------------------------------------------------------------


def test_a_viewers_key_reads_and_an_operators_does_not_own(
    sdk: Sdk, call: Call, refused: Callable[..., str], application: Application, viewer: User, operator: User
) -> None:
    views = sdk(key=issue_api_key(user=viewer, application=application)[0])
    works = sdk(key=issue_api_key(user=operator, application=application)[0])
    assert call("DescribeAnimatedGraphicsTemplates", views).TotalCount
    assert refused("CreateAnimatedGraphicsTemplate", views, Fps=1) == "UnauthorizedOperation"
    assert call("CreateAnimatedGraphicsTemplate", works, Fps=1).Definition
    assert refused("CreateSubAppId", works, Name="x") == "UnauthorizedOperation"
    assert call("DescribeSubAppIds", views).TotalCount == 1


def test_a_read_only_key_changes_nothing(
    call: Call, refused: Callable[..., str], api_key: ApiKey, application: Application
) -> None:
    restrict_api_key(key=api_key, access="read-only")
    assert call("DescribeAnimatedGraphicsTemplates").TotalCount
    for action, given in (
        ("CreateAnimatedGraphicsTemplate", {"Fps": 1}),
        ("PullEvents", {}),
        ("ModifySubAppIdStatus", {"SubAppId": application.app_id, "Status": "Off"}),
    ):
        assert refused(action, **given) == "UnauthorizedOperation"


def test_a_custom_policy_allows_two_applications_and_denies_one_action_in_one_of_them(
    call: Call, refused: Callable[..., str], api_key: ApiKey, owner: User, uploaded: Media
) -> None:
    """The documented example (docs/console.md 12)."""
    first, second = uploaded.application, create_application(name="Second", owner=owner)
    third = create_application(name="Third", owner=owner)
    resource = [f"qcs::vod::uin/1:subAppId/{one.app_id}" for one in (first, second)]
    policy = [
        {"effect": "allow", "action": "*", "resource": resource},
        {"effect": "deny", "action": "name/vod:ProcessMedia", "resource": resource[:1]},
    ]
    restrict_api_key(key=api_key, access="custom", policy=policy)
    task = {"AnimatedGraphicTaskSet": [{"Definition": 20000}]}
    assert call("SearchMedia").TotalCount == 1
    assert refused("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=task) == "UnauthorizedOperation"
    in_second = refused("ProcessMedia", SubAppId=second.app_id, FileId=uploaded.file_id, MediaProcessTask=task)
    assert in_second == "InvalidParameterValue.FileId", "allowed there, but it has no such media"
    assert refused("SearchMedia", SubAppId=third.app_id) == "UnauthorizedOperation"


@pytest.mark.parametrize(
    "policy",
    [
        None,
        [],
        "allow",
        [{}],
        [{"effect": "maybe"}],
        [{"effect": "allow", "action": 1}],
        [{"effect": "allow", "action": []}],
        [{"effect": "allow", "resource": "qcs::cvm:::instance/i-1"}],
        [{"effect": "allow"}] * 51,
    ],
)
def test_a_policy_that_is_none_is_refused(api_key: ApiKey, policy: Any) -> None:
    with pytest.raises(InvalidValue):
        restrict_api_key(key=api_key, access="custom", policy=policy)
    with pytest.raises(InvalidValue):
        restrict_api_key(key=api_key, access="some")
    assert ApiKey.objects.get().access == "full"


def test_session_credentials_are_printed_for_a_shell(sdk: Sdk, call: Call, api_key: ApiKey) -> None:
    printed = StringIO()
    call_command("session_credentials", api_key.secret_id, minutes=5, stdout=printed)
    made = dict(line.removeprefix("export TENCENTCLOUD_").split("=", 1) for line in printed.getvalue().splitlines())
    credential = Credential(made["SECRET_ID"], made["SECRET_KEY"], made["TOKEN"])
    assert call("SearchMedia", sdk(credential=credential)).TotalCount == 0
    for refused_call in ((api_key.secret_id, {"minutes": 0}), ("AKIDnone", {})):
        with pytest.raises(CommandError):
            call_command("session_credentials", refused_call[0], **refused_call[1], stdout=printed)
