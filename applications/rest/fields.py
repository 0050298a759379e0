"""Numbers as JSON has them: no strings, no booleans, no infinities."""

from typing import Any

from rest_framework import serializers

from applications.whole_numbers import LARGEST


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or abs(data) > LARGEST:
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    """Seconds, qualities and the like; 2 is as good as 2.0."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or abs(data) > 1e12:
            self.fail("invalid")
        return float(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
