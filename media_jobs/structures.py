"""The wire structures of docs/protocol 2.8, built from rows: plain dicts with the protocol's names, ready for JSON.

What has no value is None; a door that must leave nulls out uses `without_nulls`. Times are ISO 8601 in UTC.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings

from animator.core.media import AudioStreamMetaData, MediaMetaData, VideoStreamMetaData
from applications.often_asked import OftenAsked
from media_jobs import snapshot_structures as snapshots
from media_jobs.models import AnimatedImage, Job, Media, MediaClass, ProcedureTask, PullTask
from media_jobs.states import ENDED, JobState, TaskStatus
from media_jobs.store.formats import AUDIO, VIDEO
from media_jobs.store.storage import url_of
from procedures.plan import CoverStep
from procedures.unmade import UnmadeStep

Structure = dict[str, Any]

NEVER = "9999-12-31T23:59:59Z"
_NO_CLASS = {"zh-CN": "其他", "en-US": "Other"}  # the class 0, by the language that is asked for
CANCELLED = "Aborted"  # whoever sees InternalError tries again; this one was ended on purpose
_FAMILIES = {"": 0, CANCELLED: 40000, "InvalidInput": 40000, "SourceFileError": 60000, "InternalError": 70000}


def iso(moment: datetime | None) -> str:
    """ "" for what hasn't happened yet."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def err_code(err_code_ext: str) -> int:
    """The old number of an ErrCodeExt: its family's; 0 for success (docs/protocol 2.8)."""
    return _FAMILIES.get(err_code_ext.partition(".")[0], 70000)


def no_class(language: str = "") -> str:
    """The name of class 0; in Chinese unless `language` is one of docs/protocol 1.1, X-TC-Language."""
    return _NO_CLASS.get(language, _NO_CLASS["zh-CN"])


def without_nulls(value: Any) -> Any:
    """The same without the members that are None, at any depth: callbacks leave them out (docs/protocol 5.1)."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


_jobs_told_of = OftenAsked(
    lambda task: Job.objects.filter(task=task).select_related("output", "snapshots").order_by("position"), "task"
)


def procedure_task(task: ProcedureTask) -> Structure:
    """ProcedureTask. Its Status knows no WAITING and no ABORTED: a cancelled task is FINISH with failed parts."""
    ended = task.status in (TaskStatus.FINISH, TaskStatus.ABORTED)
    jobs = _jobs_told_of.all(task=task.pk)
    return {
        "TaskId": task.task_id,
        "Status": "FINISH" if ended else "PROCESSING",
        "ErrCode": 0,
        "Message": "SUCCESS",
        "FileId": task.media.file_id,
        "FileName": task.media.name,
        "FileUrl": url_of(task.media.storage_key),
        "MetaData": media_meta_data(task.media),
        "MediaProcessResultSet": [media_process_task_result(job) for job in jobs],
        "AiContentReviewResultSet": [],
        "AiAnalysisResultSet": [],
        "AiRecognitionResultSet": [],
        "TasksPriority": task.priority,
        "TasksNotifyMode": task.notify_mode,
        "SessionContext": task.session_context,
        "SessionId": task.session_id,
        "Operator": "",
        "OperationType": "",
    }


def media_process_task_result(job: Job) -> Structure:
    """MediaProcessTaskResult of one part of a task."""
    if job.kind == Job.Kind.COVER:
        return {"Type": "CoverBySnapshot", "CoverBySnapshotTask": cover_by_snapshot_result(job)}
    if job.kind == Job.Kind.SNAPSHOT:
        return snapshots.process_result(job, _result_frame(job))
    if job.kind == Job.Kind.UNMADE:
        return _unmade_result(job)
    return {"Type": "AnimatedGraphics", "AnimatedGraphicTask": animated_graphic_result(job)}


def animated_graphic_result(job: Job) -> Structure:
    """MediaProcessTaskAnimatedGraphicResult. One that hasn't begun is PROCESSING at 0 %, a cancelled one FAIL."""
    image: AnimatedImage | None = getattr(job, "output", None)
    return {
        **_result_frame(job),
        "Input": {
            "Definition": job.definition,
            "StartTimeOffset": job.plan["start"],
            "EndTimeOffset": job.plan["end"],
        },
        "Output": media_animated_graphics_item(image) if image else None,
    }


