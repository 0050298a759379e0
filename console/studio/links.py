"""Addresses that open the studio as somebody left it: with a job's video, seconds and picture, or a template's form."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from console.forms.said import said
from console.forms.template_form import TemplateForm

_NOT_THE_PICTURES = ("name", "comment")


def studio_address(plan: Mapping[str, Any], file_id: str) -> str:
    """Of an animated image's frozen plan; the order's names become a template's."""
    spec = {"resolution_adaptive" if name == "adaptive" else name: value for name, value in plan["spec"].items()}
    picture = {**spec, "score": plan.get("scored", False)}
    values = {name: said(value) for name, value in picture.items()}
    times = {name: f"{plan[name]:g}" for name in ("start", "end") if plan.get(name)}
    chosen = {name: f"{value:g}" for name, value in plan.get("choice", {}).items() if value}
    asked = {"media": file_id, "definition": plan["definition"], **times, **chosen, **values}
    return f"{reverse('console:studio')}?{urlencode({name: value for name, value in asked.items() if value != ''})}"


def studio_of(form: TemplateForm, *, definition: object = "") -> str:
    """With what the form holds, saved or not; the video is chosen there. `definition`: the template that it changes."""
    typed = {name: said(form[name].value()) for name in form.fields if name not in _NOT_THE_PICTURES}
    base = {"definition": definition} if definition else {}
    return f"{reverse('console:studio')}?{urlencode({**base, **typed})}"
