"""Uploads in three steps, and the manifests of streams (protocol.md 2.4 and 3.1)."""

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.cos.sessions import open_session, session_upload
from cloudapi.v3.errors import ApiError
from cloudapi.v3.moments import Moment, as_expiry
from cloudapi.v3.registry import EXT_INFO, SUB_APP_ID, Action, Given, Refusal, Result, ignored, refused
from cloudapi.v3.shapes import Int, Parameter, Struct, Text
from media_jobs.delivery import url_of
from media_jobs.manifests import ManifestInvalid, MasterPlaylist, segment_names
from media_jobs.services.uploads import UploadClosed, UploadIncomplete, Wanted, commit

NO_PATHS = "media are found by FileId here; there are no storage paths"
ONE_REGION = "there is one region (ZOETROPE_REGION)"
ABOUT_THE_MEDIA = (
    Parameter("MediaName", Text()),
    Parameter("Procedure", Text(), note="the task flow to start when the upload is complete"),
    Parameter("ExpireTime", Moment("InvalidParameterValue.ExpireTime"), note="9999-12-31T23:59:59Z: never"),
    ignored("StorageRegion", ONE_REGION),
    Parameter("ClassId", Int(low=-1)),
    Parameter("SourceContext", Text(), note="≤ 250 characters"),
    Parameter("SessionContext", Text(), note="≤ 1000 characters"),
    refused("MediaStoragePath", NO_PATHS),
    EXT_INFO,
)
ABOUT_THE_MEDIA_REFUSALS = (
    Refusal(InvalidValue, "InvalidParameterValue.MediaType", field="name"),
    Refusal(InvalidValue, "InvalidParameterValue.CoverType", field="cover_type"),
    Refusal(NotFound, "InvalidParameterValue.Procedure", field="procedure"),
    Refusal(NotFound, "InvalidParameterValue.ClassId", field="class_id"),
    Refusal(InvalidValue, "InvalidParameterValue.SessionContextTooLong", field="session_context"),
)


def apply(caller: Caller, given: Given) -> Result:
    session = open_session(application=caller.application, wanted=_wanted(given), door="sdk", user=caller.user)
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
    """Idempotent: SDKs repeat it (protocol.md, rule 9)."""
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


def _wanted(given: Given) -> Wanted:
    expires_at = as_expiry(given.get("ExpireTime"))
    return Wanted(
        name=given.get("MediaName") or "untitled",
        media_type=given["MediaType"],
        procedure=given.get("Procedure", ""),
        class_id=max(0, given.get("ClassId", 0)),
        source_context=given.get("SourceContext", ""),
        session_context=given.get("SessionContext", ""),
        cover_type=given.get("CoverType", ""),
        expires_at=expires_at,
        by_objects=True,
    )


ACTIONS = (
    Action(
        name="ApplyUpload",
        run=apply,
        role=Role.OPERATOR,
        parameters=Struct(
            Parameter("MediaType", Text(most=16, code="InvalidParameterValue.MediaType"), required=True),
            SUB_APP_ID,
            Parameter("CoverType", Text(most=16, code="InvalidParameterValue.CoverType")),
            *ABOUT_THE_MEDIA,
        ),
        refusals=ABOUT_THE_MEDIA_REFUSALS,
    ),
    Action(
        name="CommitUpload",
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
