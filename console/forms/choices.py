"""What there is to choose in an application: declared fields get it when their form is made."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.forms import ChoiceField, Form, ModelChoiceField


def offer(form: Form, **choices: QuerySet[Any] | Sequence[tuple[object, str]]) -> None:
    """For each named field either rows, or pairs of a value and its words."""
    for name, offered in choices.items():
        field = form.fields[name]
        if isinstance(field, ModelChoiceField) and isinstance(offered, QuerySet):
            field.queryset = offered
        elif isinstance(field, ChoiceField) and not isinstance(offered, QuerySet):
            field.choices = offered
        else:
            raise TypeError(f"{type(field).__name__} {name} can't offer {type(offered).__name__}.")
