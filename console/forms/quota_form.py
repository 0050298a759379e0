from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.quotas import FIELDS, MOST

_HELP = _("Empty: as for all applications. 0: no limit.")


def _limit(name: str, label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST[name], help_text=_HELP)


class QuotaForm(forms.Form):
    """An application's own limits."""

    max_bytes = _limit("max_bytes", _("Bytes stored"))
    max_pictures_a_day = _limit("max_pictures_a_day", _("Pictures in 24 hours"))
    max_jobs_waiting = _limit("max_jobs_waiting", _("Jobs waiting"))
    max_requests_a_second = _limit("max_requests_a_second", _("Requests a second"))

    @classmethod
    def showing(cls, application: Application) -> "QuotaForm":
        return cls(initial={name: getattr(application, name) for name in FIELDS})

    def limits(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS}
