"""Times on the wire: ISO 8601, `2018-10-01T10:00:00Z`; with an offset, too (docs/protocol 2, "Conventions")."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudapi.v3.errors import ApiError
from cloudapi.v3.shapes import Parameter, Struct, Text

_FIRST_YEAR, _LAST_YEAR = 1970, 9999


@dataclass(frozen=True, slots=True)
class Moment:
    code: str = ""

    def read(self, value: Any, *, path: str, text: bool) -> datetime:
        """In UTC; what comes without a zone is UTC."""
        written = Text(most=40).read(value, path=path, text=text)
        try:
            moment = datetime.fromisoformat(written)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._refused(path) from None
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise self._refused(path)
        return moment

    def _refused(self, path: str) -> ApiError:
        code = self.code or "InvalidParameterValue"
        return ApiError(code, f"{path} is a time such as 2018-10-01T10:00:00Z.")

    def __str__(self) -> str:
        return "ISO 8601 time"


def time_range(code: str = "") -> Struct:
    """TimeRange: from After to Before, both inclusive."""
    return Struct(Parameter("After", Moment(code)), Parameter("Before", Moment(code)), name="TimeRange")


def as_expiry(moment: datetime | None) -> datetime | None:
    """9999-12-31T23:59:59Z means never."""
    return None if moment is None or moment.year == _LAST_YEAR else moment
