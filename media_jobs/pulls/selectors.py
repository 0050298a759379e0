"""Reads about pulls; every one starts from the application it belongs to."""

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from applications.errors import NotFound
from applications.models import Application
from media_jobs.models import PullTask


def pulls_for(application: Application) -> QuerySet[PullTask]:
    return PullTask.objects.filter(application=application).select_related("upload__media")


def one_pull(application: Application, task_id: str) -> PullTask:
    """Raises NotFound."""
    pull = pulls_for(application).filter(task_id=task_id).first()
    if pull is None:
        raise NotFound(f"There is no task {task_id}.", field="task_id")
    return pull


def failed_pulls_for(application: Application) -> QuerySet[PullTask]:
    """Those of the last days that brought nothing, newest first."""
    since = Now() - settings.ZOETROPE_TASK_WINDOW
    return pulls_for(application).filter(created_at__gt=since, err_code__gt=0)
