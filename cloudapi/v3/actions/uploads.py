"""Uploads in three steps, and the manifests of streams (docs/protocol 2.4 and 3.1)."""

from dataclasses import replace

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.cos.sessions import begin_session, session_upload
from cloudapi.v3.errors import ApiError
from cloudapi.v3.moments import Moment, as_expiry
from cloudapi.v3.regions import STORAGE_REGION
from cloudapi.v3.registry import EXT_INFO, SUB_APP_ID, Action, Given, Refusal, Result, refused
from cloudapi.v3.shapes import Int, Parameter, Struct, Text
from media_jobs.jobs.services import TaskDuplicated
from media_jobs.pulls.services import pull_upload
from media_jobs.store.storage import url_of
from media_jobs.uploads.manifests import ManifestInvalid, MasterPlaylist, segment_names
from media_jobs.uploads.refusals import UploadClosed, UploadIncomplete
from media_jobs.uploads.services import Wanted, commit

_NO_PATHS = "media are found by FileId here; there are no storage paths"
_ABOUT_THE_MEDIA = (
    Parameter("MediaName", Text()),
    Parameter("Procedure", Text(), note="the task flow to start when the upload is complete"),
    Parameter("ExpireTime", Moment("InvalidParameterValue.ExpireTime"), note="9999-12-31T23:59:59Z: never"),
    STORAGE_REGION,
    Parameter("ClassId", Int(low=-1)),
    Parameter("SourceContext", Text(), note="≤ 250 characters"),
    Parameter("SessionContext", Text(), note="≤ 1000 characters"),
    refused("MediaStoragePath", _NO_PATHS),
    EXT_INFO,
)
_ABOUT_THE_MEDIA_REFUSALS = (
    Refusal(InvalidValue, "InvalidParameterValue.MediaType", field="name"),
    Refusal(InvalidValue, "InvalidParameterValue.CoverType", field="cover_type"),
    Refusal(InvalidValue, "InvalidParameterValue.ExpireTime", field="expires_at"),
    Refusal(NotFound, "InvalidParameterValue.Procedure", field="procedure"),
    Refusal(NotFound, "InvalidParameterValue.ClassId", field="class_id"),
    Refusal(InvalidValue, "InvalidParameterValue.SessionContextTooLong", field="session_context"),
)


def apply(caller: Caller, given: Given) -> Result:
    wanted = replace(_wanted(given, name=given.get("MediaName") or "untitled"), by_objects=True)
    session = begin_session(application=caller.application, wanted=wanted, door="sdk", user=caller.user)
    key = session.temporary_key
    return {
        "StorageBucket": session.bucket,
        "StorageRegion": session.region,
        "VodSessionKey": session.key,
        "MediaStoragePath": session.media_path,
        "CoverStoragePath": session.cover_path,
        "TempCertificate": {
            "SecretId": key.secret_id,
            "SecretKey": key.secret_key,
            "Token": key.token,
            "ExpiredTime": int(key.expires_at.timestamp()),
        },
    }


def complete(caller: Caller, given: Given) -> Result:
    """Idempotent: SDKs repeat it (docs/protocol rule 9)."""
    upload = session_upload(application=caller.application, key=given["VodSessionKey"])
    media = commit(upload_id=upload.id)
    return {
        "FileId": media.file_id,
        "MediaUrl": url_of(media.storage_key),
        "CoverUrl": url_of(upload.poster_key or media.poster_key) if upload.cover_type else "",
    }


def parse_manifest(caller: Caller, given: Given) -> Result:
    try:
        names = segment_names(given["MediaManifestContent"], kind=given.get("ManifestType") or "m3u8")
    except MasterPlaylist as refusal:
        raise ApiError("ResourceUnavailable.MasterPlaylist", str(refusal)) from None
    except ManifestInvalid as refusal:
        raise ApiError("InvalidParameterValue.MediaManifestContent", str(refusal)) from None
    return {"MediaSegmentSet": names}


def pull(caller: Caller, given: Given) -> Result:
    task = pull_upload(
        application=caller.application,
        url=given["MediaUrl"],
        wanted=_wanted(given, name=given.get("MediaName", "")),
        cover_url=given.get("CoverUrl", ""),
        session_id=given.get("SessionId", ""),
        user=caller.user,
    )
    return {"TaskId": task.task_id}


def _wanted(given: Given, *, name: str) -> Wanted:
    return Wanted(
        name=name,
        media_type=given.get("MediaType", ""),
        procedure=given.get("Procedure", ""),
        class_id=max(0, given.get("ClassId", 0)),
        source_context=given.get("SourceContext", ""),
        session_context=given.get("SessionContext", ""),
        tasks_priority=given.get("TasksPriority", 0),
        cover_type=given.get("CoverType", ""),
        expires_at=as_expiry(given.get("ExpireTime")),
    )


_MEDIA_TYPE = Text(most=16, code="InvalidParameterValue.MediaType")
ACTIONS = (
    Action(
        name="ApplyUpload",
        is_work=True,
        run=apply,
        role=Role.OPERATOR,
        parameters=Struct(
            Parameter("MediaType", _MEDIA_TYPE, required=True),
            SUB_APP_ID,
            Parameter("CoverType", Text(most=16, code="InvalidParameterValue.CoverType")),
            *_ABOUT_THE_MEDIA,
        ),
        refusals=_ABOUT_THE_MEDIA_REFUSALS,
    ),
    Action(
        name="CommitUpload",
        is_work=True,
        run=complete,
        role=Role.OPERATOR,
        parameters=Struct(Parameter("VodSessionKey", Text(), required=True), SUB_APP_ID),
        refusals=(
            Refusal(NotFound, "InvalidParameterValue.VodSessionKey"),
            Refusal(UploadClosed, "InvalidParameterValue.VodSessionKey"),
            Refusal(UploadIncomplete, "ResourceNotFound"),
        ),
    ),
    Action(
        name="PullUpload",
        is_work=True,
        run=pull,
        role=Role.OPERATOR,
        parameters=Struct(
            Parameter(
                "MediaUrl", Text(most=2048, code="InvalidParameterValue.MediaUrl"), required=True, note="http(s)"
            ),
            Parameter("MediaType", _MEDIA_TYPE, note="absent: as the URL ends"),
            SUB_APP_ID,
            Parameter("CoverUrl", Text(most=2048, code="InvalidParameterValue.CoverUrl"), note="gif, jpeg or png"),
            *_ABOUT_THE_MEDIA,
            Parameter("TasksPriority", Int(), note="−10 to 10"),
            Parameter("SessionId", Text(), note="≤ 50 characters; refused when used before within 3 days (a setting)"),
        ),
        refusals=(
            Refusal(InvalidValue, "InvalidParameterValue.MediaUrl", field="url"),
            Refusal(InvalidValue, "InvalidParameterValue.CoverUrl", field="cover_url"),
            Refusal(InvalidValue, "InvalidParameterValue.SessionIdTooLong", field="session_id"),
            Refusal(TaskDuplicated, "InvalidParameterValue.SessionId"),
            *_ABOUT_THE_MEDIA_REFUSALS,
        ),
    ),
    Action(
        name="ParseStreamingManifest",
        run=parse_manifest,
        role=Role.VIEWER,
        in_application=False,
        parameters=Struct(
            Parameter("MediaManifestContent", Text(most=10_000_000), required=True),
            Parameter("ManifestType", Text(choices=("m3u8", "mpd", "")), note="default `m3u8`"),
        ),
    ),
)
