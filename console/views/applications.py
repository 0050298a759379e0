"""Application Management: create, rename, switch off and on, terminate (docs/console.md 10)."""

import math
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.audit.entries import record
from applications.caller import role_in
from applications.errors import Forbidden
from applications.models import Application
from applications.roles import Role
from applications.selectors import applications_for, roles_of
from applications.services.applications import create_application, modify_application, set_application_status
from applications.services.termination import take_back
from console.address import addresses_of
from console.forms.application_form import ApplicationForm, TerminationForm
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from media_jobs.maintenance.clearing import terminate


@page()
def application_list(request: ConsoleRequest) -> HttpResponse:
    return _page(request, ApplicationForm())


@page("POST", role=Role.OWNER)
def create(request: ConsoleRequest) -> HttpResponse:
    form = ApplicationForm(request.POST)
    if made := saved(form, lambda: create_application(owner=request.caller.user, **form.cleaned_data)):
        messages.success(request, _("Application {made} is created. Choose it at the top.").format(made=made))
        return redirect("console:applications")
    return _page(request, form)


@page("GET", "POST", role=Role.OWNER)
def edit(request: ConsoleRequest, app_id: int) -> HttpResponse:
    application = _own(request, app_id)
    shown = {"name": application.name, "description": application.description}
    form = ApplicationForm(request.POST if request.method == "POST" else None, initial=shown)
    if changed := saved(form, lambda: modify_application(application=application, **form.cleaned_data)):
        messages.success(request, _("Application {changed} is changed.").format(changed=changed))
        return redirect("console:applications")
    return render(request, "console/access/application.html", {"form": form, "application": application})


@page("POST", role=Role.OWNER)
def switch(request: ConsoleRequest, app_id: int) -> HttpResponse:
    """Off or on, whichever it isn't."""
    application = _own(request, app_id)
    off = application.status == Application.Status.ON
    set_application_status(application=application, status=Application.Status.OFF if off else Application.Status.ON)
    said = _("{application} is on.")
    if off:
        said = _("{application} is switched off: nobody gets in, and its media aren't served, until it is on again.")
    messages.success(request, said.format(application=application))
    with addresses_of(None if application == request.caller.application else request.caller.application.app_id):
        return redirect(reverse("console:applications"))


@page("GET", "POST", role=Role.OWNER)
def end(request: ConsoleRequest, app_id: int) -> HttpResponse:
    """Terminate it: everything in it goes for good once the waiting period is over."""
    application = _own(request, app_id)
    form = TerminationForm(request.POST if request.method == "POST" else None, name=application.name)
    if ended := saved(form, lambda: terminate(application=application)):
        _tell(request, "application-terminate", ended)
        said = _("{application} is terminated. Until its time is over you can take that back here.")
        messages.success(request, said.format(application=ended))
        return redirect("console:applications")
    return render(request, "console/access/terminate.html", {"form": form, "application": application, **_waiting()})


@page("POST", role=Role.OWNER)
def take_back_termination(request: ConsoleRequest, app_id: int) -> HttpResponse:
    kept = take_back(application=_own(request, app_id))
    _tell(request, "application-take-back", kept)
    messages.success(request, _("{application} is kept. It is switched off, as before.").format(application=kept))
    return redirect("console:applications")


def _tell(request: ConsoleRequest, action: str, application: Application) -> None:
    """In the application's own audit log, too, which outlives it."""
    caller, address = request.caller, request.META.get("REMOTE_ADDR", "")
    subject = [{"app_id": application.app_id}]
    record(user=caller.user, door="console", action=action, application=application, address=address, subject=subject)


def _waiting() -> dict[str, int]:
    return {"days": math.ceil(settings.ZOETROPE_TERMINATION / timedelta(days=1))}


def _own(request: ConsoleRequest, app_id: int) -> Application:
    """Raises Forbidden for one that is theirs, but not to change."""
    application = get_object_or_404(applications_for(request.caller.user), app_id=app_id)
    if role_in(user=request.caller.user, application=application) != Role.OWNER:
        raise Forbidden(_("This needs the role owner in that application."))
    return application


def _page(request: ConsoleRequest, form: ApplicationForm) -> HttpResponse:
    user = request.caller.user
    roles = roles_of(user)
    rows = [(one, user.is_superuser or roles.get(one.pk) == Role.OWNER) for one in applications_for(user)]
    return render(request, "console/access/applications.html", {"form": form, "rows": rows, **_waiting()})
