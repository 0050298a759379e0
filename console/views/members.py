"""Who may do what in the application (docs/console.md 12, with roles in place of policies)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from applications.errors import InvalidValue
from applications.models import Membership
from applications.roles import Role
from applications.services.members import change_role, let_in, remove_member
from console.forms.member_form import MemberForm, RoleForm
from console.page import ConsoleRequest, page
from console.saving import saved


@page(role=Role.OWNER)
def member_list(request: ConsoleRequest) -> HttpResponse:
    return _page(request, form=MemberForm())


@page("POST", role=Role.OWNER)
def add(request: ConsoleRequest) -> HttpResponse:
    """The answer itself shows a new person's first password, the only time ever."""
    form = MemberForm(request.POST)
    application = request.caller.application
    added = saved(form, lambda: let_in(application=application, **form.fields_to_save()))
    return _page(request, form=form, added=added)


@page("POST", role=Role.OWNER)
def change(request: ConsoleRequest, pk: int) -> HttpResponse:
    membership, form = _membership(request, pk), RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidValue("Choose one of the roles.", field="role")
    change_role(membership=membership, role=form.cleaned_data["role"])
    messages.success(request, f"{membership.user} is now {form.cleaned_data['role'].label.lower()}.")
    return redirect("console:members")


@page("POST", role=Role.OWNER)
def remove(request: ConsoleRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    remove_member(membership=membership)
    messages.success(request, f"{membership.user} has no part in this application any more.")
    return redirect("console:members")


def _membership(request: ConsoleRequest, pk: int) -> Membership:
    return get_object_or_404(Membership, application=request.caller.application, pk=pk)


def _page(request: ConsoleRequest, **more: object) -> HttpResponse:
    members = request.caller.application.memberships.select_related("user").order_by("user__username")
    return render(request, "console/access/members.html", {"members": members, "roles": Role, **more})
