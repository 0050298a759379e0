"""The small words of the console's templates."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime, now

from console.advice import advice
from console.offsets import clock, segment_in_words
from media_jobs.events.services import handle_of
from media_jobs.jobs.selectors import UNDER_WAY
from media_jobs.models import AnimatedImage, Event, Job
from media_jobs.store.storage import url_of

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
    "success": "green",
    "fail": "red",
}
_WORDS = {"success": "Completed", "fail": "Failed", "aborted": "Cancelled", "partly-failed": "Partly failed"}


register.filter("advice", advice)
register.filter("clock", clock)
register.filter("handle", handle_of)
register.filter("public_url", url_of)


@register.filter
def segment(step: Any) -> str:
    return segment_in_words(step.start_offset, step.end_offset)


@register.filter
def planned_segment(job: Job) -> str:
    """ "" for a cover, whose label says it all."""
    return segment_in_words(job.plan["start"], job.plan["end"]) if "start" in job.plan else ""


@register.filter
def rules(policy: list[Any]) -> str:
    """A key's rules as they are typed in; "" for none."""
    return json.dumps(policy, indent=1) if policy else ""


@register.filter
def media_path(key: str) -> str:
    """Within this origin, whatever name the visitor came by; "" for no key."""
    return reverse("media", args=[key]) if key else ""


@register.filter
def is_under_way(status: str) -> bool:
    return status in UNDER_WAY


@register.filter
def template_label(image: AnimatedImage) -> str:
    """Name(ID) as it was when the image was made."""
    return f"{image.job.plan.get('label', '')}({image.definition})"


@register.filter
def fps_of(image: AnimatedImage) -> int:
    return int(image.job.plan["spec"]["fps"])


@register.filter
def seconds_left(event: Event) -> int:
    """Until it may be handed out again."""
    return max(0, round((event.next_at - now()).total_seconds())) if event.next_at else 0


@register.simple_tag
def badge(state: str) -> SafeString:
    """A state in words and a colour; the words alone suffice."""
    name = state.lower()
    words = _WORDS.get(name, name.capitalize())
    return format_html('<span class="state state-{}">{}</span>', _COLOURS.get(name, "secondary"), words)


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """A moment that the browser shows in its own time zone; without scripts it is in UTC."""
    if moment is None:
        return SafeString("–")
    utc = localtime(moment)
    return format_html('<time datetime="{}" data-local>{} UTC</time>', utc.isoformat(), utc.strftime("%Y-%m-%d %H:%M"))


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
