from media_jobs.models.batches import Batch
from media_jobs.models.chores import Chore
from media_jobs.models.events import Delivery, Event, EventConfig
from media_jobs.models.holdings import Holding
from media_jobs.models.media import Media, MediaClass, MediaTag, still_there
from media_jobs.models.objects import MultipartUpload, ObjectPart, StoredObject, UploadCredential
from media_jobs.models.previews import Preview
from media_jobs.models.pulls import PullTask
from media_jobs.models.queue import QueueHead
from media_jobs.models.snapshots import SnapshotSet
from media_jobs.models.studio import StudioFile
from media_jobs.models.suspects import Suspect
from media_jobs.models.tasks import AnimatedImage, Job, ProcedureTask, Sibling
from media_jobs.models.uploads import PARTIAL, RESUMABLE, Upload
from media_jobs.models.workers import Worker, worker_name

# What jobs make: rows with the storage key, size and md5 of one stored file each.
OUTPUTS = (AnimatedImage, SnapshotSet)
# What has bytes of its own, and is of a media.
FILES = (*OUTPUTS, Sibling)

__all__ = [
    "FILES",
    "OUTPUTS",
    "PARTIAL",
    "RESUMABLE",
    "AnimatedImage",
    "Batch",
    "Chore",
    "Delivery",
    "Event",
    "EventConfig",
    "Holding",
    "Job",
    "Media",
    "MediaClass",
    "MediaTag",
    "MultipartUpload",
    "ObjectPart",
    "Preview",
    "ProcedureTask",
    "PullTask",
    "QueueHead",
    "Sibling",
    "SnapshotSet",
    "StoredObject",
    "StudioFile",
    "Suspect",
    "Upload",
    "UploadCredential",
    "Worker",
    "still_there",
    "worker_name",
]
