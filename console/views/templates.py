"""Template Settings (docs/console.md 2)."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.roles import Role
from console.forms.filter_forms import TemplateFilter
from console.forms.template_form import TemplateForm
from console.lists.paging import Order, paged
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from console.studio.links import studio_of
from console.studio.previews import rate_notes, size_previews
from console.studio.snippets import rest_call
from console.words.presets import presets_called
from media_jobs.library.usage import with_images_counted
from procedures.models import ProcedureStep
from procedures.selectors import procedures_using
from templates_app.models import AnimatedImageTemplate
from templates_app.search import templates_found
from templates_app.selectors import template_for
from templates_app.services import create_template, delete_template, modify_template

_SORTS = {
    "id": "definition",
    "name": "name",
    "format": "format",
    "rate": "fps",
    "quality": "quality",
    "updated": "updated_at",
}


@page()
def template_list(request: ConsoleRequest) -> HttpResponse:
    filters = TemplateFilter(request.GET)
    application, order = request.caller.application, Order.of(request, _SORTS, default="id")
    wanted = filters.values()
    called = templates_found(application, **wanted, presets=presets_called(str(wanted.get("text", ""))))
    found = with_images_counted(order.sort(called), application)
    own = ProcedureStep.objects.filter(procedure__application=application).select_related("procedure")
    used = found.prefetch_related(Prefetch("steps", own))
    context = {"filters": filters, "order": order, "page": paged(request, used)}
    return render(request, "console/templates/list.html", context)


@page("GET", "POST", role=Role.OPERATOR)
def create(request: ConsoleRequest) -> HttpResponse:
    form = TemplateForm(request.POST or None)
    application = request.caller.application
    if made := saved(form, lambda: create_template(application=application, fields=form.fields_to_save())):
        messages.success(request, _("Template {made} is created.").format(made=made))
        return redirect("console:templates")
    return _form(request, form)


@page()
def detail(request: ConsoleRequest, definition: int) -> HttpResponse:
    template = template_for(request.caller.application, definition)
    context = {
        "template": template,
        "used_by": procedures_using(request.caller.application, template),
        "call": rest_call({"steps": [{"definition": template.definition, "start": 0, "end": 5}]}),
    }
    return render(request, "console/templates/detail.html", context | _preview(TemplateForm.showing(template)))


@page("GET", "POST", role=Role.OPERATOR)
def edit(request: ConsoleRequest, definition: int) -> HttpResponse:
    template = template_for(request.caller.application, definition)
    if template.is_preset:
        return redirect("console:template", definition)
    form = TemplateForm(request.POST) if request.method == "POST" else TemplateForm.showing(template)
    if changed := saved(form, lambda: modify_template(template=template, fields=form.fields_to_save())):
        messages.success(
            request,
            _("Template {changed} is changed. Tasks started before keep the old values.").format(changed=changed),
        )
        return redirect("console:templates")
    return _form(request, form, template=template)


@page("GET", "POST", role=Role.OPERATOR)
def clone(request: ConsoleRequest, definition: int) -> HttpResponse:
    """The form, filled in like another template; there is no copy before it is sent."""
    application = request.caller.application
    origin = template_for(application, definition)
    form = TemplateForm(request.POST) if request.method == "POST" else TemplateForm.copying(origin)
    if made := saved(form, lambda: create_template(application=application, fields=form.fields_to_save())):
        messages.success(request, _("Template {made} is created.").format(made=made))
        return redirect("console:templates")
    return _form(request, form)


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest, definition: int) -> HttpResponse:
    template = template_for(request.caller.application, definition)
    delete_template(template=template)
    messages.success(request, _("Template {template} is deleted. Images made with it stay.").format(template=template))
    return redirect("console:templates")


@page(role=Role.OPERATOR)
def preview(request: ConsoleRequest) -> HttpResponse:
    """The part of the form that answers while one types."""
    form = TemplateForm(request.GET)
    context = {**_preview(form), "studio": studio_of(form, definition=request.GET.get("definition", ""))}
    return render(request, "console/templates/_preview.html", context)


def _form(
    request: ConsoleRequest, form: TemplateForm, *, template: AnimatedImageTemplate | None = None
) -> HttpResponse:
    used_by = procedures_using(request.caller.application, template) if template else ()
    studio = studio_of(form, definition=template.definition if template else "")
    context = {"form": form, "template": template, "used_by": used_by, "studio": studio, **_preview(form)}
    return render(request, "console/templates/form.html", context)


def _preview(form: TemplateForm) -> dict[str, object]:
    """Of what the form shows, whether it was typed or not."""
    shown = form if form.is_bound else TemplateForm({name: form[name].value() for name in form.fields})
    return {"previews": size_previews(shown), "notes": list(rate_notes(shown))}
