"""Terminating an application, and taking that back: two steps and a waiting period, as what goes is gone for good.

What it had is cleared by media_jobs/maintenance/clearing.py, once the waiting period is over.
"""

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.functions import Now

from applications.errors import Conflict
from applications.models import Application
from applications.services.applications import Terminated, locked
from applications.transactions import atomic


@atomic
def terminate_application(*, application: Application) -> Application:
    """It goes for good in ZOETROPE_TERMINATION_DAYS, by the database's clock. Only one that is switched off.

    Raises Conflict for the primary one, for one that is on, and Terminated for the second time.
    """
    now = locked(application)
    if now.is_primary:
        raise Conflict("The primary application can't be terminated.")
    if now.is_terminated:
        raise Terminated
    if now.status != Application.Status.OFF:
        raise Conflict("Switch the application off first, and see that nothing needs it any more.")
    ends = ExpressionWrapper(Now() + Value(settings.ZOETROPE_TERMINATION), output_field=DateTimeField())
    return _written(now, status=Application.Status.DESTROYING, terminates_at=ends)


@atomic
def take_back(*, application: Application) -> Application:
    """Switched off, as it was before; what was cancelled stays so.

    Raises Conflict when it isn't terminated, and when it is too late.
    """
    now = locked(application)
    if not now.is_terminated:
        raise Conflict("This application isn't terminated.")
    over = Application.objects.filter(pk=now.pk, terminates_at__lte=Now())
    if now.clearing_since or now.status == Application.Status.DESTROYED or over.exists():
        raise Conflict("It is too late: what was in this application is being cleared, or is gone.")
    return _written(now, status=Application.Status.OFF, terminates_at=None)


@atomic
def begin_clearing(*, application: Application) -> bool:
    """Whether its time is over, so that it may be cleared; from then on it can't be taken back."""
    now = locked(application)
    if now.status != Application.Status.DESTROYING:
        return False
    due = Application.objects.filter(pk=now.pk, clearing_since=None, terminates_at__lte=Now())
    return bool(due.update(clearing_since=Now())) or now.clearing_since is not None


@atomic
def end_clearing(*, application: Application) -> Application:
    """Nothing of it is left but its row and the audit log."""
    return _written(locked(application), status=Application.Status.DESTROYED)


def _written(application: Application, **columns: object) -> Application:
    Application.objects.filter(pk=application.pk).update(updated_at=Now(), **columns)
    application.refresh_from_db()
    return application
