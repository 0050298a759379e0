from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any, TypedDict

from django import forms
from django.forms.utils import ErrorList
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.errors import InvalidValue
from applications.models import Application
from console.forms.choice_fields import SPREAD, ChoiceFields, OffsetField, shown_choice
from console.forms.choices import offer
from console.forms.cover_rows import CoverRow, covers_of
from console.forms.snapshot_rows import SnapshotRow, rows_of, snapshots_offered
from console.words.offsets import parse_offset, segment_in_words
from console.words.presets import named
from console.words.told import told
from procedures import plan
from procedures.models import Procedure, ProcedureStep
from procedures.plan import CHOICE_FIELDS, CoverStep, StepInput
from procedures.snapshots import SnapshotInput
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields
from templates_app.selectors import templates_for

NEW_ROW = "new"
ANIMATED, SNAPSHOTS, COVERS = "animated", "snapshots", "covers"
KINDS = {
    ANIMATED: _("Animated image generating"),
    SNAPSHOTS: _("Snapshot generating"),
    COVERS: _("Cover generating"),
}
_FIELDS = {"start_offset": "start", **{name: name for name in CHOICE_FIELDS}}
Templates = Mapping[int, AnimatedImageTemplate]


def offered(application: Application) -> Templates:
    """What a row may choose, by definition; asked for once, however many rows there are."""
    return {template.definition: template for template in templates_for(application)}


class StepForm(ChoiceFields):
    """A row of the animated image section (docs/console.md 3.4). Rows share their inputs' names; ids differ.

    `changed` is what it has otherwise than its template says.
    """

    definition = forms.TypedChoiceField(
        label=_("Template"),
        coerce=int,
        error_messages={"invalid_choice": _("Select a valid choice. That choice is not one of the available choices.")},
    )
    start = OffsetField(label=_("Start"), required=False)
    end = OffsetField(label=_("End"), required=False)

    def __init__(self, values: Mapping[str, Any] | None, *, templates: Templates, row: int | str, **more: Any) -> None:
        super().__init__(values, auto_id=f"step-{row}-%s", use_required_attribute=False, **more)
        self.row = row
        self.changed: TemplateFields = {}
        self._templates = templates
        offer(self, definition=[("", _("Choose…")), *((key, named(template)) for key, template in templates.items())])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if {"definition", "start", "end"} <= values.keys():
            try:
                template = self._templates[values["definition"]]
                plan.step(template, start=values["start"], end=values["end"], choice=self.chosen, picture=self.changed)
            except InvalidValue as refusal:
                self.add_error(_FIELDS.get(refusal.field, "end"), told(refusal))
        self.check_pieces()
        return values

    @property
    def spread(self) -> list[forms.BoundField]:
        """What is folded: the fields of a montage, and what isn't looked at."""
        return [self[name] for name in SPREAD]

    @property
    def opens_spread(self) -> bool:
        return any(bound.errors or bound.value() for bound in self.spread)

    @property
    def words(self) -> str:
        """What the offsets mean; "" while they mean nothing."""
        if not self.is_bound:
            start, end = (parse_offset(self.initial.get(name, "")) for name in ("start", "end"))
            shown = {name: float(self.initial.get(name) or 0) for name in CHOICE_FIELDS}
            return segment_in_words(start, end, choice=shown)
        self.is_valid()
        values = self.cleaned_data
        if not {"start", "end", "auto"} <= values.keys():
            return ""
        shown = {name: values.get(name) or 0.0 for name in CHOICE_FIELDS}
        return segment_in_words(values["start"], values["end"], choice=shown)

    @property
    def offset_errors(self) -> list[ErrorList]:
        return [self.errors[name] for name in ("start", "end", *CHOICE_FIELDS) if name in self.errors]

    @property
    def step(self) -> StepInput:
        values = self.cleaned_data
        return StepInput(
            definition=values["definition"],
            start=values["start"],
            end=values["end"],
            choice=self.chosen,
            picture=self.changed,
        )