def cover_by_snapshot_result(job: Job) -> Structure:
    """MediaProcessTaskCoverBySnapshotResult."""
    step = CoverStep.from_dict(job.plan)
    return {
        **_result_frame(job),
        "Input": {
            "Definition": step.definition,
            "PositionType": step.position_type,
            "PositionValue": step.position_value,
            "WatermarkSet": [],
        },
        "Output": {"CoverUrl": url_of(job.cover_key)} if job.cover_key else None,
    }


def _unmade_result(job: Job) -> Structure:
    """Of a task that only the cloud does: its input as it was given, and never an output."""
    step = UnmadeStep.from_dict(job.plan)
    return {"Type": step.task, f"{step.task}Task": {**_result_frame(job), "Input": step.asked, "Output": None}}


def _result_frame(job: Job) -> Structure:
    """What the results of all kinds of sub-tasks have in common."""
    ext = job.err_code or {JobState.FAIL: "InternalError", JobState.ABORTED: CANCELLED}.get(JobState(job.state), "")
    return {
        "Status": _sub_task_status(job),
        "ErrCodeExt": ext,
        "ErrCode": err_code(ext),
        "Message": job.message or ("SUCCESS" if job.state == JobState.SUCCESS else ""),
        "Progress": 100 if job.state in ENDED else job.progress,
        "BeginProcessTime": iso(job.began_at),
        "FinishTime": iso(job.finished_at),
    }


def media_animated_graphics_item(image: AnimatedImage) -> Structure:
    """MediaAnimatedGraphicsItem: offsets as they were resolved, in seconds from the beginning."""
    return {
        "Url": url_of(image.storage_key),
        "Definition": image.definition,
        "Container": image.container,
        "Height": image.height,
        "Width": image.width,
        "Bitrate": image.bitrate,
        "Size": image.size,
        "Md5": image.md5,
        "StartTimeOffset": image.start,
        "EndTimeOffset": image.end,
    }


def media_meta_data(media: Media) -> Structure | None:
    """MediaMetaData, None until the media is analysed."""
    if media.metadata is None:
        return None
    found = MediaMetaData.from_dict(media.metadata)
    return {
        "Size": found.size,
        "Container": found.container,
        "Bitrate": found.bitrate,
        "Height": found.height,
        "Width": found.width,
        "Duration": found.duration,
        "Rotate": found.rotate,
        "VideoStreamSet": [_video_stream(stream) for stream in found.video_streams],
        "AudioStreamSet": [_audio_stream(stream) for stream in found.audio_streams],
        "VideoDuration": found.video_duration,
        "AudioDuration": found.audio_duration,
        "Md5": found.md5,
    }


def media_basic_info(media: Media, *, language: str = "") -> Structure:
    """MediaBasicInfo."""
    path = _class_path(media.media_class) or [no_class(language)]
    return {
        "Name": media.name,
        "Description": media.description,
        "CreateTime": iso(media.created_at),
        "UpdateTime": iso(media.updated_at),
        "ExpireTime": iso(media.expires_at) or NEVER,
        "ClassId": media.media_class_id or 0,
        "ClassName": path[-1],
        "ClassPath": " - ".join(path),
        "CoverUrl": url_of(media.poster_key),
        "Type": media.media_type,
        "MediaUrl": url_of(media.storage_key),
        "SourceInfo": {"SourceType": media.source_type, "SourceContext": media.source_context},
        "StorageRegion": settings.ZOETROPE_REGION,
        "StoragePath": "",
        "TagSet": [tag.name for tag in media.tags.all()],
        "Vid": "",
        "Category": _category(media.media_type),
        "Status": media.status,
        "StorageClass": "STANDARD",
    }


