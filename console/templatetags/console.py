"""The small words of the console's templates."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.template.defaulttags import querystring
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from console.address import overview_of
from console.help import place_about
from console.lists.paging import Order
from console.sending.once import ticket
from console.studio.links import studio_address
from console.words.advice import advice
from console.words.counted import grouped, or_more
from console.words.languages import NAMES
from console.words.offsets import clock, segment_in_words
from console.words.pictures import container_word, picture_word, ways_in_words
from console.words.presets import label_of, made_by, named, part_named
from console.words.states import state_words
from console.words.texts import texts_address as address_of_texts
from console.words.told import told
from media_jobs.batches.skips import Skip
from media_jobs.events.services import handle_of
from media_jobs.jobs.selectors import UNDER_WAY
from media_jobs.library.snippets import alt_of, picture_of, video_of
from media_jobs.models import AnimatedImage, Event, Job, Media, Upload
from media_jobs.store.storage import media_path, url_of

register = template.Library()

_COLOURS = {
    "waiting": "secondary",
    "processing": "blue",
    "completed": "green",
    "normal": "green",
    "partly-failed": "orange",
    "failed": "red",
    "problem": "red",
    "forbidden": "red",
    "cancelled": "secondary",
    "aborted": "secondary",
    "on": "green",
    "off": "secondary",
    "destroying": "red",
    "destroyed": "secondary",
    "uploading": "blue",
    "stopped": "orange",
    "starting": "blue",
    "running": "blue",
    "cancelling": "orange",
    "finished": "green",
    "success": "green",
    "fail": "red",
}


register.filter("advice", advice)
register.filter("picture_word", picture_word)
register.filter("grouped", grouped)
register.filter("or_more", or_more)
register.filter("ways_in_words", ways_in_words)
register.filter("told", told)
register.filter("label_of", label_of)
register.filter("named", named)
register.filter("part_named", part_named)
register.filter("skip_words", lambda reason: told(Skip(reason).label))
register.filter("alt_of", alt_of)
register.filter("as_picture", picture_of)
register.filter("as_video", video_of)
register.filter("clock", clock)
register.filter("handle", handle_of)
register.filter("media_path", media_path)
register.filter("overview_of", overview_of)
register.filter("public_url", url_of)
register.filter("studio_address", studio_address)


@register.filter
def segment(step: Any) -> str:
    return segment_in_words(step.start_offset, step.end_offset, choice=step.choice.as_dict())


@register.filter
def planned_segment(job: Job) -> str:
    """ "" for a cover, whose label says it all."""
    if "start" not in job.plan:
        return ""
    return segment_in_words(job.plan["start"], job.plan["end"], choice=job.plan.get("choice"))


@register.filter
def made_label(job: Job) -> str:
    """What is or was to be made: a template's name, which is somebody's own or a preset's, or a cover and the like."""
    label = str(job.plan.get("label", ""))
    return told(label) if job.kind in (Job.Kind.COVER, Job.Kind.UNMADE) else made_by(label, job.definition)


@register.filter
def container_name(media: Media) -> str:
    return container_word(str((media.metadata or {}).get("container", "")), media.media_type)


@register.filter
def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


@register.filter
def changes(changed: Mapping[str, Any]) -> str:
    """What a run had instead of its template's values; "" for nothing."""
    return ", ".join(f"{name} {value}" for name, value in sorted(changed.items()))


@register.filter
def rules(policy: list[Any]) -> str:
    """A key's rules as they are typed in; "" for none."""
    return json.dumps(policy, indent=1) if policy else ""


@register.filter
def is_under_way(status: str) -> bool:
    return status in UNDER_WAY


@register.filter
def template_label(image: AnimatedImage) -> str:
    """Name(ID) as it was when the image was made."""
    return f"{image.job.plan.get('label', '')}({image.definition})"


@register.filter
def image_html(image: AnimatedImage) -> str:
    """As it stands in a web page; text to copy, so a page that shows it escapes it once more."""
    size, alt = f'width="{image.width}" height="{image.height}"', escape(alt_of(image))
    return f'<img src="{escape(url_of(image.storage_key))}" {size} alt="{alt}">'


@register.filter
def image_markdown(image: AnimatedImage) -> str:
    alt = re.sub(r"([\\\[\]])", r"\\\1", " ".join(alt_of(image).split()))
    return f"![{alt}]({url_of(image.storage_key)})"


