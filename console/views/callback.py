"""Callback Settings (docs/console.md 9) and the workbench around them: each event, each delivery, what to do now."""

import json
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application
from applications.roles import Role
from console.forms.callback_forms import (
    EVENT_WORDS,
    EventConfigForm,
    EventFilter,
    EventTypeForm,
    SignatureForm,
    SpanForm,
)
from console.lists.paging import paged
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from console.signatures import findings
from media_jobs.events.samples import sample_event
from media_jobs.events.selectors import event_config_of, events_for, handles_out, one_event, queue_state
from media_jobs.events.services import (
    event_config,
    modify_event_config,
    renew_webhook_secret,
    resume_deliveries,
    send_again,
    send_failed_again,
    send_test_event,
)
from media_jobs.models import Event, EventConfig


@page()
def workbench(request: ConsoleRequest) -> HttpResponse:
    application, filters = request.caller.application, EventFilter(request.GET)
    context = {
        "config": event_config_of(application),
        "queue": queue_state(application),
        "out": handles_out(application)[:20],
        "filters": filters,
        "page": paged(request, events_for(application, **filters.values())),
        "test_form": EventTypeForm(),
        "span_form": SpanForm(),
        "words": EVENT_WORDS,
    }
    return render(request, "console/callback/workbench.html", context)


@page("GET", "POST", role=Role.OPERATOR)
def edit(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    config = event_config_of(application)
    form = EventConfigForm(request.POST) if request.method == "POST" else EventConfigForm.showing(config)

    def save() -> EventConfig:
        earlier = form.cleaned_data["with_earlier"]
        return modify_event_config(application=application, fields=form.fields_to_save(), with_earlier=earlier)

    if saved(form, save):
        messages.success(request, _("The settings are saved."))
        return redirect("console:callback")
    context = {"form": form, "config": config, "allowed": settings.ZOETROPE_OUTBOUND_ALLOW}
    return render(request, "console/callback/form.html", context)


@page("POST", role=Role.OWNER)
def renew_secret(request: ConsoleRequest) -> HttpResponse:
    renew_webhook_secret(application=request.caller.application)
    messages.success(request, _("Messages are signed with a new secret from now on. Give it to your receiver."))
    return redirect("console:callback-check")


@page("POST", role=Role.OPERATOR)
def test(request: ConsoleRequest) -> HttpResponse:
    form, application = EventTypeForm(request.POST), request.caller.application
    event = saved(form, lambda: send_test_event(application=application, type=form.cleaned_data["type"]))
    if event is None:
        messages.error(request, _("Choose one of the events."))
        return redirect("console:callback")
    sent = _("A sample is on its way. Its deliveries appear below.")
    pulled, kept = _("A sample can be pulled now."), _("A sample is kept, not sent.")
    messages.success(request, _said(application, sent, pulled=pulled, kept=kept))
    return redirect("console:callback-event", event.uid)


@page("POST", role=Role.OPERATOR)
def resume(request: ConsoleRequest) -> HttpResponse:
    count = resume_deliveries(application=request.caller.application)
    said = ngettext(
        "Deliveries are switched on, and what is open goes out now: {count} event.",
        "Deliveries are switched on, and what is open goes out now: {count} events.",
        count,
    )
    messages.success(request, said.format(count=count))
    return redirect("console:callback")


@page("POST", role=Role.OPERATOR)
def replay_failed(request: ConsoleRequest) -> HttpResponse:
    form, application = SpanForm(request.POST), request.caller.application
    since = timezone.now() - timedelta(hours=form.cleaned_data["hours"]) if form.is_valid() else timezone.now()
    count = send_failed_again(application=application, since=since)
    sent = ngettext(
        "Sent again, under the same id: {count} event.", "Sent again, under the same ids: {count} events.", count
    )
    pulled = ngettext("{count} event can be pulled now.", "{count} events can be pulled now.", count)
    kept = ngettext("{count} event is kept, not sent.", "{count} events are kept, not sent.", count)
    said = _said(application, sent, pulled=pulled, kept=kept)
    messages.success(request, said.format(count=count))
    return redirect("console:callback")


@page()
def event(request: ConsoleRequest, uid: str) -> HttpResponse:
    shown = one_event(request.caller.application, uid)
    config = event_config_of(request.caller.application)
    context = {
        "event": shown,
        "words": EVENT_WORDS[Event.Type(shown.type)],
        "content": _pretty(shown.content),
        "deliveries": shown.deliveries.all(),
        "config": config,
        "waiting": shown.settled_at is None and shown.next_at is not None and config.mode == EventConfig.Mode.PUSH,
    }
    return render(request, "console/callback/event.html", context)


@page("POST", role=Role.OPERATOR)
def replay(request: ConsoleRequest, uid: str) -> HttpResponse:
    send_again(event=one_event(request.caller.application, uid))
    sent = _("Sent again, under the same id.")
    pulled, kept = _("The event can be pulled now."), _("The event is kept, not sent.")
    messages.success(request, _said(request.caller.application, sent, pulled=pulled, kept=kept))
    return redirect("console:callback-event", uid)


@page("GET", "POST", role=Role.OPERATOR)
def check(request: ConsoleRequest) -> HttpResponse:
    """Posting changes nothing here: a body is too long for an address."""
    form = SignatureForm(request.POST or None)
    application = request.caller.application
    found = None
    if form.is_valid():
        given = dict(form.cleaned_data)
        config = event_config(application)
        found = findings(
            config,
            body=given["body"],
            webhook_id=given["webhook_id"],
            timestamp=given["webhook_timestamp"],
            signature=given["webhook_signature"],
        )
    samples = [(EVENT_WORDS[kind], kind, _pretty(sample_event(kind, application=application))) for kind in Event.Type]
    context = {"form": form, "findings": found, "samples": samples, "config": event_config_of(application)}
    return render(request, "console/callback/check.html", context)


def _said(application: Application, sent: str, *, pulled: str, kept: str) -> str:
    """`sent`, unless there is nowhere to send to."""
    config = event_config_of(application)
    if config.mode == EventConfig.Mode.PULL:
        return pulled
    if not config.notification_url:
        return kept + " " + _("No callback URL is set; as soon as one is, it goes out.")
    return sent


def _pretty(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2)
