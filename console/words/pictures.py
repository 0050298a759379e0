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
# What may give way for a largest size, and a background that is no colour: within a sentence.
WAYS = {"quality": _("quality"), "fps": _("frame rate"), "size": _("dimensions")}
BACKGROUNDS = {"transparent": _("transparent")}

# Containers whose demuxer has another name than people have for them.
CONTAINERS = {"matroska": "Matroska", "webm": "WebM", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS"}


def picture_word(value: str) -> str:
    """Of one of these settings; another value as it is."""
    return str({**FITS, **ANCHORS, **LOOPS, **BACKGROUNDS}.get(value, value))


def ways_in_words(ways: str) -> str:
    """Of a template's `give_way`: `quality,fps,size`."""
    return ", ".join(str(WAYS.get(way, way)) for way in ways.split(","))


def container_word(names: str, media_type: str) -> str:
    """Of what a demuxer reads, `mov,mp4,m4a,3gp`, the one that the file calls itself; else the first: MP4, Matroska."""
    read = names.split(",")
    name = media_type if media_type in read else read[0]
    return CONTAINERS.get(name, name.upper())
