"""Prepare, Apply and Commit of a client upload (docs/protocol 4.2), translated into the upload services."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from applications.errors import InvalidValue, Refused
from cloudapi.cos.addresses import bucket_of
from cloudapi.cos.sessions import Session, begin_session, resume_session, session_upload
from cloudapi.ugc.policy import UploadPolicy, believed
from cloudapi.ugc.requests import Fields
from media_jobs.store.storage import url_of
from media_jobs.uploads import services as uploads
from media_jobs.uploads.services import Wanted

# What the SDKs say in passing: uploadFromWeb in browsers, the others in apps.
_HABITS = frozenset({"uploadFromWeb", "clientReportId", "clientVersion"})
_OF_A_FILE = ("videoName", "videoType", "videoSize", "coverName", "coverType", "coverSize", "fileId")
_FIELDS = frozenset({"signature", "vodSessionKey", "ExpireTime", "storageRegion", *_OF_A_FILE, *_HABITS})
_MAX_SIGNATURE = 16 * 1024

Answer = dict[str, Any]
Action = Callable[[UploadPolicy, Fields], Answer]


def carry_out(name: str, fields: Fields) -> Answer:
    """The `data` of the answer. Raises Refused; a one-time signature counts as used only when all went well."""
    action = _ACTIONS.get(name)
    if action is None:
        raise InvalidValue(f"There is no action “{name[:40]}” here.", field="Action")
    fields.check_names(_FIELDS)
    if fields.text("storageRegion") not in ("", settings.ZOETROPE_REGION):
        raise InvalidValue(f"The one storageRegion here is {settings.ZOETROPE_REGION}.", field="storageRegion")
    policy = believed(fields.required("signature", limit=_MAX_SIGNATURE))
    policy.use()
    try:
        return action(policy, fields)
    except Refused:
        policy.give_back()
        raise


def _prepare(policy: UploadPolicy, fields: Fields) -> Answer:
    """Names only one region, so that the SDK has no several ones to race against each other."""
    application, region = policy.key.application, settings.ZOETROPE_REGION
    domain = f"{bucket_of(application)}.cos.{region}.myqcloud.com"
    return {"appId": application.app_id, "cosRegionList": [{"region": region, "domain": domain}]}


def _apply(policy: UploadPolicy, fields: Fields) -> Answer:
    application = policy.key.application
    if key := fields.text("vodSessionKey"):
        return _applied(resume_session(application=application, key=key), app_id=application.app_id)
    if fields.text("fileId"):
        raise InvalidValue("A cover can be sent together with its video only.", field="fileId")
    session = begin_session(application=application, wanted=_wanted(policy, fields), door="ugc", user=policy.key.user)
    return _applied(session, app_id=application.app_id)


def _commit(policy: UploadPolicy, fields: Fields) -> Answer:
    """Repeating it answers the same file."""
    upload = session_upload(application=policy.key.application, key=fields.required("vodSessionKey"))
    media = uploads.commit(upload_id=upload.pk)
    answer: Answer = {"fileId": media.file_id, "video": {"url": url_of(media.storage_key), "verify_content": ""}}
    if upload.cover_type:
        answer["cover"] = {"url": url_of(media.poster_key), "verify_content": ""}
    return answer


def _wanted(policy: UploadPolicy, fields: Fields) -> Wanted:
    return replace(
        policy.wanted(file_name=fields.text("videoName") or "untitled", length=fields.number("videoSize")),
        media_type=fields.required("videoType", limit=16),
        cover_type=fields.text("coverType", limit=8),
        expires_at=_moment(fields.text("ExpireTime")),
        by_objects=True,
    )


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment):
        raise InvalidValue("ExpireTime must be a time such as 2030-01-31T12:00:00Z.", field="ExpireTime")
    return moment


def _applied(session: Session, *, app_id: int) -> Answer:
    """Both spellings of the region: the SDK's parts read different ones."""
    name, _, number = session.bucket.rpartition("-")
    key = session.temporary_key
    answer: Answer = {
        "video": {"storageSignature": "", "storagePath": session.media_path},
        "storageAppId": int(number),
        "storageBucket": name,
        "storageRegion": session.region,
        "storageRegionV5": session.region,
        "StorageRegionV5": session.region,
        "domain": "vod2.qcloud.com",
        "vodSessionKey": session.key,
        "tempCertificate": {
            "secretId": key.secret_id,
            "secretKey": key.secret_key,
            "token": key.token,
            "expiredTime": int(key.expires_at.timestamp()),
        },
        "appId": app_id,
        "timestamp": int(time.time()),
    }
    if session.cover_path:
        answer["cover"] = {"storageSignature": "", "storagePath": session.cover_path}
    return answer


_ACTIONS: Mapping[str, Action] = {"PrepareUploadUGC": _prepare, "ApplyUploadUGC": _apply, "CommitUploadUGC": _commit}
