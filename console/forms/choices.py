"""What there is to choose in an application: declared fields get it when their form is made."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Choices, QuerySet
from django.forms import ChoiceField, Form, ModelChoiceField

from console.words.told import told_later


def in_words(choices: type[Choices]) -> list[tuple[Any, Any]]:
    """Choices of a room below, in the language of whoever reads the form."""
    return [(value, told_later(label) if label else label) for value, label in choices.choices]


def offer(form: Form, **choices: QuerySet[Any] | Sequence[tuple[object, object]]) -> None:
    """For each named field either rows, or pairs of a value and its words."""
    for name, offered in choices.items():
        field = form.fields[name]
        if isinstance(field, ModelChoiceField) and isinstance(offered, QuerySet):
            field.queryset = offered
        elif isinstance(field, ChoiceField) and not isinstance(offered, QuerySet):
            field.choices = offered
        else:
            raise TypeError(f"{type(field).__name__} {name} can't offer {type(offered).__name__}.")
