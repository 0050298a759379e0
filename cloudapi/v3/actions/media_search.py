"""SearchMedia (docs/protocol 2.7)."""

from django.conf import settings

from applications.caller import Caller
from applications.many import MANY, counted, page_of
from applications.roles import Role
from cloudapi.v3.errors import ApiError
from cloudapi.v3.moments import Moment, time_range
from cloudapi.v3.registry import LANGUAGE, SUB_APP_ID, Action, Given, Result, refused
from cloudapi.v3.shapes import Int, ListOf, Parameter, Shape, Struct, Text
from media_jobs.library.media_query import MediaQuery, Span, media_matching
from media_jobs.library.selectors import media_to_tell_of
from media_jobs.structures import media_info

MOST = MANY  # results that can be paged through
_NO_LIVE = "nothing here is a live recording, so any value finds nothing"
_WITHDRAWN = "the cloud has withdrawn it; use FileIds"
# Facts that no media here has: whoever looks for one finds nothing.
_NEVER_HERE = (
    "StreamIds",
    "StreamId",
    "StreamDomains",
    "StreamPaths",
    "TrtcSdkAppIds",
    "TrtcRoomIds",
    "KnowledgeBases",
)


def search(caller: Caller, given: Given) -> Result:
    offset, limit = given.get("Offset", 0), given.get("Limit", 10)
    if offset + limit > MOST:
        raise ApiError("InvalidParameterValue.Limit", f"Offset and Limit together are at most {MOST}.")
    found = media_matching(caller.application, _query(given))
    if not _can_match(given):
        found = found.none()
    page = page_of(media_to_tell_of(found), offset, offset + limit)
    sections, language = given.get("Filters", []), given.get(LANGUAGE, "")
    return {
        "TotalCount": counted(found),
        "MediaInfoSet": [media_info(media, sections, language=language) for media in page],
    }


def _can_match(given: Given) -> bool:
    """Whether the filters on what all media here have in common, or none has, let any through."""
    of_all = {
        "StorageRegions": settings.ZOETROPE_REGION,
        "StorageClasses": "STANDARD",
        "ReviewResults": "notModerated",
    }
    fits = all(here in given[name] for name, here in of_all.items() if given.get(name))
    return fits and not any(given.get(name) for name in _NEVER_HERE)


def _query(given: Given) -> MediaQuery:
    return MediaQuery(
        file_ids=given.get("FileIds", ()),
        text=given.get("Text", ""),
        names=given.get("Names", ()),
        name_prefixes=given.get("NamePrefixes", ()),
        descriptions=given.get("Descriptions", ()),
        class_ids=given.get("ClassIds", ()),
        tags=given.get("Tags", ()),
        media_types=given.get("MediaTypes", ()),
        categories=given.get("Categories", ()),
        source_types=(*given.get("SourceTypes", ()), *filter(None, [given.get("SourceType")])),
        statuses=given.get("Status", ()),
        created=_span(given, "CreateTime", ("StartTime", "EndTime")),
        expires=_span(given, "ExpireTime", ("", "")),
        newest_first=given.get("Sort", {}).get("Order", "Desc").lower() == "desc",
    )


def _span(given: Given, name: str, older: tuple[str, str]) -> Span:
    """`older`: the deprecated parameters that say the same."""
    span = given.get(name, {})
    return span.get("After", given.get(older[0])), span.get("Before", given.get(older[1]))


def _list(name: str, item: Shape, most: int, *, code: str = "", note: str = "") -> Parameter:
    return Parameter(name, ListOf(item, most=most, code=f"InvalidParameterValue.{code or name}"), note=note)


# What DescribeMediaInfos and SearchMedia can be asked to tell of a media.
SECTION_NAMES = ListOf(
    Text(
        choices=(
            "basicInfo",
            "metaData",
            "transcodeInfo",
            "animatedGraphicsInfo",
            "imageSpriteInfo",
            "snapshotByTimeOffsetInfo",
            "sampleSnapshotInfo",
            "keyFrameDescInfo",
            "adaptiveDynamicStreamingInfo",
            "miniProgramReviewInfo",
            "subtitleInfo",
            "reviewInfo",
            "mpsAiMediaInfo",
            "knowledgeBasesInfo",
        )
    )
)
_STORAGE_CLASS = Text(choices=("STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE"))
_REVIEW = Text(choices=("pass", "review", "block", "notModerated"))


_SORT = Struct(
    Parameter("Field", Text(choices=("CreateTime",), code="InvalidParameterValue.Sort"), required=True),
    Parameter("Order", Text(choices=("Asc", "Desc", "asc", "desc"), code="InvalidParameterValue.Sort"), required=True),
    name="SortBy",
)
SEARCH_MEDIA = Action(
    name="SearchMedia",
    localised=True,
    run=search,
    role=Role.VIEWER,
    parameters=Struct(
        SUB_APP_ID,
        _list("FileIds", Text(most=40, code="InvalidParameterValue.FileIds"), 10),
        _list("Names", Text(most=100, code="InvalidParameterValue.Names"), 10),
        _list("NamePrefixes", Text(most=100, code="InvalidParameterValue.NamePrefixes"), 10),
        _list("Descriptions", Text(most=100, code="InvalidParameterValue.Description"), 10, code="Description"),
        _list("ClassIds", Int(), 10),
        _list("Tags", Text(most=32, code="InvalidParameterValue.Tags"), 16),
        _list("Categories", Text(choices=("Video", "Audio", "Image"), code="InvalidParameterValue.Categories"), 10),
        _list("SourceTypes", Text(), 10),
        _list("StreamIds", Text(), 20, note=_NO_LIVE),
        Parameter("CreateTime", time_range()),
        Parameter("ExpireTime", time_range()),
        _list("StorageRegions", Text(), 20, note="all is in one region (ZOETROPE_REGION); another finds nothing"),
        Parameter("StorageClasses", ListOf(_STORAGE_CLASS), note="all is `STANDARD`; another finds nothing"),
        _list("MediaTypes", Text(), 10, code="MediaType"),
        _list(
            "Status", Text(choices=("Normal", "SystemForbidden", "Forbidden"), code="InvalidParameterValue.Status"), 10
        ),
        Parameter("ReviewResults", ListOf(_REVIEW), note="all is `notModerated`; another finds nothing"),
        Parameter("TrtcSdkAppIds", ListOf(Int(low=0)), note=_NO_LIVE),
        Parameter("TrtcRoomIds", ListOf(Text()), note=_NO_LIVE),
        Parameter("Filters", SECTION_NAMES, note="absent: all sections"),
        Parameter("Sort", _SORT),
        Parameter("Offset", Int(low=0, code="InvalidParameterValue.Offset")),
        Parameter("Limit", Int(low=0, code="InvalidParameterValue.Limit"), note="default 10; Offset + Limit ≤ 5000"),
        Parameter("Text", Text(most=64, code="InvalidParameterValue.Text"), note="deprecated"),
        Parameter("SourceType", Text(), note="deprecated"),
        Parameter("StreamId", Text(), note=f"deprecated; {_NO_LIVE}"),
        Parameter("StartTime", Moment("InvalidParameterValue.StartTime"), note="deprecated"),
        Parameter("EndTime", Moment("InvalidParameterValue.EndTime"), note="deprecated"),
        refused("Vids", _WITHDRAWN),
        refused("Vid", _WITHDRAWN),
        Parameter("StreamDomains", ListOf(Text()), note=_NO_LIVE),
        Parameter("StreamPaths", ListOf(Text()), note=_NO_LIVE),
        Parameter("KnowledgeBases", ListOf(Text()), note="there are none here, so any value finds nothing"),
    ),
)