def animated_graphics_info(media: Media) -> Structure | None:
    """MediaAnimatedGraphicsInfo: every animated image of the media, oldest first; None when there is none."""
    items = [media_animated_graphics_item(image) for image in reversed(media.animated_images.all())]
    return {"AnimatedGraphicsSet": items} if items else None


_Section = tuple[str, Callable[[Media], Structure | None]]
SECTIONS: dict[str, _Section] = {
    "basicInfo": ("BasicInfo", media_basic_info),
    "metaData": ("MetaData", media_meta_data),
    "animatedGraphicsInfo": ("AnimatedGraphicsInfo", animated_graphics_info),
    **snapshots.SECTIONS,
}


def media_info(media: Media, sections: Collection[str] = (), *, language: str = "") -> Structure:
    """MediaInfo with the sections that DescribeMediaInfos' Filters name; none means all. Unknown names are left out."""
    known: dict[str, _Section] = {**SECTIONS, "basicInfo": ("BasicInfo", partial(media_basic_info, language=language))}
    built = {field: build(media) for name, (field, build) in known.items() if not sections or name in sections}
    return {"FileId": media.file_id, **built}


def file_upload_task(media: Media, *, procedure_task_id: str = "") -> Structure:
    """FileUploadTask, the object of NewFileUpload. MetaData is null as a rule: nobody has looked at the file yet."""
    return {
        "FileId": media.file_id,
        "MediaBasicInfo": media_basic_info(media),
        "ProcedureTaskId": procedure_task_id,
        "ReviewAudioVideoTaskId": "",
        "MetaData": media_meta_data(media),
    }


def pull_upload_task(pull: PullTask, *, language: str = "") -> Structure:
    """PullUploadTask, the object of PullComplete."""
    media = pull.upload.media
    ended = pull.status in (TaskStatus.FINISH, TaskStatus.ABORTED)
    task = media.tasks.order_by("pk").first() if media else None
    return {
        "TaskId": pull.task_id,
        "Status": "FINISH" if ended else "PROCESSING",
        "ErrCode": pull.err_code,
        "Message": pull.message or ("SUCCESS" if ended else ""),
        "FileId": media.file_id if media else "",
        "MediaBasicInfo": media_basic_info(media, language=language) if media else None,
        "MetaData": media_meta_data(media) if media else None,
        "FileUrl": url_of(media.storage_key) if media else "",
        "ProcedureTaskId": task.task_id if task else "",
        "ReviewAudioVideoTaskId": "",
        "SessionContext": pull.upload.session_context,
        "SessionId": pull.session_id,
        "Progress": 100 if ended else pull.progress,
    }


def file_delete_task(media: Media) -> Structure:
    """FileDeleteTask of one media that went as a whole."""
    return {
        "FileIdSet": [media.file_id],
        "FileDeleteResultInfo": [{"FileId": media.file_id, "DeleteParts": []}],
    }


def _sub_task_status(job: Job) -> str:
    if job.state == JobState.SUCCESS:
        return "SUCCESS"
    return "FAIL" if job.state in ENDED else "PROCESSING"


def _video_stream(stream: VideoStreamMetaData) -> Structure:
    return {
        "Bitrate": stream.bitrate,
        "Height": stream.height,
        "Width": stream.width,
        "Codec": stream.codec,
        "Fps": stream.fps,
        "CodecTag": stream.codec_tag,
        "DynamicRangeInfo": {"Type": stream.dynamic_range, "HDRType": stream.hdr_type},
    }


def _audio_stream(stream: AudioStreamMetaData) -> Structure:
    return {"Bitrate": stream.bitrate, "SamplingRate": stream.sampling_rate, "Codec": stream.codec}


def _class_path(media_class: MediaClass | None) -> list[str]:
    """Names from the top class down, none for class 0; docs/protocol 2.7 allows four levels."""
    names: list[str] = []
    while media_class:
        names.insert(0, media_class.name)
        media_class = media_class.parent
    return names


def _category(media_type: str) -> str:
    return "Audio" if media_type in AUDIO - VIDEO else "Video"
