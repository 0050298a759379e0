"""The words for a template's frame and loop: what the form offers, and what the template's page says."""

from django.utils.translation import gettext_lazy as _

FITS = {
    "scale": _("Distort the picture"),
    "cover": _("Cut off what reaches past"),
    "contain": _("Add bars"),
    "smart": _("Cut, and keep what moves and is sharp"),
}
ANCHORS = {
    "centre": _("Centre"),
    "top": _("Top"),
    "bottom": _("Bottom"),
    "left": _("Left"),
    "right": _("Right"),
    "top-left": _("Top left"),
    "top-right": _("Top right"),
    "bottom-left": _("Bottom left"),
    "bottom-right": _("Bottom right"),
}
LOOPS = {
    "cut": _("From the end to the beginning"),
    "best": _("The same, where it is seen least"),
    "bounce": _("There and back"),
}


def picture_word(value: str) -> str:
    """Of one of these settings; another value as it is."""
    return str({**FITS, **ANCHORS, **LOOPS}.get(value, value))
