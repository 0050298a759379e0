"""How much an application may have and ask for. Nothing is limited unless the operator says so.

Each limit is the application's own value, else the setting for all; 0 is none. Only administrators set them: who may
use an application up to a limit shouldn't be who moves it.
"""

from dataclasses import dataclass

from django.conf import settings

from applications.errors import InvalidValue, LimitReached
from applications.models import Application
from applications.transactions import atomic, locked_row
from applications.whole_numbers import LARGEST

_NUMBER = 2**31 - 1
MOST = {
    "max_bytes": LARGEST,
    "max_pictures_a_day": _NUMBER,
    "max_jobs_waiting": _NUMBER,
    "max_requests_a_second": _NUMBER,
}
"""What each quota's column holds."""
FIELDS = tuple(MOST)


class QuotaExceeded(LimitReached):
    """The sentence says how much would pass."""

    title = "A quota is reached"


@dataclass(frozen=True, slots=True)
class Quota:
    """The limits that hold for an application; 0 stands for none."""

    max_bytes: int
    max_pictures_a_day: int
    max_jobs_waiting: int
    max_requests_a_second: int


def quota_of(application: Application) -> Quota:
    values = {
        "max_bytes": settings.ZOETROPE_QUOTA_BYTES,
        "max_pictures_a_day": settings.ZOETROPE_QUOTA_PICTURES_A_DAY,
        "max_jobs_waiting": settings.ZOETROPE_QUOTA_JOBS_WAITING,
        "max_requests_a_second": settings.ZOETROPE_API_RATE,
    }
    own = {name: getattr(application, name) for name in FIELDS if getattr(application, name) is not None}
    return Quota(**{**values, **own})


@atomic
def set_quota(*, application: Application, limits: dict[str, int | None]) -> Application:
    """What is left out stays; None: as the settings have it; 0: none. Raises InvalidValue."""
    for name, value in limits.items():
        if name not in FIELDS:
            raise InvalidValue(f"There is no quota {name}.", field=name)
        if value is not None and not 0 <= value <= MOST[name]:
            raise InvalidValue(f"A quota is a whole number up to {MOST[name]}, 0 for none.", field=name)
    row = locked_row(Application.objects.all(), application.pk, gone="This application is gone.")
    for name, value in limits.items():
        setattr(row, name, value)
    row.save(update_fields=[*limits, "updated_at"])
    return row
