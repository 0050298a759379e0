"""The rows of a task flow's snapshots: a template of any kind and, where the kind wants them, moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.errors import InvalidValue
from applications.models import Application
from console.forms.choices import offer
from console.words.presets import named
from console.words.told import told
from procedures.models import ProcedureSnapshot
from procedures.snapshots import SnapshotInput, snapshot_step
from templates_app.snapshot_kinds import KINDS
from templates_app.snapshot_template import SnapshotTemplate

Templates = Mapping[str, SnapshotTemplate]


def snapshots_offered(application: Application) -> Templates:
    """What a row may choose, by key; asked for once, however many rows there are."""
    return {template.key: template for template in SnapshotTemplate.objects.usable_in(application)}


class SnapshotRow(forms.Form):
    """Rows share their inputs' names; ids differ. One without a template is none."""

    snapshot = forms.ChoiceField(label=_("Snapshot template"), required=False)
    moments = forms.CharField(
        label=_("Moments"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "3.5s, 50%", "autocomplete": "off"}),
    )

    def __init__(self, values: Mapping[str, Any] | None, *, templates: Templates, row: int | str, **more: Any) -> None:
        super().__init__(values, auto_id=f"snapshot-{row}-%s", **more)
        self._templates = templates
        of_kind = {
            kind: [(key, named(template)) for key, template in templates.items() if template.kind == kind]
            for kind in KINDS
        }
        groups = ((told(KINDS[kind].label), own) for kind, own in of_kind.items())
        offer(self, snapshot=[("", _("None")), *groups])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        moments = values.get("moments", "").replace(",", " ").split()
        if template := self._templates.get(values.get("snapshot", "")):
            try:
                snapshot_step(template, moments)
            except InvalidValue as refusal:
                self.add_error("moments", told(refusal))
        elif moments and "snapshot" in values:
            self.add_error("snapshot", _("Choose the template that these moments are for."))
        return {**values, "moments": moments}

    @property
    def asked(self) -> SnapshotInput | None:
        template = self._templates.get(self.cleaned_data["snapshot"])
        if template is None:
            return None
        return SnapshotInput(template.kind, template.definition, tuple(self.cleaned_data["moments"]))


def rows_of(values: QueryDict | None, *, templates: Templates, shown: Iterable[ProcedureSnapshot]) -> list[SnapshotRow]:
    """As they were sent, or `shown`; an empty one for nothing."""
    if values is not None:
        columns = (values.getlist(name) for name in SnapshotRow.base_fields)
        sent = [dict(zip(SnapshotRow.base_fields, cells, strict=True)) for cells in zip_longest(*columns, fillvalue="")]
        return [SnapshotRow(cells, templates=templates, row=number) for number, cells in enumerate(sent)]
    first = [{"snapshot": one.template.key, "moments": ", ".join(one.moments)} for one in shown]
    return [
        SnapshotRow(None, templates=templates, row=number, initial=initial)
        for number, initial in enumerate(first or [{}])
    ]
