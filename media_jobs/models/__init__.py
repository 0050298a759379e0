from media_jobs.models.media import Media, MediaClass, MediaTag
from media_jobs.models.tasks import AnimatedImage, Job, ProcedureTask
from media_jobs.models.uploads import Upload
from media_jobs.models.workers import Worker

__all__ = ["AnimatedImage", "Job", "Media", "MediaClass", "MediaTag", "ProcedureTask", "Upload", "Worker"]
