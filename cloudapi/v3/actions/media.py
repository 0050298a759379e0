"""Looking at media, finding, changing, forbidding and deleting them (docs/protocol 2.7)."""

import base64
import binascii
from functools import partial

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.v3.actions.media_search import SEARCH_MEDIA, SECTION_NAMES
from cloudapi.v3.errors import ApiError
from cloudapi.v3.moments import Moment, as_expiry
from cloudapi.v3.registry import LANGUAGE, SUB_APP_ID, Action, Given, Refusal, Result, ignored, refused
from cloudapi.v3.shapes import Int, ListOf, Parameter, Struct, Text
from media_jobs.library.selectors import class_for, media_ever, media_for, media_to_tell_of, one_media
from media_jobs.library.services import MediaFields, TooManyTags, delete_media, modify_media
from media_jobs.models import Media
from media_jobs.store.storage import url_of
from media_jobs.structures import media_info

_FILE_ID = Parameter("FileId", Text(), required=True)
_FILE_IDS = Parameter("FileIds", ListOf(Text(), most=20, code="InvalidParameterValue.FileIdsTooMany"), required=True)
_NOT_THERE = Refusal(NotFound, "ResourceNotFound.FileNotExist", field="file_id")
_NO_SUBTITLES = "subtitles are not something that this server keeps"
_NO_KEY_FRAMES = "key frame descriptions are not something that this server keeps"
_NONE_KEPT = "there is nothing of the kind to clear"
# What of a media can be deleted by itself; everything but the source is never there.
_PARTS = (
    "TranscodeFiles",
    "AdaptiveDynamicStreamingFiles",
    "WechatPublishFiles",
    "WechatMiniProgramPublishFiles",
)


def describe(caller: Caller, given: Given) -> Result:
    wanted = dict.fromkeys(given["FileIds"])
    if not wanted:
        raise ApiError("InvalidParameterValue.FileIdsEmpty", "FileIds is empty.")
    media = media_to_tell_of(media_for(caller.application).filter(file_id__in=wanted))
    found = {one.file_id: one for one in media.order_by()}  # for an order SQLite would go through all media
    build = partial(media_info, sections=given.get("Filters", []), language=given.get(LANGUAGE, ""))
    return {
        "MediaInfoSet": [build(found[file_id]) for file_id in wanted if file_id in found],
        "NotExistFileIdSet": [file_id for file_id in wanted if file_id not in found],
    }


def modify(caller: Caller, given: Given) -> Result:
    media = one_media(caller.application, given["FileId"])
    media = modify_media(media=media, fields=_changes(media, given))
    return {"CoverUrl": url_of(media.poster_key) if given.get("CoverData") else "", "AddedSubtitleSet": []}


def delete(caller: Caller, given: Given) -> Result:
    """Deleting what is deleted is fine: a client that lost the answer asks again."""
    media = media_ever(caller.application, given["FileId"])
    parts = [part["Type"] for part in given.get("DeleteParts", [])]
    if "OriginalFiles" in parts:
        raise ApiError("UnsupportedOperation", "A source can't go without its media; leave DeleteParts out.")
    if not parts:
        delete_media(media=media)
    return {}


def forbid(caller: Caller, given: Given) -> Result:
    status = Media.Status.FORBIDDEN if given["Operation"] == "forbid" else Media.Status.NORMAL
    missing = []
    for file_id in dict.fromkeys(given["FileIds"]):
        try:
            modify_media(media=one_media(caller.application, file_id), fields={"status": status})
        except NotFound:
            missing.append(file_id)
    return {"NotExistFileIdSet": missing}


def _changes(media: Media, given: Given) -> MediaFields:
    fields = MediaFields()
    if "Name" in given:
        fields["name"] = given["Name"]
    if "Description" in given:
        fields["description"] = given["Description"]
    if "ClassId" in given:
        fields["media_class"] = class_for(media.application, max(0, given["ClassId"]))
    if "ExpireTime" in given:
        fields["expires_at"] = as_expiry(given["ExpireTime"])
    if given.keys() & {"AddTags", "DeleteTags", "ClearTags"}:
        _change_tags(fields, given)
    if given.get("CoverData"):
        fields["cover"] = _picture(given["CoverData"])
    return fields


