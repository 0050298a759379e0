from typing import Any

import django_filters
from django import forms

from applications.whole_numbers import LARGEST


class WholeField(forms.IntegerField):
    """A whole number that a store can hold: not every lookup sees by itself that a larger one finds nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST, **options)


class WholeFilter(django_filters.NumberFilter):
    """A number of a row, such as a class or a template."""

    field_class = WholeField
