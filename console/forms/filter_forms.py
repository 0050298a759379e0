"""The filter rows above the lists. Nonsense in the address filters nothing."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from console.forms.choices import offer
from console.forms.media_form import NO_CLASS
from console.words.states import states_in_words
from media_jobs.batches.selection import Selection
from media_jobs.jobs.selectors import ANY_TROUBLE, Outcome
from media_jobs.library.states import MediaState
from procedures.selectors import procedures_for


def _day(label: Any) -> forms.DateField:
    bounds = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9000, 1, 1))]
    return forms.DateField(
        label=label,
        required=False,
        validators=bounds,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class FilterForm(forms.Form):
    """One filter row. A subclass says in `search` what the text is looked for in: it is the field's label.

    The fields that `rarer` names are folded away until one of them is used.
    """

    search = _("Search")
    rarer: tuple[str, ...] = ()
    text = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search"}))

    def __init__(self, values: QueryDict) -> None:
        super().__init__(values)
        self.fields["text"].label = self.search

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value is not None and value != ""}

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self.visible_fields() if bound.name not in ("text", *self.rarer)]

    @property
    def rarer_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.rarer]

    @property
    def rarer_used(self) -> int:
        return len(self.values().keys() & set(self.rarer))


# By the door of its upload (media_jobs/models/uploads.py).
_SOURCES = {
    "tus": _("Console and resumable upload (tus)"),
    "rest": _("REST"),
    "direct": _("Straight to the bucket"),
    "sdk": _("API 3.0 and its object upload"),
    "ugc": _("Browser with a signature"),
    "form": _("HTML form"),
    "visitor": _("Visitor (tus with a policy)"),
    "pull": _("Pulled from an address"),
    "watch": _("Watched folder"),
    "command": _("Command line"),
    "sample": _("Sample of the first start"),
}


class MediaFilter(FilterForm):
    search = _("Search by name, ID or label")
    state = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All statuses")), *states_in_words(MediaState)]
    )
    class_id = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int, empty_value=None)
    category = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("Video and audio")), ("Video", _("Video")), ("Audio", _("Audio"))],
    )
    has_images = forms.TypedChoiceField(
        label=_("Animated images"),
        required=False,
        coerce=lambda value: value == "yes",
        empty_value=None,
        choices=[("", _("With and without images")), ("yes", _("With animated images")), ("no", _("Without any"))],
    )
    since = _day(_("Created from (UTC)"))
    until = _day(_("to"))
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("All sources")), *_SOURCES.items()])
    rarer = ("category", "has_images", "source", "since", "until")

    def __init__(self, values: QueryDict, *, application: Application) -> None:
        super().__init__(values)
        classes = [(item.pk, item.name) for item in application.media_classes.all()]
        offer(self, class_id=[("", _("All categories")), (0, NO_CLASS), *classes])


def selection_of(filters: MediaFilter) -> Selection:
    """The media that the list shows by these, for a batch."""
    values = filters.values()
    since, until = (values.pop(name, None) for name in ("since", "until"))
    if since:
        values["created_after"] = datetime.combine(since, time.min, tzinfo=UTC)
    if until:
        values["created_before"] = datetime.combine(until, time.max, tzinfo=UTC)
    return Selection(**values)


class TaskFilter(FilterForm):
    search = _("Search by task ID or file")
    outcome = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("All statuses")), *states_in_words(Outcome), (ANY_TROUBLE, _("Failed or partly failed"))],
    )
    procedure = forms.ChoiceField(label=_("Task flow"), required=False)
    since = _day(_("Created from (UTC)"))
    until = _day(_("to"))
    recent = forms.NullBooleanField(required=False, widget=forms.HiddenInput)
    file_id = forms.CharField(required=False, widget=forms.HiddenInput)
    definition = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)
    rarer = ("since", "until")

    def __init__(self, values: QueryDict, *, application: Application) -> None:
        super().__init__(values)
        names = procedures_for(application).order_by("name").values_list("name", flat=True)
        offer(self, procedure=[("", _("All task flows")), *((name, name) for name in names)])


class AuditFilter(FilterForm):
    search = _("Search by person, key, action or subject")
    door = forms.ChoiceField(
        label=_("Door"),
        required=False,
        choices=[
            ("", _("All doors")),
            ("console", _("Console")),
            ("rest", "REST"),
            ("api", "API 3.0"),
            ("command", _("Command line")),
            ("upkeep", _("Maintenance")),
        ],
    )


class TemplateFilter(FilterForm):
    search = _("Search by name or ID")
    kind = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("All types")), ("preset", _("Preset")), ("custom", _("Custom"))],
    )


class FlowFilter(FilterForm):
    search = _("Search by name")
