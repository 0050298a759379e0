"""The studio (docs/console.md 13): a piece of a video is chosen, seen as the picture that it will be, and ordered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypedDict

from django.http import FileResponse, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from animator.core.again import order_in
from animator.core.rate import rate_of
from applications.errors import InvalidValue, NotFound, Refused
from applications.models import Application
from applications.roles import Role
from applications.transactions import atomic
from applications.whole_numbers import whole
from console.forms.studio_form import FormRefused, StudioForm
from console.page import ConsoleRequest, page
from console.studio.playable import is_playable
from console.studio.snippets import snippets
from console.words.told import told
from media_jobs.jobs.answers import estimated, highlights
from media_jobs.jobs.engine import longest
from media_jobs.jobs.services import submit_task
from media_jobs.jobs.studio import filmstrip_of, preview_beside, preview_of, progress_of, proxy_of, rough_of
from media_jobs.library.selectors import media_for, one_media
from media_jobs.models import Media
from media_jobs.store.formats import content_type
from media_jobs.store.storage import media_path, storage
from procedures.models import Procedure
from procedures.plan import PlanStep, StepInput, choice_of, plan
from procedures.selectors import one_procedure, procedures_for
from procedures.services import add_step, create_procedure
from templates_app.models import AnimatedImageTemplate
from templates_app.selectors import template_for
from templates_app.services import create_template

PANELS = ("run", "step", "retry", "template")
_OFFERED = 12  # media to choose from when the address names none
# What a picture of no template is told as a change of.
GIF_PRESET, WEBP_PRESET = 20000, 20004
_TOLD = (
    *("container", "size", "width", "height", "frames", "duration", "start", "end", "notes", "score", "fitted", "seam"),
)


@page(role=Role.OPERATOR)
def studio(request: ConsoleRequest) -> HttpResponse:
    if not request.GET.get("media", ""):
        return render(request, "console/studio/choose.html", {"offered": _offered(request)})
    return render(request, "console/studio/studio.html", _opened(request))


@page(role=Role.OPERATOR)
def panel(request: ConsoleRequest) -> HttpResponse:
    """The same for a page's dialog, which takes what is chosen into a form, or runs it: what it is `for`."""
    wanted = request.GET.get("for", "")
    context = {"panel": wanted if wanted in PANELS else PANELS[0]}
    if not request.GET.get("media", ""):
        return render(request, "console/studio/_choices.html", context | {"offered": _offered(request)})
    return render(request, "console/studio/_panel.html", context | _opened(request))


def _offered(request: ConsoleRequest) -> list[Media]:
    """The newest that a picture can be made of."""
    newest = media_for(request.caller.application).exclude(status=Media.Status.FORBIDDEN)
    return [media for media in newest[:_OFFERED] if media.may_be_processed]


def _opened(request: ConsoleRequest) -> dict[str, Any]:
    """Raises NotFound."""
    application = request.caller.application
    template = _template(application, request.GET)
    media = one_media(application, request.GET.get("media", ""))
    return {
        "media": media,
        "form": StudioForm.opened(request.GET.dict(), template, media),
        "template": template,
        "playable": is_playable(media),
        "flows": procedures_for(application).order_by("name"),
    }


Answer = dict[str, Any] | HttpResponseBase


def answering(view: Callable[[ConsoleRequest], Answer]) -> Callable[[ConsoleRequest], HttpResponseBase]:
    """For the page's scripts: JSON unless it is a picture, and refusals in JSON."""

    @wraps(view)
    def answered(request: ConsoleRequest) -> HttpResponseBase:
        try:
            answer = view(request)
            return JsonResponse(answer) if isinstance(answer, dict) else answer
        except Refused as refusal:
            said = {"refusal": told(refusal), "kind": type(refusal).__name__, "mistakes": _mistakes(refusal)}
            return JsonResponse(said, status=refusal.status)

    return answered


@page("POST", role=Role.OPERATOR)
@answering
def filmstrip(request: ConsoleRequest) -> dict[str, Any]:
    made = filmstrip_of(_media(request))
    return {**made.facts, "url": media_path(made.storage_key)}


@page("POST", role=Role.OPERATOR)
@answering
def proxy(request: ConsoleRequest) -> dict[str, Any]:
    form = StudioForm(request.POST)
    form.is_valid()
    start, end = (form.cleaned_data.get(name, 0.0) for name in ("start", "end"))
    made = proxy_of(_media(request), start=start, end=end, pane=request.POST.get("pane", ""))
    return {**made.facts, "url": media_path(made.storage_key)}


@page("POST", role=Role.OPERATOR)
@answering
def proxy_progress(request: ConsoleRequest) -> dict[str, Any]:
    """How far the copy is that the pane asked for: percent, 0 while it waits for its turn."""
    return {"percent": progress_of(_media(request), pane=request.POST.get("pane", ""))}


@page("POST", role=Role.OPERATOR)
@answering
def rough(request: ConsoleRequest) -> HttpResponse:
    step = _step(request)
    picture = rough_of(_media(request), step.order, **_place(request))
    return HttpResponse(picture, content_type=content_type(step.order.spec.format))


@page("POST", role=Role.OPERATOR)
@answering
def preview(request: ConsoleRequest) -> FileResponse:
    """The picture itself, with what is known of it in a header."""
    step = _step(request)
    made = preview_of(_media(request), step.order, **_place(request))
    facts = {name: made.facts[name] for name in _TOLD}
    facts["notes"] = [told(note) for note in facts["notes"]]
    rate = int(rate_of(order_in(made.facts["recipe"]).spec))
    facts["siblings"] = [one for one in step.order.spec.siblings.split(",") if one]
    facts |= {"fps": rate, "longest": longest(fps=rate, width=facts["width"], height=facts["height"])}
    answer = FileResponse(storage().open(made.storage_key), content_type=content_type(facts["container"]))
    answer["Studio-Facts"] = json.dumps(facts)
    return answer


