from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from applications.models import Application
from console.forms.choice_fields import shown_choice
from console.forms.flow_form import StepForm, StepsForm
from console.forms.said import picture_said
from console.forms.studio_form import FormRefused, StudioForm
from console.words.told import told
from media_jobs.models import Job


class RetryStep(StepForm):
    """A row that knows which image it repairs, "" for one that was added, and what it has otherwise than its template.

    That is said as the query of a studio's address: what a run had otherwise stays so, until the studio changes it.
    """

    job = forms.CharField(required=False, widget=forms.HiddenInput)
    picture = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "picture" in values and (template := self._templates.get(values.get("definition", 0))):
            try:
                self.changed = StudioForm.over(template, values["picture"]).otherwise(template)
            except FormRefused as refusal:
                self.add_error("definition", told(refusal))
        return super().clean()


class RetryForm(StepsForm):
    """The animated images of a task that didn't come to be, to be changed before they are tried again."""

    row_class = RetryStep

    def __init__(self, values: QueryDict | None = None, *, application: Application, unmade: Iterable[Job]) -> None:
        jobs = list(unmade)
        super().__init__(values, application=application, shown=[_frozen(str(job.pk), job.plan) for job in jobs])
        if values is None:
            for row, job in zip(self.rows, jobs, strict=True):
                row.changed = job.plan.get("changed", {})


def _frozen(key: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the task had."""
    said = {"job": key, "picture": picture_said(plan.get("changed", {}))}
    times = {"start": f"{plan['start']:g}", "end": f"{plan['end']:g}"}
    return {"definition": plan["definition"], **said, **times, **shown_choice(plan.get("choice", {}))}
