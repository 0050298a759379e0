from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

_BY = [
    ("day", _("By day")),
    ("format", _("By format")),
    ("template", _("By template")),
    ("application", _("By application")),
]
_COLUMNS = {"day": _("Day"), "format": _("Format"), "template": _("Template"), "application": _("Application")}
_SPANS = [
    ("1", _("Today")),
    ("7", _("Last 7 days")),
    ("30", _("Last 30 days")),
    ("90", _("Last 90 days")),
    ("365", _("Last 365 days")),
]
_MEASURES = [("images", _("Images")), ("bytes", _("Bytes")), ("seconds", _("Seconds of video"))]


class UsageForm(forms.Form):
    """Which days, grouped by what, and what the chart shows. Nonsense in the address is the usual."""

    days = forms.ChoiceField(label=_("Days (UTC)"), choices=_SPANS)
    by = forms.ChoiceField(label=_("Grouped"), choices=_BY)
    measure = forms.ChoiceField(label=_("Chart of"), choices=_MEASURES)
    USUAL = {"days": "30", "by": "day", "measure": "images"}

    def __init__(self, values: QueryDict) -> None:
        super().__init__({name: values.get(name) or usual for name, usual in self.USUAL.items()})
        self.is_valid()
        self.data = self.asked = self.USUAL | self.cleaned_data

    @property
    def column(self) -> str:
        """The heading of what the rows are grouped by."""
        return str(_COLUMNS[self.asked["by"]])

    def span(self, today: date) -> dict[str, Any]:
        return {"since": today - timedelta(days=int(self.asked["days"]) - 1), "until": today}
