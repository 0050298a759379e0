"""What an application may use and uses; administrators change it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.quotas import quota_of, set_quota
from applications.roles import Role
from console.forms.quota_form import QuotaForm
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from media_jobs.jobs.quotas import Usage


@page()
def quota(request: ConsoleRequest) -> HttpResponse:
    return _page(request, form=QuotaForm.showing(request.caller.application))


@page("POST", role=Role.OWNER)
def edit(request: ConsoleRequest) -> HttpResponse:
    if not request.user.is_superuser:
        raise Http404
    form, application = QuotaForm(request.POST), request.caller.application
    if saved(form, lambda: set_quota(application=application, limits=form.limits())):
        messages.success(request, _("The quotas are saved."))
        return redirect("console:quota")
    return _page(request, form=form)


def _page(request: ConsoleRequest, *, form: QuotaForm) -> HttpResponse:
    application = request.caller.application
    limits, used = quota_of(application), Usage.of(application)
    rows = [
        (_("Bytes stored"), used.bytes, limits.max_bytes),
        (_("Pictures in 24 hours"), used.pictures, limits.max_pictures_a_day),
        (_("Jobs waiting"), used.jobs, limits.max_jobs_waiting),
        (_("Requests a second, of one action"), None, limits.max_requests_a_second),
    ]
    context = {"rows": rows, "form": form, "may_change": request.user.is_superuser}
    return render(request, "console/quota.html", context)