@page("POST", role=Role.OPERATOR)
@answering
def beside(request: ConsoleRequest) -> dict[str, Any]:
    """Bytes of each file that a run makes beside the picture: made now, and taken over by the run."""
    made = preview_beside(_media(request), _step(request).order, **_place(request))
    told_of = [{name: one[name] for name in ("kind", "size")} for one in made.facts["siblings"]]
    return {"siblings": told_of, "notes": [told(note) for note in made.facts["notes"]]}


@page("POST", role=Role.OPERATOR)
@answering
def estimate(request: ConsoleRequest) -> dict[str, Any]:
    found = estimated(_media(request), _step(request).order)
    return {**found.as_dict(), "longest": longest(fps=found.fps, width=found.width, height=found.height)}


@page("POST", role=Role.OPERATOR)
@answering
def run(request: ConsoleRequest) -> JsonResponse:
    task = submit_task(media=_media(request), plan=plan([_step(request)]))
    return _made(reverse("console:task", args=[task.task_id]), _("The picture is being made."))


@page("POST", role=Role.OPERATOR)
@answering
def save(request: ConsoleRequest) -> JsonResponse:
    template = _new_template(request)
    return _made(
        reverse("console:template", args=[template.definition]),
        _("Template {template} is created.").format(template=template),
        definition=template.definition,
    )


@page("POST", role=Role.OPERATOR)
@answering
def add_to_flow(request: ConsoleRequest) -> JsonResponse:
    """To one that is there, or to a new one. Settings that aren't the named template's become a template first."""
    flow = _flow_with_step(request)
    return _made(
        reverse("console:flow", args=[flow.pk]), _("It is part of the task flow {name}.").format(name=flow.name)
    )


@page("POST", role=Role.OPERATOR)
@answering
def code(request: ConsoleRequest) -> dict[str, Any]:
    form = StudioForm(request.POST)
    step = form.step(_base(request))
    return {"snippets": snippets(_media(request), step, form.picture)}


@atomic
def _flow_with_step(request: ConsoleRequest) -> Procedure:
    """Raises NotFound, FormRefused, and what the services refuse."""
    application, given = request.caller.application, request.POST
    step = _step(request)
    definition = step.definition if not step.changed and given.get("definition") else _new_template(request).definition
    start, end = step.order.start or 0.0, step.order.end or 0.0
    added = StepInput(definition=definition, start=start, end=end, choice=step.order.choice)
    if not (row := whole(given.get("flow", ""))):
        return create_procedure(application=application, name=given.get("flow_name", ""), steps=[added])
    return add_step(procedure=one_procedure(application, row), step=added)


def _new_template(request: ConsoleRequest) -> AnimatedImageTemplate:
    """Raises FormRefused, InvalidValue, TooManyTemplates."""
    form = StudioForm(request.POST)
    form.step(_base(request))
    if not (name := request.POST.get("name", "").strip()):
        raise InvalidValue(_("Give the template a name."), field="name")
    return create_template(application=request.caller.application, fields={**form.picture, "name": name})


def _made(url: str, said: str, **more: object) -> JsonResponse:
    return JsonResponse({"url": url, "said": said, **more}, status=201)


@page("POST", role=Role.OPERATOR)
@answering
def moments(request: ConsoleRequest) -> dict[str, Any]:
    """The pieces of the whole video that are worth showing, as long as is asked for."""
    try:
        seconds = float(request.POST.get("seconds", ""))
    except ValueError as error:
        raise InvalidValue(_("Say how many seconds a moment lasts."), field="seconds") from error
    order = replace(_step(request).order, start=0.0, end=0.0, choice=choice_of(auto=seconds))
    found = highlights(_media(request), order).best
    return {"best": [{**one._asdict(), "reasons": [told(reason) for reason in one.reasons]} for one in found]}


def _step(request: ConsoleRequest) -> PlanStep:
    """Raises NotFound, FormRefused."""
    return StudioForm(request.POST).step(_base(request))


def _base(request: ConsoleRequest) -> AnimatedImageTemplate:
    """The template that the picture is told as a change of. Raises NotFound."""
    usual = GIF_PRESET if request.POST.get("format") == "gif" else WEBP_PRESET
    return _template(request.caller.application, request.POST) or template_for(request.caller.application, usual)


def _mistakes(refusal: Refused) -> dict[str, str]:
    return (
        refusal.mistakes
        if isinstance(refusal, FormRefused)
        else {one.field: told(one) for one in (refusal, *refusal.also)}
    )


class _Place(TypedDict):
    pane: str
    turn: int


def _place(request: ConsoleRequest) -> _Place:
    """Where the page shows a picture, and at which of its changes; 0 for a page that doesn't count them."""
    return {"pane": request.POST.get("pane", ""), "turn": whole(request.POST.get("turn", "")) or 0}


def _media(request: ConsoleRequest) -> Media:
    """Raises NotFound."""
    return one_media(request.caller.application, request.POST.get("media", ""))


def _template(application: Application, asked: QueryDict) -> AnimatedImageTemplate | None:
    """The one that is named. Raises NotFound."""
    definition = asked.get("definition", "")
    if not definition:
        return None
    if not definition.isdecimal() or len(definition) > 9:
        raise NotFound(_("There is no template {definition}.").format(definition=definition[:20]))
    return template_for(application, int(definition))