def _change_tags(fields: MediaFields, given: Given) -> None:
    added, deleted = given.get("AddTags", []), given.get("DeleteTags", [])
    clears = given.get("ClearTags", 0) == 1
    if added and clears:
        raise ApiError("InvalidParameterValue.AddTagsAndClearTagsConflict", "AddTags and ClearTags exclude each other.")
    if set(added) & set(deleted):
        raise ApiError("InvalidParameterValue.AddTagsAndDeleteTagsConflict", "A tag is added and deleted at once.")
    if clears:
        fields["tags"] = []
    else:
        fields["added_tags"], fields["dropped_tags"] = added, deleted


def _picture(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise ApiError("InvalidParameterValue", "CoverData is not base64.") from None


ACTIONS = (
    Action(
        name="DescribeMediaInfos",
        localised=True,
        run=describe,
        role=Role.VIEWER,
        parameters=Struct(
            _FILE_IDS,
            SUB_APP_ID,
            Parameter("Filters", SECTION_NAMES, note="sections without data here (transcodeInfo, …) are left out"),
        ),
    ),
    SEARCH_MEDIA,
    Action(
        name="ModifyMediaInfo",
        run=modify,
        role=Role.OPERATOR,
        parameters=Struct(
            _FILE_ID,
            SUB_APP_ID,
            Parameter("Name", Text(), note="1–64 characters"),
            Parameter("Description", Text(), note="≤ 128 characters"),
            Parameter("ClassId", Int(low=-1)),
            Parameter("ExpireTime", Moment("InvalidParameterValue.ExpireTime")),
            Parameter("CoverData", Text(most=9_000_000), note="base64 of a GIF, JPEG or PNG"),
            Parameter("AddTags", ListOf(Text()), note="≤ 16 a media, each ≤ 32 characters"),
            Parameter("DeleteTags", ListOf(Text())),
            Parameter("ClearTags", Int()),
            refused("AddKeyFrameDescs", _NO_KEY_FRAMES),
            ignored("DeleteKeyFrameDescs", _NONE_KEPT),
            ignored("ClearKeyFrameDescs", _NONE_KEPT),
            refused("AddSubtitles", _NO_SUBTITLES),
            ignored("DeleteSubtitleIds", _NONE_KEPT),
            ignored("ClearSubtitles", _NONE_KEPT),
            ignored("DeleteKnowledgeBases", _NONE_KEPT),
            ignored("ClearKnowledgeBases", _NONE_KEPT),
        ),
        refusals=(
            _NOT_THERE,
            Refusal(NotFound, "InvalidParameterValue.ClassId", field="class_id"),
            Refusal(InvalidValue, "InvalidParameterValue.ExpireTime", field="expires_at"),
            Refusal(InvalidValue, "InvalidParameterValue.Name", field="name"),
            Refusal(InvalidValue, "InvalidParameterValue.Description", field="description"),
            Refusal(TooManyTags, "LimitExceeded.TagCountReachMax"),
            Refusal(InvalidValue, "InvalidParameterValue.TagTooLong", field="tags"),
            Refusal(InvalidValue, "InvalidParameterValue.CoverType", field="cover"),
        ),
    ),
    Action(
        name="DeleteMedia",
        run=delete,
        role=Role.OPERATOR,
        parameters=Struct(
            _FILE_ID,
            SUB_APP_ID,
            Parameter(
                "DeleteParts",
                ListOf(
                    Struct(
                        Parameter("Type", Text(choices=("OriginalFiles", *_PARTS)), required=True),
                        Parameter("Definition", Int(low=0)),
                        name="MediaDeleteItem",
                    )
                ),
                note="`OriginalFiles` is refused; the other parts are never there; empty: the whole media",
            ),
        ),
        refusals=(_NOT_THERE,),
    ),
    Action(
        name="ForbidMediaDistribution",
        run=forbid,
        role=Role.OPERATOR,
        parameters=Struct(
            _FILE_IDS,
            Parameter(
                "Operation",
                Text(choices=("forbid", "recover"), code="InvalidParameterValue.Operation"),
                required=True,
            ),
            SUB_APP_ID,
        ),
    ),
)
