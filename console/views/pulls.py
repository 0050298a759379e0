"""Pulling files from addresses, one by one or from a list (docs/console.md 4)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.errors import Refused
from applications.roles import Role
from console.forms.pull_form import MOST_ROWS, PullForm, rows_in
from console.page import ConsoleRequest, page
from console.sending.saving import note
from media_jobs.pulls.services import pull_upload


@page("GET", "POST", role=Role.OPERATOR)
def pull(request: ConsoleRequest) -> HttpResponse:
    """`do` is what the button says: read a list into the rows, check them, or pull."""
    application = request.caller.application
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in ("url", "name", "cover_url")}
        return _page(request, PullForm(None, application=application, shown=[given]))
    shown, trouble = [], ""
    if request.POST.get("do") == "read":
        try:
            shown = list(rows_in(request.FILES["list"])) if "list" in request.FILES else []
            trouble = "" if shown else _("Choose a file with addresses.")
        except ValueError as error:
            trouble = str(error)
    form = PullForm(request.POST, application=application, shown=shown)
    form.rows = form.filled or form.rows[:1] or [form.new_row]
    if trouble:
        return _page(request, form, trouble=trouble)
    right = form.check()
    if right and request.POST.get("do") == "pull" and form.filled:
        return _begun(request, form)
    return _page(request, form, checked=right and len(form.filled))


def _begun(request: ConsoleRequest, form: PullForm) -> HttpResponse:
    """Each for itself: one that is refused after all, say by a quota, stays on the page, the others have begun."""
    left = []
    for row in form.filled:
        values = row.cleaned_data
        try:
            pull_upload(
                application=request.caller.application,
                url=values["url"],
                wanted=row.wanted(form.cleaned_data["procedure"]),
                cover_url=values["cover_url"],
                user=request.caller.user,
            )
        except Refused as refusal:
            note(row, refusal)
            left.append(row)
    begun = len(form.filled) - len(left)
    if begun:
        said = ngettext("{begun} file is being pulled.", "{begun} files are being pulled.", begun)
        messages.success(request, said.format(begun=begun))
    if not left:
        return redirect("console:uploading")
    form.rows = left
    return _page(request, form)


def _page(request: ConsoleRequest, form: PullForm, **more: Any) -> HttpResponse:
    return render(request, "console/media/pull.html", {"form": form, "most": MOST_ROWS, **more})
