"""Snapshot templates, of all kinds on one page (docs/console.md 2)."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.errors import NotFound
from applications.roles import Role
from console.forms.snapshot_template_form import SnapshotTemplateForm
from console.lists.paging import paged
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from procedures.models import ProcedureSnapshot
from templates_app.services import delete_template
from templates_app.snapshot_kinds import KINDS, SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate
from templates_app.snapshots.selectors import snapshot_template_for
from templates_app.snapshots.services import create_snapshot_template, modify_snapshot_template


@page()
def template_list(request: ConsoleRequest) -> HttpResponse:
    own = ProcedureSnapshot.objects.filter(procedure__application=request.caller.application)
    used = Prefetch("steps", own.select_related("procedure"))
    found = SnapshotTemplate.objects.usable_in(request.caller.application).prefetch_related(used)
    context = {"page": paged(request, found), "kinds": KINDS.values()}
    return render(request, "console/templates/snapshot_list.html", context)


@page("GET", "POST", role=Role.OPERATOR)
def create(request: ConsoleRequest, kind: str) -> HttpResponse:
    """With `?like=`, the form filled in like another template; there is no copy before it is sent."""
    application, sort = request.caller.application, _kind(kind)
    if request.method == "POST":
        form = SnapshotTemplateForm(request.POST, kind=sort)
    elif like := request.GET.get("like"):
        form = SnapshotTemplateForm.copying(_template(request, like))
    else:
        form = SnapshotTemplateForm(kind=sort)
    made = saved(
        form, lambda: create_snapshot_template(application=application, kind=sort, fields=form.fields_to_save())
    )
    if made:
        messages.success(request, _("Template {made} is created.").format(made=made))
        return redirect("console:snapshottemplates")
    return render(request, "console/templates/snapshot_form.html", {"form": form, "kind": sort, "template": None})


@page("GET", "POST", role=Role.OPERATOR)
def edit(request: ConsoleRequest, key: str) -> HttpResponse:
    """A preset is shown, and can't be changed."""
    template = _template(request, key)
    if request.method == "POST":
        form = SnapshotTemplateForm(request.POST, kind=template.sort)
    else:
        form = SnapshotTemplateForm.showing(template)
    if changed := saved(form, lambda: modify_snapshot_template(template=template, fields=form.fields_to_save())):
        messages.success(
            request,
            _("Template {changed} is changed. Tasks started before keep the old values.").format(changed=changed),
        )
        return redirect("console:snapshottemplates")
    context = {"form": form, "kind": template.sort, "template": template}
    return render(request, "console/templates/snapshot_form.html", context)


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest, key: str) -> HttpResponse:
    template = _template(request, key)
    delete_template(template=template)
    messages.success(
        request, _("Template {template} is deleted. Snapshots made with it stay.").format(template=template)
    )
    return redirect("console:snapshottemplates")


def _kind(name: str) -> SnapshotKind:
    if name not in KINDS:
        raise NotFound(_("There is no kind of snapshots called {name}.").format(name=name[:20]), field="kind")
    return KINDS[name]


def _template(request: ConsoleRequest, key: str) -> SnapshotTemplate:
    kind, _dash, definition = key.partition("-")
    if not definition.isdecimal() or len(definition) > 9:
        raise NotFound(_("There is no snapshot template {key}.").format(key=key[:20]), field="definition")
    return snapshot_template_for(request.caller.application, _kind(kind), int(definition))
