"""Application Management: create, rename, switch off and on (docs/console.md 10)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.caller import role_in
from applications.errors import Forbidden
from applications.models import Application
from applications.roles import Role
from applications.selectors import applications_for, roles_of
from applications.services.applications import create_application, modify_application, set_application_status
from console.address import addresses_of
from console.forms.application_form import ApplicationForm
from console.page import ConsoleRequest, page
from console.saving import saved


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
    return render(request, "console/access/applications.html", {"form": form, "rows": rows})