@register.filter
def player_code(media: Media) -> str:
    poster = f' poster="{escape(url_of(media.poster_key))}"' if media.poster_key else ""
    return f'<video controls preload="metadata" src="{escape(url_of(media.storage_key))}"{poster}></video>'


@register.filter
def fps_of(image: AnimatedImage) -> int:
    return int(image.job.plan["spec"]["fps"])


@register.filter
def has_stopped(upload: Upload) -> bool:
    """Whether nothing has arrived for a minute: a slow line brings a piece sooner."""
    return now() - upload.updated_at > timedelta(minutes=1)


@register.filter
def roughly(seconds: float) -> str:
    """A guess of a time, no more exact than it is."""
    if seconds < 90:
        return _("{number} s").format(number=max(1, round(seconds)) if seconds else 0)
    minutes = round(seconds / 60)
    if minutes < 90:
        return _("{number} min").format(number=minutes)
    return _("{number} h").format(number=round(minutes / 60))


@register.filter
def seconds_left(event: Event) -> int:
    """Until it may be handed out again."""
    return max(0, round((event.next_at - now()).total_seconds())) if event.next_at else 0


@register.simple_tag
def badge(state: str) -> SafeString:
    """A state in words and a colour; the words alone suffice."""
    colour = _COLOURS.get(state.lower(), "secondary")
    return format_html('<span class="state state-{}">{}</span>', colour, state_words(state))


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """A moment that the browser shows in its own time zone; without scripts it is in UTC."""
    if moment is None:
        return SafeString("–")
    utc = localtime(moment)
    return format_html(
        '<time datetime="{}" data-local>{} UTC</time>', utc.isoformat(), date_format(utc, "DATETIME_FORMAT")
    )


@register.inclusion_tag("console/includes/sorted_heading.html", takes_context=True)
def sorted_heading(context: Any, name: str, words: str, classes: str = "") -> dict[str, Any]:
    """A column's heading that sorts by it: falling first for moments and numbers would surprise in names, so rising."""
    order: Order = context["order"]
    here = order.name == name
    asked = f"-{name}" if here and not order.falling else name
    query = querystring(context, sort=asked, page=None)
    way = ("descending" if order.falling else "ascending") if here else None
    return {"words": words, "classes": classes, "query": query, "way": way}


@register.simple_tag(takes_context=True)
def help_address(context: Any) -> str:
    """Of the place in the documentation that tells of this page."""
    match = context.request.resolver_match
    document, mark, heading = place_about(match.url_name if match and match.url_name else "").partition("#")
    return reverse("console:help-page", args=[document]) + mark + heading


@register.simple_tag
def texts_address() -> str:
    """Of what scripts say in the page's language."""
    return address_of_texts(get_language() or settings.LANGUAGE_CODE)


@register.inclusion_tag("console/includes/languages.html", takes_context=True)
def language_switch(context: Any) -> dict[str, Any]:
    """The languages by their own names; a choice leads back to the page."""
    return {
        "names": NAMES.items(),
        "own_name": NAMES[get_language() or settings.LANGUAGE_CODE],
        "back": context["request"].get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def once() -> SafeString:
    """In a form whose answer shows a secret (console/sending/once.py)."""
    return format_html('<input type="hidden" name="once" value="{}">', ticket())


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<i class="bi bi-{}" aria-hidden="true"></i>', name)


@register.inclusion_tag("console/includes/field.html")
def field(bound: BoundField, hide_label: bool = False) -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    notes = [f"{bound.auto_id}-help"] * bool(bound.help_text) + [f"{bound.auto_id}-errors"] * bool(bound.errors)
    attributes = {"class": _css_class(bound), "aria-describedby": " ".join(notes) or None}
    if bound.errors:
        attributes |= {"aria-invalid": "true", "class": f"{attributes['class']} is-invalid"}
    return {
        "field": bound,
        "widget": bound.as_widget(attrs={name: value for name, value in attributes.items() if value}),
        "is_check": isinstance(widget, CheckboxInput),
        "is_radio": isinstance(widget, RadioSelect),
        "hide_label": hide_label,
    }


def _css_class(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect):
        return "form-check-input"
    return "form-select" if isinstance(widget, Select) else "form-control"
