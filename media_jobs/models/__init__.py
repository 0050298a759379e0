from media_jobs.models.events import Delivery, Event, EventConfig
from media_jobs.models.media import Media, MediaClass, MediaTag
from media_jobs.models.objects import MultipartUpload, ObjectPart, StoredObject, UploadCredential
from media_jobs.models.pulls import PullTask
from media_jobs.models.queue import QueueHead
from media_jobs.models.tasks import AnimatedImage, Job, ProcedureTask
from media_jobs.models.uploads import Upload
from media_jobs.models.workers import Worker

__all__ = [
    "AnimatedImage",
    "Delivery",
    "Event",
    "EventConfig",
    "Job",
    "Media",
    "MediaClass",
    "MediaTag",
    "MultipartUpload",
    "ObjectPart",
    "ProcedureTask",
    "PullTask",
    "QueueHead",
    "StoredObject",
    "Upload",
    "UploadCredential",
    "Worker",
]
