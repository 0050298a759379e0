"""Task Flow Settings (docs/console.md 3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from applications.roles import Role
from console.forms.flow_form import FlowForm, StepForm, offered
from console.page import ConsoleRequest, page
from console.paging import paged
from console.saving import saved
from procedures.selectors import one_procedure, procedures_for
from procedures.services import clone_procedure, create_procedure, delete_procedure, reset_procedure

SORTS = {"created": "-created_at", "modified": "-updated_at", "name": "name"}


@page()
def flow_list(request: ConsoleRequest) -> HttpResponse:
    text, sort = request.GET.get("text", "").strip(), request.GET.get("sort", "created")
    flows = procedures_for(request.caller.application).order_by(SORTS.get(sort, "-created_at"), "-pk")
    if text:
        flows = flows.filter(name__icontains=text)
    return render(request, "console/flows/list.html", {"page": paged(request, flows), "text": text, "sort": sort})


@page("GET", "POST", role=Role.OPERATOR)
def create(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    form = FlowForm(request.POST if request.method == "POST" else None, application=application)
    if flow := saved(form, lambda: create_procedure(application=application, **form.fields_to_save())):
        messages.success(request, f"Task flow {flow} is created. Choose it when you upload or process a video.")
        return redirect("console:flows")
    return render(request, "console/flows/form.html", {"form": form, "flow": None})


@page()
def detail(request: ConsoleRequest, pk: int) -> HttpResponse:
    flow = one_procedure(request.caller.application, pk)
    return render(request, "console/flows/detail.html", {"flow": flow})


@page("GET", "POST", role=Role.OPERATOR)
def edit(request: ConsoleRequest, pk: int) -> HttpResponse:
    application = request.caller.application
    flow = one_procedure(application, pk)
    form = FlowForm(request.POST if request.method == "POST" else None, application=application, flow=flow)
    if saved(form, lambda: reset_procedure(procedure=flow, **form.fields_to_save())):
        messages.success(request, f"Task flow {flow} is changed. Tasks that were started before go on as they were.")
        return redirect("console:flows")
    return render(request, "console/flows/form.html", {"form": form, "flow": flow})


@page("POST", role=Role.OPERATOR)
def clone(request: ConsoleRequest, pk: int) -> HttpResponse:
    origin = one_procedure(request.caller.application, pk)
    copy = clone_procedure(procedure=origin)
    messages.success(request, f"This is your copy of {origin}: change what you like.")
    return redirect("console:flow-edit", copy.pk)


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    flow = one_procedure(request.caller.application, pk)
    delete_procedure(procedure=flow)
    messages.success(request, f"Task flow {flow} is deleted. Tasks that were started with it go on.")
    return redirect("console:flows")


@page(role=Role.OPERATOR)
def segment(request: ConsoleRequest) -> HttpResponse:
    """What one row's offsets mean, in words, or what is wrong with them; answers while one types."""
    row = StepForm(request.GET.dict(), templates=offered(request.caller.application), row=0)
    return render(request, "console/flows/_words.html", {"row": row, "show_errors": True})


@page(role=Role.OPERATOR)
def template_options(request: ConsoleRequest) -> HttpResponse:
    """The choices of a row's template selector, for when somebody comes back from making a template."""
    row = StepForm(None, templates=offered(request.caller.application), row=0)
    return render(request, "console/flows/_options.html", {"field": row["definition"]})
