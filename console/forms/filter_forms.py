"""The filter rows above the lists. Nonsense in the address filters nothing."""

from typing import Any

from django import forms
from django.http import QueryDict

from applications.models import Application
from console.forms.choices import offer
from console.forms.media_form import NO_CLASS
from media_jobs.jobs.selectors import Outcome
from media_jobs.library.states import MediaState


class FilterForm(forms.Form):
    """One filter row. A subclass says in `search` what the text is looked for in: it is the field's label."""

    search = "Search"
    text = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))

    def __init__(self, values: QueryDict) -> None:
        super().__init__(values)
        self.fields["text"].label = self.search

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class MediaFilter(FilterForm):
    search = "Search by name, ID or label"
    state = forms.ChoiceField(label="Status", required=False, choices=[("", "All statuses"), *MediaState.choices])
    class_id = forms.TypedChoiceField(label="Category", required=False, coerce=int, empty_value=None)

    def __init__(self, values: QueryDict, *, application: Application) -> None:
        super().__init__(values)
        classes = [(item.pk, item.name) for item in application.media_classes.all()]
        offer(self, class_id=[("", "All categories"), (0, NO_CLASS), *classes])


class TaskFilter(FilterForm):
    search = "Search by task ID, file or task flow"
    outcome = forms.ChoiceField(label="Status", required=False, choices=[("", "All statuses"), *Outcome.choices])
    file_id = forms.CharField(required=False, widget=forms.HiddenInput)


class TemplateFilter(FilterForm):
    search = "Search by name or ID"
    kind = forms.ChoiceField(
        label="Type", required=False, choices=[("", "All types"), ("preset", "Preset"), ("custom", "Custom")]
    )
