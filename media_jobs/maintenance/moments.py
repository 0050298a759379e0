"""Moments that lie further ahead than any that is ever written: a clock that was ahead left them when it was set back.

Nothing may wait for it to come there again. A clock that was ahead for a moment ends nothing either: see `Watch`.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from media_jobs.clock import after
from media_jobs.jobs.leases import LONGEST_DELAY
from media_jobs.models import Event, EventConfig, Job, PullTask
from media_jobs.pulls.leases import lease_of_pulls
from media_jobs.states import JobState, TaskStatus

_SPARE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(days=1)  # of an endpoint: the longest Retry-After that is heeded


def mend_leases() -> None:
    """Leases and pauses of jobs and pulls. Who holds a lease has a whole one to renew it, as after any claim."""
    lease, waiting = settings.ZOETROPE_LEASE, {"state": JobState.WAITING, "postponed": True}
    Job.objects.filter(**waiting, not_before__gt=after(LONGEST_DELAY + _SPARE)).update(not_before=Now())
    held = Job.objects.filter(state=JobState.PROCESSING, lease_until__gt=after(2 * lease))
    held.update(lease_until=after(lease))
    late = PullTask.objects.filter(status=TaskStatus.WAITING, not_before__gt=after(LONGEST_DELAY + _SPARE))
    late.update(not_before=Now())
    of_pulls = lease_of_pulls()
    fetched = PullTask.objects.filter(status=TaskStatus.PROCESSING, lease_until__gt=after(2 * of_pulls))
    fetched.update(lease_until=after(of_pulls))


def mend_events(*, clock_was_set: bool) -> None:
    """Events that wait longer than their last hand-out or try can have meant, and pauses of endpoints.

    Once the clock was set nobody can tell a pause from a long one: then each begins anew.
    """
    too_long = timedelta(0) if clock_was_set else _LONGEST_PAUSE
    EventConfig.objects.filter(paused_until__gt=after(too_long + _SPARE)).update(paused_until=None)
    pulling = EventConfig.objects.filter(mode=EventConfig.Mode.PULL).values("application")
    hold = settings.ZOETROPE_EVENT_INVISIBLE + _SPARE
    Event.objects.filter(settled_at=None, application__in=pulling, next_at__gt=after(hold)).update(next_at=Now())
    steps = [timedelta(0), *(timedelta(seconds=1.2 * step) for step in settings.ZOETROPE_CALLBACK_RETRIES)]
    for attempts, step in enumerate(steps):
        open_yet = Event.objects.filter(settled_at=None, attempts=attempts)
        open_yet.filter(next_at__gt=after(step + _SPARE)).update(next_at=Now())
