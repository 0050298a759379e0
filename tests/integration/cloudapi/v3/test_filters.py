"""No filter is passed over: one that nothing can meet finds nothing, for a program may delete what it found."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.registry import READING
from cloudapi.v3.shapes import Support
from media_jobs.models import Media

pytestmark = pytest.mark.django_db(transaction=True)

# How the answer looks, not what is found.
_NO_FILTERS = {"SubAppId", "Filters", "Sort", "Offset", "Limit"}
# A value of each filter that no media here can meet.
UNMET: dict[str, Any] = {
    "FileIds": ["1"],
    "Names": ["nothing is called this"],
    "NamePrefixes": ["nothing"],
    "Descriptions": ["nothing"],
    "ClassIds": [404],
    "Tags": ["nothing"],
    "Categories": ["Image"],
    "SourceTypes": ["Record"],
    "StreamIds": ["stream"],
    "CreateTime": {"Before": "1999-01-01T00:00:00Z"},
    "ExpireTime": {"Before": "1999-01-01T00:00:00Z"},
    "StorageRegions": ["ap-elsewhere"],
    "StorageClasses": ["ARCHIVE"],
    "MediaTypes": ["flv"],
    "Status": ["Forbidden"],
    "ReviewResults": ["block", "review"],
    "TrtcSdkAppIds": [1400000000],
    "TrtcRoomIds": ["room"],
    "Text": "nothing is called this",
    "SourceType": "Record",
    "StreamId": "stream",
    "StartTime": "2999-01-01T00:00:00Z",
    "EndTime": "1999-01-01T00:00:00Z",
    "StreamDomains": ["live.example.com"],
    "StreamPaths": ["live"],
    "KnowledgeBases": ["kb"],
}
WITHDRAWN = {"Vids": ["1"], "Vid": "1"}


def test_a_filter_that_nothing_meets_finds_nothing(
    call: Callable[..., Any], refused: Callable[..., str], uploaded: Media
) -> None:
    assert call("SearchMedia").TotalCount == 1
    found = {name: call("SearchMedia", **{name: value}).TotalCount for name, value in UNMET.items()}
    assert found == dict.fromkeys(UNMET, 0)
    codes = {refused("SearchMedia", **{name: value}) for name, value in WITHDRAWN.items()}
    assert codes == {"UnsupportedOperation"}


def test_a_filter_that_all_meet_finds_all(call: Callable[..., Any], uploaded: Media, settings: Any) -> None:
    for met in (
        {"StorageRegions": ["ap-elsewhere", settings.ZOETROPE_REGION]},
        {"StorageClasses": ["STANDARD", "ARCHIVE"]},
        {"ReviewResults": ["notModerated"]},
        {"StreamIds": [], "Vids": []},
    ):
        assert call("SearchMedia", **met).TotalCount == 1, met


def test_every_filter_of_the_registry_was_tried() -> None:
    filters = {one.name for one in ACTIONS["SearchMedia"].parameters.parameters} - _NO_FILTERS
    assert filters == UNMET.keys() | WITHDRAWN.keys()


def test_applications_are_not_found_by_tags_that_nobody_keeps(call: Callable[..., Any]) -> None:
    assert call("DescribeSubAppIds").TotalCount == 1
    assert call("DescribeSubAppIds", Tags=[{"TagKey": "team", "TagValue": "film"}]).TotalCount == 0


def test_a_section_that_does_not_exist_is_no_section(refused: Callable[..., str], uploaded: Media) -> None:
    code = refused("DescribeMediaInfos", FileIds=[uploaded.file_id], Filters=["metadata"])
    assert code == "InvalidParameterValue"


def test_what_only_reads_ignores_nothing_that_is_asked_of_it() -> None:
    reading = [action for action in ACTIONS.values() if action.role in READING]
    assert len(reading) > 10
    ignored = {one.name for action in reading for one in action.parameters.parameters if one.support is Support.IGNORED}
    assert ignored <= {"ExtInfo"}


def test_what_is_ignored_would_change_nothing() -> None:
    """Whoever adds one decides: a filter finds nothing, a wish is refused; only what would change nothing passes."""
    ignored = {
        one.name: one.note
        for action in ACTIONS.values()
        for one in action.parameters.parameters
        if one.support is Support.IGNORED
    }
    clearing = {name for name in ignored if name.startswith(("Delete", "Clear"))}  # of what is never there
    assert ignored.keys() == {"ExtInfo", *clearing}
    assert len(clearing) == 6 and all(ignored.values())
