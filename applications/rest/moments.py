from datetime import UTC, date, datetime

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):
    def to_python(self, value: str | datetime | date | None) -> datetime | None:
        """Refuses also the years 0 and 10000, which an offset can lead to: a database would stumble over them."""
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """ISO 8601, as 2026-11-22T08:00:00Z."""

    field_class = MomentField
