from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from rest_framework.fields import BooleanField

from applications.whole_numbers import whole


class WholeField(forms.IntegerField):
    """A whole number that a store can hold: not every lookup sees by itself that a larger one finds nothing."""

    def to_python(self, value: Any) -> int | None:
        """Digits alone: the library's own would also read "1.0", "+1" and digits of other scripts."""
        if value in self.empty_values:
            return None
        number = whole(str(value))
        if number is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class WholeFilter(django_filters.NumberFilter):
    """A number of a row, such as a class or a template."""

    field_class = WholeField


class FlagField(forms.Field):
    """`true` or `false`: the library's own takes every other word for no filter, which finds everything."""

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        known = {"true": True, "false": False}
        if str(value).lower() not in known:
            raise ValidationError(BooleanField.default_error_messages["invalid"], code="invalid")
        return known[str(value).lower()]


class FlagFilter(django_filters.BooleanFilter):
    field_class = FlagField
