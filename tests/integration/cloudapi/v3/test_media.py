"""Looking at media, finding, changing, forbidding and deleting them by the real Python SDK (docs/protocol 2.7)."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from media_jobs.models import AnimatedImage, Media, MediaTag
from media_jobs.store.storage import storage
from media_jobs.structures import iso
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
GIF = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")


def _found(call: Call, **query: Any) -> list[str]:
    answer = call("SearchMedia", **query)
    assert answer.TotalCount >= len(answer.MediaInfoSet)
    return [media.FileId for media in answer.MediaInfoSet]


def test_a_media_tells_of_itself_and_its_animated_images(
    call: Call, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    answer = call("DescribeMediaInfos", FileIds=[media.file_id, "404", media.file_id])
    assert answer.NotExistFileIdSet == ["404"]
    (info,) = answer.MediaInfoSet
    assert (info.BasicInfo.Name, info.BasicInfo.Type, info.BasicInfo.Status) == ("clip", "mp4", "Normal")
    assert info.BasicInfo.CoverUrl and info.BasicInfo.MediaUrl
    assert (info.MetaData.Width, info.MetaData.Height, info.MetaData.VideoStreamSet[0].Codec) == (320, 180, "h264")
    shown = {item.Url: item.Md5 for item in info.AnimatedGraphicsInfo.AnimatedGraphicsSet}
    assert set(shown.values()) == set(AnimatedImage.objects.values_list("md5", flat=True))
    only = call("DescribeMediaInfos", FileIds=[media.file_id], Filters=["metaData", "transcodeInfo"]).MediaInfoSet[0]
    assert (only.BasicInfo, only.AnimatedGraphicsInfo, only.MetaData.Duration) == (None, None, 3.0)


def test_what_is_asked_of_a_list_has_limits(refused: Callable[..., str]) -> None:
    assert refused("DescribeMediaInfos", FileIds=[]) == "InvalidParameterValue.FileIdsEmpty"
    assert refused("DescribeMediaInfos", FileIds=["1"] * 21) == "InvalidParameterValue.FileIdsTooMany"
    assert refused("DescribeMediaInfos") == "MissingParameter"
    assert refused("SearchMedia", Limit=4999, Offset=2) == "InvalidParameterValue.Limit"
    assert refused("SearchMedia", FileIds=["1"] * 11) == "InvalidParameterValue.FileIds"
    assert refused("SearchMedia", Names=["n" * 101]) == "InvalidParameterValue.Names"
    assert refused("SearchMedia", Text="t" * 65) == "InvalidParameterValue.Text"
    assert refused("SearchMedia", StartTime="now") == "InvalidParameterValue.StartTime"
    assert refused("SearchMedia", Sort={"Field": "Size", "Order": "Asc"}) == "InvalidParameterValue.Sort"


@pytest.fixture
def three(application: Application, upload_clip: Callable[..., Media]) -> dict[str, Media]:
    """beach, 100% pure, b_ach; the beach is tagged and described, b_ach forbidden, the first two a day apart."""
    names = ("beach", "100% pure", "b_ach")
    made = {name: upload_clip(name=f"{name}.mp4") for name in names}
    MediaTag.objects.create(media=made["beach"], name="sea")
    Media.objects.filter(pk=made["beach"].pk).update(
        description="a Day out", created_at=timezone.now() - timedelta(days=1)
    )
    Media.objects.filter(pk=made["b_ach"].pk).update(status="Forbidden")
    return made


QUERIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "everything": ({}, {"beach", "100% pure", "b_ach"}),
    "by part of a name": ({"Names": ["EAC"]}, {"beach"}),
    "by either of two names": ({"Names": ["beach", "pure"]}, {"beach", "100% pure"}),
    "a percent sign is a percent sign": ({"Names": ["%"]}, {"100% pure"}),
    "an underscore is an underscore": ({"Names": ["b_a"]}, {"b_ach"}),
    "a quote finds nothing": ({"Names": ["' OR 1=1 --"]}, set()),
    "by prefix": ({"NamePrefixes": ["b", "x"]}, {"beach", "b_ach"}),
    "by description": ({"Descriptions": ["day"]}, {"beach"}),
    "by tag": ({"Tags": ["sea", "hills"]}, {"beach"}),
    "by part of a tag not": ({"Tags": ["se"]}, set()),
    "by text": ({"Text": "SEA"}, {"beach"}),
    "by status": ({"Status": ["Forbidden"]}, {"b_ach"}),
    "by type": ({"MediaTypes": ["MP4"]}, {"beach", "100% pure", "b_ach"}),
    "by another type": ({"MediaTypes": ["mkv"]}, set()),
    "by source": ({"SourceTypes": ["Upload"], "Names": ["pure"]}, {"100% pure"}),
    "by another source": ({"SourceType": "Record"}, set()),
    "two fields are both asked for": ({"Names": ["ach"], "Status": ["Normal"]}, {"beach"}),
    "not in any class": ({"ClassIds": [0]}, {"beach", "100% pure", "b_ach"}),
    "in a class that isn't there": ({"ClassIds": [99]}, set()),
    "by category": ({"Categories": ["Video", "Image"]}, {"beach", "100% pure", "b_ach"}),
    "by another category": ({"Categories": ["Audio"]}, set()),
}


@pytest.mark.parametrize(("query", "wanted"), QUERIES.values(), ids=QUERIES)
def test_media_are_found(call: Call, three: dict[str, Media], query: dict[str, Any], wanted: set[str]) -> None:
    assert set(_found(call, **query)) == {three[name].file_id for name in wanted}


def test_found_media_are_sorted_paged_and_bounded_by_time(call: Call, three: dict[str, Media]) -> None:
    newest = [three[name].file_id for name in ("b_ach", "100% pure", "beach")]
    assert _found(call) == newest
    assert _found(call, Sort={"Field": "CreateTime", "Order": "Asc"}) == newest[::-1]
    assert _found(call, Offset=1, Limit=1) == newest[1:2]
    assert call("SearchMedia", Limit=0).TotalCount == 3
    yesterday = iso(timezone.now() - timedelta(hours=12))
    assert _found(call, CreateTime={"Before": yesterday}) == newest[2:]
    assert _found(call, StartTime=yesterday) == newest[:2]
    assert _found(call, FileIds=[newest[0], "1"]) == newest[:1]


def test_classes_are_searched_with_what_is_below_them(call: Call, three: dict[str, Media]) -> None:
    top = call("CreateClass", ParentId=-1, ClassName="top").ClassId
    below = call("CreateClass", ParentId=top, ClassName="below").ClassId
    call("ModifyMediaInfo", FileId=three["beach"].file_id, ClassId=below)
    assert _found(call, ClassIds=[top]) == [three["beach"].file_id]
    info = call("DescribeMediaInfos", FileIds=[three["beach"].file_id]).MediaInfoSet[0].BasicInfo
    assert (info.ClassId, info.ClassName, info.ClassPath) == (below, "below", "top - below")
    call("ModifyMediaInfo", FileId=three["beach"].file_id, ClassId=0)
    assert _found(call, ClassIds=[top]) == []


def test_a_media_is_changed_field_by_field(call: Call, uploaded: Media) -> None:
    file_id = uploaded.file_id
    call("ModifyMediaInfo", FileId=file_id, Name="Neu", Description="d", AddTags=["a", "b"])
    call("ModifyMediaInfo", FileId=file_id, AddTags=["c"], DeleteTags=["a"])
    info = call("DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet[0].BasicInfo
    assert (info.Name, info.Description, info.TagSet) == ("Neu", "d", ["b", "c"])
    call("ModifyMediaInfo", FileId=file_id, ClearTags=1, ExpireTime="2040-02-03T04:05:06Z")
    info = call("DescribeMediaInfos", FileIds=[file_id]).MediaInfoSet[0].BasicInfo
    assert (info.TagSet, info.ExpireTime, info.Name) == ([], "2040-02-03T04:05:06Z", "Neu")
    call("ModifyMediaInfo", FileId=file_id, ExpireTime="9999-12-31T23:59:59Z")
    uploaded.refresh_from_db()
    assert uploaded.expires_at is None


def test_a_cover_is_brought_along(call: Call, uploaded: Media, run_jobs: Callable[[], int]) -> None:
    run_jobs()
    uploaded.refresh_from_db()
    poster = uploaded.poster_key
    url = call("ModifyMediaInfo", FileId=uploaded.file_id, CoverData=base64.b64encode(GIF).decode()).CoverUrl
    uploaded.refresh_from_db()
    assert url.endswith(uploaded.poster_key) and uploaded.poster_key.endswith(".gif")
    with storage().open(uploaded.poster_key) as file:
        assert file.read() == GIF
    assert not storage().exists(poster), "a poster that nothing names any more is gone"


SENSELESS_CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("ResourceNotFound.FileNotExist", {"FileId": "1"}),
    ("InvalidParameterValue.Name", {"Name": "n" * 65}),
    ("InvalidParameterValue.Name", {"Name": ""}),
    ("InvalidParameterValue.Description", {"Description": "d" * 129}),
    ("InvalidParameterValue.ClassId", {"ClassId": 99}),
    ("InvalidParameterValue.ExpireTime", {"ExpireTime": "soon"}),
    ("InvalidParameterValue.TagTooLong", {"AddTags": ["t" * 33]}),
    ("InvalidParameterValue.TagTooLong", {"AddTags": [""]}),
    ("LimitExceeded.TagCountReachMax", {"AddTags": [str(number) for number in range(17)]}),
    ("InvalidParameterValue.CoverType", {"CoverData": base64.b64encode(b"<svg/>").decode()}),
    ("InvalidParameterValue", {"CoverData": "?"}),
    ("InvalidParameterValue.AddTagsAndClearTagsConflict", {"AddTags": ["a"], "ClearTags": 1}),
    ("InvalidParameterValue.AddTagsAndDeleteTagsConflict", {"AddTags": ["a"], "DeleteTags": ["a"]}),
    ("UnsupportedOperation", {"AddKeyFrameDescs": [{"TimeOffset": 1, "Content": "c"}]}),
]


def test_a_change_that_makes_no_sense_changes_nothing(refused: Callable[..., str], uploaded: Media) -> None:
    before = Media.objects.values().get()
    for code, given in SENSELESS_CHANGES:
        assert refused("ModifyMediaInfo", **{"FileId": uploaded.file_id, **given}) == code, given
    assert Media.objects.values().get() == before


def test_a_forbidden_media_is_not_handed_out_until_it_is_recovered(
    call: Call, refused: Callable[..., str], uploaded: Media, live_server: LiveServer
) -> None:
    url = f"{live_server.url}/media/{uploaded.storage_key}"
    answer = call("ForbidMediaDistribution", FileIds=[uploaded.file_id, "1"], Operation="forbid")
    assert answer.NotExistFileIdSet == ["1"]
    assert httpx.get(url).status_code == 404
    call("ForbidMediaDistribution", FileIds=[uploaded.file_id], Operation="recover")
    assert httpx.get(url).status_code == 200
    assert refused("ForbidMediaDistribution", FileIds=["1"], Operation="hide") == "InvalidParameterValue.Operation"
    many = refused("ForbidMediaDistribution", FileIds=["1"] * 21, Operation="forbid")
    assert many == "InvalidParameterValue.FileIdsTooMany"


def test_a_media_is_deleted_and_deleting_it_again_does_no_harm(
    call: Call, refused: Callable[..., str], uploaded: Media
) -> None:
    parts = [{"Type": "OriginalFiles"}]
    assert refused("DeleteMedia", FileId=uploaded.file_id, DeleteParts=parts) == "UnsupportedOperation"
    call("DeleteMedia", FileId=uploaded.file_id, DeleteParts=[{"Type": "TranscodeFiles", "Definition": 0}])
    assert storage().exists(uploaded.storage_key)
    for _ in range(2):
        call("DeleteMedia", FileId=uploaded.file_id)
    assert not storage().exists(uploaded.storage_key)
    assert _found(call) == []
    assert refused("DeleteMedia", FileId="1") == "ResourceNotFound.FileNotExist"


@pytest.mark.parametrize(
    ("language", "name"), [("zh-CN", "其他"), ("en-US", "Other"), (None, "其他"), ("fr-FR", "其他")]
)
@pytest.mark.parametrize("method", ["TC3-HMAC-SHA256", "HmacSHA256"])
def test_the_class_of_what_is_in_none_is_called_in_the_clients_language(
    call: Call, sdk: Callable[..., Any], uploaded: Media, language: str | None, name: str, method: str
) -> None:
    client = sdk(method=method)
    client.profile.language = language
    infos = call("DescribeMediaInfos", client, FileIds=[uploaded.file_id]).MediaInfoSet
    infos += call("SearchMedia", client).MediaInfoSet
    assert {(one.BasicInfo.ClassName, one.BasicInfo.ClassPath) for one in infos} == {(name, name)}
    assert [one.ClassName for one in call("DescribeAllClass", client).ClassInfoSet] == [name]


# --- Classes ----------------------------------------------------------------------------------------------------
def test_classes_form_a_tree_of_four_levels(call: Call, refused: Callable[..., str]) -> None:
    ids = [-1]
    for depth in range(4):
        ids.append(call("CreateClass", ParentId=ids[-1], ClassName=f"level {depth}").ClassId)
    code = refused("CreateClass", ParentId=ids[-1], ClassName="level 4")
    assert code == "FailedOperation.ClassLevelLimitExceeded"
    tree = {one.ClassId: one for one in call("DescribeAllClass").ClassInfoSet}
    assert {one: (tree[one].ParentId, tree[one].Level) for one in ids[1:]} == {
        ids[1]: (-1, 0),
        ids[2]: (ids[1], 1),
        ids[3]: (ids[2], 2),
        ids[4]: (ids[3], 3),
    }
    assert (tree[0].ParentId, tree[ids[1]].SubClassIdSet) == (-1, [ids[2]])
    call("ModifyClass", ClassId=ids[4], ClassName="leaf")
    assert refused("DeleteClass", ClassId=ids[3]) == "UnsupportedOperation.ClassNotEmpty"
    call("DeleteClass", ClassId=ids[4])
    assert refused("DeleteClass", ClassId=ids[4]) == "FailedOperation.ClassNoFound"


def test_class_names_and_parents_are_checked(
    call: Call, refused: Callable[..., str], uploaded: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = call("CreateClass", ParentId=-1, ClassName="one").ClassId
    second = call("CreateClass", ParentId=-1, ClassName="two").ClassId
    assert refused("CreateClass", ParentId=-1, ClassName="one") == "FailedOperation.ClassNameDuplicate"
    assert refused("ModifyClass", ClassId=second, ClassName="one") == "FailedOperation.ClassNameDuplicate"
    assert refused("CreateClass", ParentId=-1, ClassName="n" * 65) == "InvalidParameterValue.ClassName"
    assert refused("CreateClass", ParentId=-1, ClassName=" ") == "InvalidParameterValue.ClassName"
    assert refused("CreateClass", ParentId=99, ClassName="x") == "FailedOperation.ParentIdNoFound"
    assert refused("ModifyClass", ClassId=99, ClassName="x") == "FailedOperation.ClassNoFound"
    call("ModifyMediaInfo", FileId=uploaded.file_id, ClassId=first)
    assert refused("DeleteClass", ClassId=first) == "UnsupportedOperation.ClassNotEmpty"
    monkeypatch.setattr("media_jobs.library.classes.MAX_CHILDREN", 2)
    assert refused("CreateClass", ParentId=-1, ClassName="three") == "FailedOperation.SubclassLimitExceeded"
