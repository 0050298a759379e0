from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django import forms
from django.forms.utils import ErrorList
from django.http import QueryDict

from applications.errors import InvalidValue
from applications.models import Application
from console.forms.choices import offer
from console.offsets import parse_offset, segment_in_words
from procedures import plan
from procedures.models import Procedure, ProcedureStep
from procedures.plan import StepInput
from templates_app.models import AnimatedImageTemplate
from templates_app.selectors import templates_for

NEW_ROW = "new"
Templates = Mapping[int, AnimatedImageTemplate]


def offered(application: Application) -> Templates:
    """What a row may choose, by definition; asked for once, however many rows there are."""
    return {template.definition: template for template in templates_for(application)}


class OffsetField(forms.CharField):
    """Seconds, typed in any of the ways of console/offsets.py."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "data-offset": True})

    def clean(self, value: Any) -> float:
        try:
            return parse_offset(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class StepForm(forms.Form):
    """A row of the animated image section (docs/console.md 3.4). Rows share their inputs' names; ids differ."""

    definition = forms.TypedChoiceField(
        label="Template",
        coerce=int,
        error_messages={"invalid_choice": "Select a valid choice. That choice is not one of the available choices."},
    )
    start = OffsetField(label="Start", required=False)
    end = OffsetField(label="End", required=False)

    def __init__(self, values: Mapping[str, Any] | None, *, templates: Templates, row: int | str, **more: Any) -> None:
        super().__init__(values, auto_id=f"step-{row}-%s", **more)
        self.row = row
        self._templates = templates
        offer(self, definition=[("", "Choose…"), *((key, str(template)) for key, template in templates.items())])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if {"definition", "start", "end"} <= values.keys():
            try:
                plan.step(self._templates[values["definition"]], start=values["start"], end=values["end"])
            except InvalidValue as refusal:
                self.add_error("start" if refusal.field == "start_offset" else "end", str(refusal))
        return values

    @property
    def words(self) -> str:
        """What the offsets mean; "" while they mean nothing."""
        if not self.is_bound:
            start, end = (parse_offset(self.initial.get(name, "")) for name in ("start", "end"))
            return segment_in_words(start, end)
        self.is_valid()
        values = self.cleaned_data
        return segment_in_words(values["start"], values["end"]) if {"start", "end"} <= values.keys() else ""

    @property
    def offset_errors(self) -> list[ErrorList]:
        return [self.errors[name] for name in ("start", "end") if name in self.errors]

    @property
    def step(self) -> StepInput:
        values = self.cleaned_data
        return StepInput(definition=values["definition"], start=values["start"], end=values["end"])


class FlowFields(TypedDict):
    """What the services take of a task flow."""

    name: str
    comment: str
    steps: list[StepInput]


class FlowForm(forms.Form):
    """A task flow (docs/console.md 3.3): its name, its description, and one row for each animated image."""

    name = forms.CharField(
        label="Task flow name", help_text="At most 20 characters. This is what API callers pass as Procedure."
    )
    comment = forms.CharField(label="Description", required=False)

    def __init__(
        self, values: QueryDict | None = None, *, application: Application, flow: Procedure | None = None
    ) -> None:
        super().__init__(values, initial={"name": flow.name, "comment": flow.comment} if flow else None)
        self._templates = offered(application)
        self.rows = self._posted(values) if values is not None else self._shown(flow)

    @property
    def new_row(self) -> StepForm:
        """What "Add template" adds."""
        return StepForm(None, templates=self._templates, row=NEW_ROW)

    def clean(self) -> None:
        if not all(list(map(StepForm.is_valid, self.rows))):
            raise forms.ValidationError("One of the animated images needs a correction.")

    def fields_to_save(self) -> FlowFields:
        values = self.cleaned_data
        return FlowFields(name=values["name"], comment=values["comment"], steps=[row.step for row in self.rows])

    def _posted(self, values: QueryDict) -> list[StepForm]:
        columns = (values.getlist(name) for name in StepForm.base_fields)
        return [
            StepForm(dict(zip(StepForm.base_fields, cells, strict=True)), templates=self._templates, row=number)
            for number, cells in enumerate(zip(*columns, strict=False))
        ]

    def _shown(self, flow: Procedure | None) -> list[StepForm]:
        initials = [_initial(step) for step in flow.steps.all()] if flow else [{}]
        return [
            StepForm(None, templates=self._templates, row=number, initial=initial)
            for number, initial in enumerate(initials)
        ]


def _initial(step: ProcedureStep) -> dict[str, Any]:
    return {
        "definition": step.template.definition,
        "start": f"{step.start_offset:g}",
        "end": f"{step.end_offset:g}",
    }
