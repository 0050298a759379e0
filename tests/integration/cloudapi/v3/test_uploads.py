"""ApplyUpload, the object upload by the cloud's own client, CommitUpload, PullUpload (docs/protocol 2.4, 3.1)."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from applications.models import Application
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import Media, PullTask, Upload
from media_jobs.store.storage import storage, url_of
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]


def _session(applied: Any) -> dict[str, Any]:
    certificate = applied.TempCertificate
    return {
        "bucket": applied.StorageBucket,
        "region": applied.StorageRegion,
        "keys": (certificate.SecretId, certificate.SecretKey, certificate.Token),
    }


def _put_media(put: Callable[..., None], applied: Any, data: bytes) -> None:
    put(_session(applied), applied.MediaStoragePath, data)


def test_a_file_with_cover_and_flow_comes_in(
    call: Call,
    put: Callable[..., None],
    clip: Path,
    procedure: Procedure,
    run_jobs: Callable[[], int],
) -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(64)
    applied = call(
        "ApplyUpload",
        MediaType="mp4",
        MediaName="Holiday",
        CoverType="png",
        Procedure=procedure.name,
        SourceContext="source",
        SessionContext="session",
        ExpireTime="2030-01-01T00:00:00Z",
    )
    assert applied.MediaStoragePath.startswith("/") and applied.CoverStoragePath.startswith("/")
    _put_media(put, applied, clip.read_bytes())
    put(_session(applied), applied.CoverStoragePath, png)
    committed = call("CommitUpload", VodSessionKey=applied.VodSessionKey)
    media = Media.objects.get(file_id=committed.FileId)
    assert committed.MediaUrl == url_of(media.storage_key)
    assert committed.CoverUrl == url_of(media.poster_key)
    assert (media.name, media.media_type, media.source_context) == ("Holiday", "mp4", "source")
    assert media.expires_at == datetime(2030, 1, 1, tzinfo=UTC)
    with storage().open(media.storage_key) as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(clip.read_bytes()).digest()
    again = call("CommitUpload", VodSessionKey=applied.VodSessionKey)
    assert (again.FileId, Media.objects.count(), media.tasks.count()) == (committed.FileId, 1, 1)
    run_jobs()
    task = media.tasks.get()
    assert (task.session_context, task.status, media.animated_images.count()) == ("session", "FINISH", 2)
    media.refresh_from_db()
    assert url_of(media.poster_key) == committed.CoverUrl, "the first look does not replace a cover that came along"


def test_an_upload_that_has_not_arrived_can_be_committed_later(
    call: Call, refused: Callable[..., str], put: Callable[..., None], clip: Path
) -> None:
    applied = call("ApplyUpload", MediaType="MP4")
    assert applied.CoverStoragePath == ""
    assert refused("CommitUpload", VodSessionKey=applied.VodSessionKey) == "ResourceNotFound"
    _put_media(put, applied, clip.read_bytes())
    assert call("CommitUpload", VodSessionKey=applied.VodSessionKey).FileId


@pytest.mark.parametrize("key", ["", "nothing", "0" * 32, "../../etc/passwd", "0" * 5000])
def test_a_session_key_that_is_none_is_refused(refused: Callable[..., str], key: str) -> None:
    assert refused("CommitUpload", VodSessionKey=key) == "InvalidParameterValue.VodSessionKey"


IMPOSSIBLE_UPLOADS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.MediaType", {"MediaType": "exe"}),
    ("InvalidParameterValue.MediaType", {"MediaType": "m" * 17}),
    ("InvalidParameterValue.MediaType", {"MediaType": ""}),
    ("MissingParameter", {"MediaType": None}),
    ("InvalidParameterValue.CoverType", {"CoverType": "svg"}),
    ("InvalidParameterValue.Procedure", {"Procedure": "LongVideoPreset"}),
    ("InvalidParameterValue.ClassId", {"ClassId": 77}),
    ("InvalidParameterValue.ExpireTime", {"ExpireTime": "tomorrow"}),
    ("InvalidParameterValue.ExpireTime", {"ExpireTime": "1066-10-14T00:00:00Z"}),
    ("InvalidParameterValue.ExpireTime", {"ExpireTime": "2020-01-01T00:00:00Z"}),
    ("InvalidParameterValue.StorageRegion", {"StorageRegion": "ap-elsewhere"}),
    ("InvalidParameterValue.SessionContextTooLong", {"SessionContext": "s" * 1001}),
    ("InvalidParameterValue", {"SourceContext": "s" * 251}),
    ("UnsupportedOperation", {"MediaStoragePath": "/a/b.mp4"}),
]


def test_an_upload_that_cannot_be_taken_is_refused_before_a_byte_is_sent(refused: Callable[..., str]) -> None:
    for code, given in IMPOSSIBLE_UPLOADS:
        assert refused("ApplyUpload", **{"MediaType": "mp4", **given}) == code, given
    assert not Upload.objects.exists()


def test_a_type_that_cannot_be_uploaded_is_named_in_the_message(call: Call) -> None:
    for action, given in (
        ("ApplyUpload", {"MediaType": "exe"}),
        ("PullUpload", {"MediaUrl": "https://a.example/a.exe"}),
    ):
        with pytest.raises(TencentCloudSDKException, match="it is “exe”, and not mp4") as raised:
            call(action, **given)
        assert raised.value.code == "InvalidParameterValue.MediaType"


def test_a_media_goes_when_its_time_is_over(call: Call, uploaded: Media) -> None:
    call("ModifyMediaInfo", FileId=uploaded.file_id, ExpireTime="2040-01-01T00:00:00+08:00")
    Media.objects.filter(pk=uploaded.pk).update(expires_at=timezone.now())  # and then it is 2040
    collect_garbage()
    assert call("DescribeMediaInfos", FileIds=[uploaded.file_id]).NotExistFileIdSet == [uploaded.file_id]
    assert not storage().exists(uploaded.storage_key)


def test_the_segments_of_a_manifest_are_named(call: Call, refused: Callable[..., str]) -> None:
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg/1.ts\n#EXTINF:4,\nseg/2.ts\n#EXT-X-ENDLIST\n"
    assert call("ParseStreamingManifest", MediaManifestContent=playlist).MediaSegmentSet == ["seg/1.ts", "seg/2.ts"]
    master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"
    assert refused("ParseStreamingManifest", MediaManifestContent=master) == "ResourceUnavailable.MasterPlaylist"
    for text in ("", "no manifest", "#EXTM3U\n#EXTINF:4,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"):
        code = refused("ParseStreamingManifest", MediaManifestContent=text)
        assert code == "InvalidParameterValue.MediaManifestContent"
    assert (
        refused("ParseStreamingManifest", MediaManifestContent=playlist, ManifestType="f4m") == "InvalidParameterValue"
    )


# --- PullUpload -------------------------------------------------------------------------------------------------


def test_a_pull_is_a_task_like_others(call: Call, application: Application, procedure: Procedure) -> None:
    task_id = call(
        "PullUpload",
        MediaUrl="https://media.example/films/a%20clip.mp4?x=1",
        CoverUrl="https://media.example/a.png",
        Procedure=procedure.name,
        SessionId="p1",
        SessionContext="ctx",
        TasksPriority=3,
    ).TaskId
    pull = PullTask.objects.get(application=application, task_id=task_id)
    assert (pull.upload.name, pull.upload.media_type, pull.upload.procedure) == ("a clip", "mp4", procedure.name)
    detail = call("DescribeTaskDetail", TaskId=task_id)
    assert (detail.TaskType, detail.Status, detail.ProcedureTask) == ("PullUpload", "WAITING", None)
    assert (detail.PullUploadTask.SessionId, detail.PullUploadTask.SessionContext) == ("p1", "ctx")
    (simple,) = call("DescribeTasks").TaskSet
    assert (simple.TaskId, simple.TaskType, simple.SessionId) == (task_id, "PullUpload", "p1")
    call("ManageTask", TaskId=task_id, OperationType="Abort")
    assert call("DescribeTaskDetail", TaskId=task_id).Status == "ABORTED"


IMPOSSIBLE_PULLS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.MediaUrl", {"MediaUrl": "file:///etc/passwd"}),
    ("InvalidParameterValue.MediaUrl", {"MediaUrl": "http://127.0.0.1:22/a.mp4"}),
    ("InvalidParameterValue.MediaUrl", {"MediaUrl": "not a url"}),
    ("InvalidParameterValue.CoverUrl", {"CoverUrl": "gopher://media.example/a.png"}),
    ("InvalidParameterValue.MediaType", {"MediaUrl": "https://media.example/a.exe"}),
    ("InvalidParameterValue.MediaType", {"MediaType": "exe"}),
    ("InvalidParameterValue.SessionIdTooLong", {"SessionId": "s" * 51}),
    ("InvalidParameterValue.SessionContextTooLong", {"SessionContext": "s" * 1001}),
    ("InvalidParameterValue.Procedure", {"Procedure": "none"}),
    ("InvalidParameterValue", {"TasksPriority": 11}),
]


def test_a_pull_that_cannot_be_made_is_refused(refused: Callable[..., str]) -> None:
    for code, given in IMPOSSIBLE_PULLS:
        assert refused("PullUpload", **{"MediaUrl": "https://media.example/a.mp4", **given}) == code, given
    assert not PullTask.objects.exists()


def test_a_pull_with_a_used_session_id_is_refused(call: Call, refused: Callable[..., str]) -> None:
    given = {"MediaUrl": "https://media.example/a.mp4", "SessionId": "one"}
    call("PullUpload", **given)
    assert refused("PullUpload", **given) == "InvalidParameterValue.SessionId"
