"""What a step says of the seconds that it shows: offsets as people type them, and what is left to the engine."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from animator.core.choice import FEWEST, LONGEST, MOST, SHORTEST, SHORTEST_PIECE, Choice
from console.words.offsets import parse_offset
from procedures.plan import CHOICE_FIELDS, choice_of

SPREAD = tuple(name for name in CHOICE_FIELDS if name != "auto")


class OffsetField(forms.CharField):
    """Seconds, typed in any of the ways of console/words/offsets.py."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "data-offset": True})

    def clean(self, value: Any) -> float:
        try:
            return parse_offset(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


def _share() -> forms.NumberInput:
    return forms.NumberInput(attrs={"step": "any", "placeholder": "0"})


class ChoiceFields(forms.Form):
    """The best seconds between start and end, or pieces spread over it, and what isn't looked at."""

    auto = forms.FloatField(
        label=_("Best of it, s"),
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        widget=forms.NumberInput(attrs={"step": "any", "placeholder": _("all")}),
    )
    pieces = forms.IntegerField(
        label=_("Pieces"),
        required=False,
        min_value=FEWEST,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"placeholder": _("all in one")}),
    )
    piece = forms.FloatField(
        label=_("Each of them, s"),
        required=False,
        min_value=SHORTEST_PIECE,
        max_value=LONGEST,
        widget=forms.NumberInput(attrs={"step": "any", "placeholder": _("one picture")}),
    )
    skip_first = forms.FloatField(label=_("Skip first, %"), required=False, min_value=0, widget=_share())
    skip_last = forms.FloatField(label=_("Skip last, %"), required=False, min_value=0, widget=_share())

    def check_pieces(self) -> None:
        values = self.cleaned_data
        if values.get("piece") and "pieces" in values and not values["pieces"]:
            self.add_error("pieces", _("Say how many pieces there are to be."))

    @property
    def chosen(self) -> Choice:
        """Of what is clean. Raises InvalidValue."""
        return choice_of(**{name: self.cleaned_data[name] for name in CHOICE_FIELDS if self.cleaned_data.get(name)})


def shown_choice(values: Mapping[str, float]) -> dict[str, str]:
    """What the engine is to choose, as the row has it; "" for nothing."""
    return {name: f"{value:g}" if value else "" for name, value in values.items()}