class StepsForm(forms.Form):
    """A form with one row, a `row_class`, for each animated image. `shown` is what its rows hold at first.

    A row that stays empty is none. `add`, by a button, asks for one more in place of being saved.
    """

    row_class: type[StepForm] = StepForm

    def __init__(
        self,
        values: QueryDict | None = None,
        *,
        application: Application,
        shown: Iterable[Mapping[str, Any]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(values, initial=initial)
        self._templates = offered(application)
        self.adds = values.get("add", "") if values is not None else ""
        self.rows = self._posted(values) if values is not None else self._shown(shown)
        if self.adds == ANIMATED:
            self.rows.append(self._row({}, row=len(self.rows)))

    def is_valid(self) -> bool:
        return not self.adds and super().is_valid()

    @property
    def new_row(self) -> StepForm:
        """What "Add template" adds."""
        return self.row_class(None, templates=self._templates, row=NEW_ROW)

    @property
    def steps(self) -> list[StepInput]:
        return [row.step for row in self.rows if row.has_changed()]

    def clean(self) -> None:
        if not all(list(map(StepForm.is_valid, self.rows))):
            raise forms.ValidationError(_("One of the animated images needs a correction."))

    def _posted(self, values: QueryDict) -> list[StepForm]:
        columns = (values.getlist(name) for name in self.row_class.base_fields)
        return [
            self._row(dict(zip(self.row_class.base_fields, cells, strict=True)), row=number)
            for number, cells in enumerate(zip_longest(*columns, fillvalue=""))
        ]

    def _row(self, cells: Mapping[str, str], *, row: int) -> StepForm:
        return self.row_class(cells, templates=self._templates, row=row, empty_permitted=True)

    def _shown(self, shown: Iterable[Mapping[str, Any]]) -> list[StepForm]:
        return [
            self.row_class(None, templates=self._templates, row=number, initial=initial)
            for number, initial in enumerate(shown)
        ]


class FlowFields(TypedDict):
    """What the services take of a task flow."""

    name: str
    comment: str
    steps: list[StepInput]
    covers: list[CoverStep]
    snapshots: list[SnapshotInput]


class FlowForm(StepsForm):
    """A task flow (docs/console.md 3.3): its name, its description, what kinds of task it has, and each one's rows."""

    name = forms.CharField(
        label=_("Task flow name"), help_text=_("At most 20 characters. This is what API callers pass as Procedure.")
    )
    comment = forms.CharField(label=_("Description"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Task type"),
        required=False,
        choices=list(KINDS.items()),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )

    def __init__(
        self, values: QueryDict | None = None, *, application: Application, flow: Procedure | None = None
    ) -> None:
        shown = [_initial(step) for step in flow.steps.all()] if flow else []
        snapshots = list(flow.snapshots.all()) if flow else []
        covers = list(flow.covers.all()) if flow else []
        has = {
            ANIMATED: bool(shown) or not (snapshots or covers),
            SNAPSHOTS: bool(snapshots),
            COVERS: bool(covers),
        }
        initial: dict[str, Any] = {"kinds": [kind for kind in KINDS if has[kind]]}
        if flow:
            initial |= {"name": flow.name, "comment": flow.comment}
        super().__init__(values, application=application, shown=shown or [{}], initial=initial)
        self._snapshot_templates = snapshots_offered(application)
        self.snapshot_rows = rows_of(values, templates=self._snapshot_templates, shown=snapshots)
        if self.adds == SNAPSHOTS:
            self.snapshot_rows.append(SnapshotRow({}, templates=self._snapshot_templates, row=len(self.snapshot_rows)))
        self.cover_rows = covers_of(values, shown=covers)
        if self.adds == COVERS:
            self.cover_rows.append(CoverRow({}, row=len(self.cover_rows)))

    @property
    def new_snapshot_row(self) -> SnapshotRow:
        """What "Add Snapshots" adds."""
        return SnapshotRow(None, templates=self._snapshot_templates, row=NEW_ROW)

    @property
    def new_cover_row(self) -> CoverRow:
        """What "Add Cover" adds."""
        return CoverRow(None, row=NEW_ROW)

    def clean(self) -> None:
        """Rows of a kind that isn't chosen are left out, whatever they hold."""
        chosen = self.cleaned_data.get("kinds", [])
        if ANIMATED in chosen:
            super().clean()
        if SNAPSHOTS in chosen and not all(list(map(SnapshotRow.is_valid, self.snapshot_rows))):
            raise forms.ValidationError(_("One of the snapshots needs a correction."))
        if COVERS in chosen and not all(list(map(CoverRow.is_valid, self.cover_rows))):
            raise forms.ValidationError(_("One of the covers needs a correction."))

    def clean_kinds(self) -> list[str]:
        if not (chosen := self.cleaned_data["kinds"]):
            raise forms.ValidationError(_("Choose at least one type of task."))
        return list(chosen)

    def fields_to_save(self) -> FlowFields:
        values = self.cleaned_data
        kinds = values["kinds"]
        snapshots = [row.asked for row in self.snapshot_rows] if SNAPSHOTS in kinds else []
        covers = [row.asked for row in self.cover_rows] if COVERS in kinds else []
        return FlowFields(
            name=values["name"],
            comment=values["comment"],
            steps=self.steps if ANIMATED in kinds else [],
            covers=[asked for asked in covers if asked],
            snapshots=[asked for asked in snapshots if asked],
        )


def _initial(step: ProcedureStep) -> dict[str, Any]:
    return {
        "definition": step.template.definition,
        "start": f"{step.start_offset:g}",
        "end": f"{step.end_offset:g}",
        **shown_choice(step.choice.as_dict()),
    }
