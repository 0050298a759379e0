"""What an application uses of its quotas, and refusing what would go beyond: before anything is taken or written.

Nothing is counted while no quota is set. Requests of the very same moment may pass together: no lock is worth that.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum
from django.db.models.functions import Coalesce

from applications.models import Application
from applications.quotas import QuotaExceeded, quota_of
from media_jobs.clock import after
from media_jobs.holdings import held
from media_jobs.models import FILES, Job, Media, ObjectPart, StoredObject, Upload
from media_jobs.states import JobState, UploadState

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of media, of pictures and of uploads under way; pictures asked for within 24 hours; jobs that wait."""

    bytes: int
    pictures: int
    jobs: int

    @classmethod
    def of(cls, application: Application) -> "Usage":
        return cls(bytes_of(application), pictures_of(application), jobs_of(application))


def check_bytes(application: Application, size: int) -> None:
    """Before so many more bytes are taken in. Raises QuotaExceeded."""
    most = quota_of(application).max_bytes
    if most:
        _refuse(used=bytes_of(application), more=max(1, size), most=most, what="bytes stored", field="length")


def check_work(application: Application, pictures: int) -> None:
    """Before so many pictures and covers are asked for. Raises QuotaExceeded."""
    quota = quota_of(application)
    if most := quota.max_pictures_a_day:
        _refuse(used=pictures_of(application), more=pictures, most=most, what="pictures in 24 hours")
    if most := quota.max_jobs_waiting:
        _refuse(used=jobs_of(application), more=pictures, most=most, what="jobs waiting")


def bytes_of(application: Application) -> int:
    open_ones = Upload.objects.filter(application=application, state=UploadState.OPEN)
    open_session = {"upload__application": application, "upload__state": UploadState.OPEN}
    part = {f"multipart__{name}": value for name, value in open_session.items()}
    sums = (
        open_ones.aggregate(sum=Sum(Coalesce("length", "offset"))),
        StoredObject.objects.filter(**open_session).aggregate(sum=Sum("size")),
        ObjectPart.objects.filter(**part).aggregate(sum=Sum("size")),
    )
    return held(application, Media, *FILES).bytes + sum(int(one["sum"] or 0) for one in sums)


def pictures_of(application: Application) -> int:
    return Job.objects.filter(task__application=application, task__created_at__gt=after(-DAY)).count()


def jobs_of(application: Application) -> int:
    return Job.objects.filter(application=application, state=JobState.WAITING, task__isnull=False).count()


def _refuse(*, used: int, more: int, most: int, what: str, field: str = "") -> None:
    if used + more > most:
        left = max(0, most - used)
        sentence = f"This application's quota is {most:,} {what}; {used:,} are used, so {left:,} more pass."
        raise QuotaExceeded(sentence, field=field)
