"""What to do about a failed image: the console's second sentence, after the engine's own."""

from django.utils.translation import gettext_lazy as _

from media_jobs.models import Job
from media_jobs.states import JobState

_ADVICE = {
    "InvalidInput.InvalidTimeOffset": _("Change the start or end offset in the task flow, or use a longer video."),
    "InvalidInput.ResultFileSizeTooLarge": _("Choose a shorter segment, a smaller size or a lower frame rate."),
    "InvalidInput.ConfigurationUnsupported": _("Try a shorter segment or a smaller size in the template."),
    "InvalidInput.DefinitionNotExist": _("Choose another template in the task flow."),
    "InvalidInput": _("Check the values of the template and the times in the task flow."),
    "SourceFileError.NoVideoMedia": _("This file has sound, a still or nothing, but no video. Upload a video."),
    "SourceFileError.NoVideoResolution": _("The video doesn't tell its size. Convert it to MP4 (H.264), upload again."),
    "SourceFileError.ContentMalformed": _("The file is damaged. Export it anew, say to MP4 (H.264), and upload that."),
    "SourceFileError.ContentUnsupported": _("Convert the video to a common format such as MP4 (H.264), upload again."),
    "SourceFileError": _("Check that the file plays on your own computer, and upload it again."),
    "InternalError": _("Retry. If it happens again, show the operator this page: the worker's log has the details."),
}


def may_help_again(job: Job) -> bool:
    """Whether the same values may succeed now: what was cancelled, and what failed through no fault of theirs."""
    return job.state == JobState.ABORTED or (job.state == JobState.FAIL and job.err_code.startswith("InternalError"))


def may_help_changed(job: Job) -> bool:
    """Whether other times or another template may succeed."""
    unmade = job.state in (JobState.ABORTED, JobState.FAIL)
    return unmade and job.kind == Job.Kind.ANIMATE and not job.err_code.startswith("SourceFileError")


def advice(err_code: str) -> str:
    """For an ErrCodeExt of docs/protocol 2.8; an unknown one is advised like its family."""
    family = err_code.partition(".")[0]
    return str(_ADVICE.get(err_code) or _ADVICE.get(family) or _ADVICE["InternalError"])
