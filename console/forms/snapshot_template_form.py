from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.errors import InvalidValue
from console.forms.choices import in_words
from console.sending.saving import note
from templates_app.services import copy_name
from templates_app.snapshot_kinds import SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate
from templates_app.snapshots.rules import SnapshotFields, fields_of, mistakes


class SnapshotTemplateForm(forms.Form):
    """A template of one kind of snapshots, with the fields that the kind has; an empty width or height is 0."""

    name = forms.CharField(label=_("Template name"), required=False, help_text=_("At most 64 characters."))
    format = forms.ChoiceField(label=_("Image type"), choices=SnapshotTemplate.Format, initial="jpg")
    sample_type = forms.ChoiceField(label=_("A snapshot every so many"), choices=in_words(SnapshotTemplate.Sampling))
    sample_interval = forms.IntegerField(
        label=_("Interval"), initial=10, help_text=_("1–100 per cent, or 1–86400 seconds.")
    )
    rows = forms.IntegerField(label=_("Rows of a sheet"), initial=10, help_text="1–100.")
    columns = forms.IntegerField(label=_("Columns of a sheet"), initial=10, help_text="1–100.")
    resolution_adaptive = forms.BooleanField(
        label=_("Long side / short side"),
        required=False,
        initial=True,
        help_text=_("For landscape and portrait videos alike: the width is the long side, the height the short one."),
    )
    width = forms.IntegerField(label=_("Width of a snapshot"), required=False, initial=0)
    height = forms.IntegerField(
        label=_("Height of a snapshot"),
        required=False,
        initial=0,
        help_text=_("Pixels, 32–4096. 0 keeps the shape of the video; 0 in both keeps its size."),
    )
    fill_type = forms.ChoiceField(
        label=_("If width and height have another shape"), choices=in_words(SnapshotTemplate.Fill), initial="black"
    )
    comment = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, kind: SnapshotKind, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind = kind
        for name in self.base_fields.keys() - set(fields_of(kind)):
            del self.fields[name]

    def clean(self) -> None:
        """Every field's own rule, so that all mistakes are shown at once."""
        values = self.cleaned_data
        for side in ("width", "height"):
            values[side] = values.get(side) or 0
        for refusal in list(mistakes(values)):
            note(self, refusal)

    def fields_to_save(self) -> SnapshotFields:
        """Raises InvalidValue without a name: a list of nameless templates tells nobody which is which."""
        if not self.cleaned_data["name"]:
            raise InvalidValue(str(_("Give the template a name.")), field="name")
        return cast(SnapshotFields, {name: self.cleaned_data[name] for name in self.fields})

    @classmethod
    def showing(cls, template: SnapshotTemplate) -> SnapshotTemplateForm:
        values = {name: getattr(template, name) for name in fields_of(template.sort)}
        return cls(initial=values, kind=template.sort)

    @classmethod
    def copying(cls, template: SnapshotTemplate) -> SnapshotTemplateForm:
        """The values of a template that is to have a copy."""
        form = cls.showing(template)
        form.initial["name"] = copy_name(template)
        return form
