"""Template Settings (docs/console.md 2)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from applications.roles import Role
from console.forms.filter_forms import TemplateFilter
from console.forms.template_form import TemplateForm
from console.page import ConsoleRequest, page
from console.paging import paged
from console.previews import rate_notes, size_previews
from console.saving import saved
from procedures.selectors import procedures_using
from templates_app.models import AnimatedImageTemplate
from templates_app.search import templates_found
from templates_app.selectors import template_for
from templates_app.services import clone_template, create_template, delete_template, modify_template


@page()
def template_list(request: ConsoleRequest) -> HttpResponse:
    filters = TemplateFilter(request.GET)
    found = templates_found(request.caller.application, **filters.values())
    used = found.prefetch_related("steps__procedure")
    return render(request, "console/templates/list.html", {"filters": filters, "page": paged(request, used)})


@page("GET", "POST", role=Role.OPERATOR)
def create(request: ConsoleRequest) -> HttpResponse:
    form = TemplateForm(request.POST or None)
    application = request.caller.application
    if made := saved(form, lambda: create_template(application=application, fields=form.fields_to_save())):
        messages.success(request, f"Template {made} is created.")
        return redirect("console:templates")
    return _form(request, form)


@page()
def detail(request: ConsoleRequest, definition: int) -> HttpResponse:
    template = template_for(request.caller.application, definition)
    context = {"template": template, "used_by": procedures_using(request.caller.application, template)}
    return render(request, "console/templates/detail.html", context | _preview(TemplateForm.showing(template)))


@page("GET", "POST", role=Role.OPERATOR)
def edit(request: ConsoleRequest, definition: int) -> HttpResponse:
    template = template_for(request.caller.application, definition)
    if template.is_preset:
        return redirect("console:template", definition)
    form = TemplateForm(request.POST) if request.method == "POST" else TemplateForm.showing(template)
    if saved(form, lambda: modify_template(template=template, fields=form.fields_to_save())):
        messages.success(request, f"Template {template} is changed. Tasks started before keep the old values.")
        return redirect("console:templates")
    return _form(request, form, template=template)


@page("POST", role=Role.OPERATOR)
def clone(request: ConsoleRequest, definition: int) -> HttpResponse:
    origin = template_for(request.caller.application, definition)
    copy = clone_template(template=origin, application=request.caller.application)
    messages.success(request, f"This is your copy of {origin}: change what you like.")
    return redirect("console:template-edit", copy.definition)


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest, definition: int) -> HttpResponse:
    template = template_for(request.caller.application, definition)
    delete_template(template=template)
    messages.success(request, f"Template {template} is deleted. Images made with it stay.")
    return redirect("console:templates")


@page(role=Role.OPERATOR)
def preview(request: ConsoleRequest) -> HttpResponse:
    """The part of the form that answers while one types."""
    return render(request, "console/templates/_preview.html", _preview(TemplateForm(request.GET)))


def _form(
    request: ConsoleRequest, form: TemplateForm, *, template: AnimatedImageTemplate | None = None
) -> HttpResponse:
    used_by = procedures_using(request.caller.application, template) if template else ()
    context = {"form": form, "template": template, "used_by": used_by, **_preview(form)}
    return render(request, "console/templates/form.html", context)


def _preview(form: TemplateForm) -> dict[str, object]:
    """Of what the form shows, whether it was typed or not."""
    shown = form if form.is_bound else TemplateForm({name: form[name].value() for name in form.fields})
    return {"previews": size_previews(shown), "notes": list(rate_notes(shown))}
