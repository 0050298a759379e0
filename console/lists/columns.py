"""Which columns the list of media shows (docs/console.md 5): the address says, else what was chosen last."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

COLUMNS = {
    "results": _("Animated images"),
    "state": _("Status"),
    "class": _("Category"),
    "labels": _("Labels"),
    "description": _("Description"),
    "type": _("Type"),
    "size": _("Size"),
    "duration": _("Duration"),
    "created": _("Created"),
    "modified": _("Modified"),
}
USUAL = ["results", "state", "class", "size", "duration", "created"]
_KEY = "media-columns"


def columns_of(request: HttpRequest) -> list[str]:
    """Names of COLUMNS, in their order; nonsense is left out."""
    if "columns" in request.GET:
        asked = set(request.GET.getlist("columns"))
        chosen = [name for name in COLUMNS if name in asked]
        if request.session.get(_KEY, USUAL) != chosen:
            request.session[_KEY] = chosen
        return chosen
    kept = request.session.get(_KEY, USUAL)
    return [name for name in COLUMNS if name in kept]
