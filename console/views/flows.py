"""Task Flow Settings (docs/console.md 3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from applications.roles import Role
from console.forms.filter_forms import FlowFilter
from console.forms.flow_form import FlowForm, StepForm, offered
from console.forms.retry_form import RetryStep
from console.lists.paging import Order, paged
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from console.studio.snippets import rest_call
from media_jobs.batches.forecast import forecast
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.library.usage import with_tasks_counted
from procedures.selectors import one_procedure, plan_of, procedures_for
from procedures.services import create_procedure, delete_procedure, free_name, reset_procedure

_SORTS = {"created": "created_at", "modified": "updated_at", "name": "name"}


@page()
def flow_list(request: ConsoleRequest) -> HttpResponse:
    application, filters = request.caller.application, FlowFilter(request.GET)
    order = Order.of(request, _SORTS, default="-created")
    flows = with_tasks_counted(order.sort(procedures_for(application)), application)
    if text := filters.values().get("text"):
        flows = flows.filter(name__icontains=text)
    context = {"filters": filters, "order": order, "page": paged(request, flows)}
    return render(request, "console/flows/list.html", context)


@page("GET", "POST", role=Role.OPERATOR)
def create(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    form = FlowForm(request.POST if request.method == "POST" else None, application=application)
    if flow := saved(form, lambda: create_procedure(application=application, **form.fields_to_save())):
        messages.success(
            request, _("Task flow {flow} is created. Choose it when you upload or process a video.").format(flow=flow)
        )
        return redirect("console:flows")
    return render(request, "console/flows/form.html", {"form": form, "flow": None})


@page()
def detail(request: ConsoleRequest, pk: int) -> HttpResponse:
    flow = one_procedure(request.caller.application, pk)
    return render(request, "console/flows/detail.html", {"flow": flow, "call": rest_call({"procedure": flow.name})})


@page("GET", "POST", role=Role.OPERATOR)
def regenerate(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Over again what it was run over before, where that was made otherwise than it would be now; foretold first."""
    application = request.caller.application
    flow = one_procedure(application, pk)
    if request.method != "POST":
        return render(request, "console/flows/regenerate.html", {"flow": flow})
    selection, plan = Selection(processed_by=flow.name), plan_of(flow)
    if "foretell" in request.POST:
        told = forecast(application, selection, plan)
        return render(request, "console/batches/_forecast.html", {"forecast": told})
    return redirect("console:batch", create_batch(application=application, selection=selection, plan=plan).pk)


@page("GET", "POST", role=Role.OPERATOR)
def edit(request: ConsoleRequest, pk: int) -> HttpResponse:
    application = request.caller.application
    flow = one_procedure(application, pk)
    form = FlowForm(request.POST if request.method == "POST" else None, application=application, flow=flow)
    if changed := saved(form, lambda: reset_procedure(procedure=flow, **form.fields_to_save())):
        messages.success(
            request,
            _("Task flow {changed} is changed. Tasks that were started before go on as they were.").format(
                changed=changed
            ),
        )
        return redirect("console:flows")
    return render(request, "console/flows/form.html", {"form": form, "flow": flow})


@page("GET", "POST", role=Role.OPERATOR)
def clone(request: ConsoleRequest, pk: int) -> HttpResponse:
    """The form, filled in like another task flow; there is no copy before it is sent."""
    application = request.caller.application
    origin = one_procedure(application, pk)
    form = FlowForm(request.POST if request.method == "POST" else None, application=application, flow=origin)
    form.initial["name"] = free_name(origin)
    unmade = [one.step for one in origin.unmade.all()]
    made = saved(form, lambda: create_procedure(application=application, unmade=unmade, **form.fields_to_save()))
    if made:
        messages.success(
            request, _("Task flow {made} is created. Choose it when you upload or process a video.").format(made=made)
        )
        return redirect("console:flows")
    return render(request, "console/flows/form.html", {"form": form, "flow": None})


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest, pk: int) -> HttpResponse:
    flow = one_procedure(request.caller.application, pk)
    delete_procedure(procedure=flow)
    messages.success(
        request, _("Task flow {flow} is deleted. Tasks that were started with it go on.").format(flow=flow)
    )
    return redirect("console:flows")


@page(role=Role.OPERATOR)
def segment(request: ConsoleRequest) -> HttpResponse:
    """What one row's offsets mean, in words, or what is wrong with them; answers while one types."""
    kind = RetryStep if "picture" in request.GET else StepForm
    row = kind(request.GET.dict(), templates=offered(request.caller.application), row=0)
    return render(request, "console/flows/_words.html", {"row": row, "show_errors": True})


@page(role=Role.OPERATOR)
def template_options(request: ConsoleRequest) -> HttpResponse:
    """The choices of a row's template selector, for when somebody comes back from making a template."""
    row = StepForm(None, templates=offered(request.caller.application), row=0)
    return render(request, "console/flows/_options.html", {"field": row["definition"]})
