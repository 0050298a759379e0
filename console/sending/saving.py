"""Where a form meets a service: a refusal lands beside the field that it is about, and no input is lost."""

from collections.abc import Callable
from typing import TypeVar

from django.forms import Form

from applications.errors import Forbidden, Refused
from console.words.told import told

T = TypeVar("T")


def saved(form: Form, save: Callable[[], T]) -> T | None:
    """What `save` made of a valid form, or None with the reason among the form's errors. Raises Forbidden."""
    if not form.is_valid():
        return None
    try:
        return save()
    except Forbidden:
        raise
    except Refused as refusal:
        note(form, refusal)
        return None


def note(form: Form, refusal: Refused) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, told(refusal))
