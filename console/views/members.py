"""Who may do what in the application (docs/console.md 12, with roles in place of policies)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from applications.models import Membership
from applications.roles import Role
from applications.services.members import change_role, let_in, remove_member
from console.forms.member_form import MemberForm, RoleForm
from console.page import ConsoleRequest, page
from console.sending.once import is_again, succeeded
from console.sending.saving import saved


@page(role=Role.OWNER)
def member_list(request: ConsoleRequest) -> HttpResponse:
    return _page(request, form=MemberForm())


@page("POST", role=Role.OWNER)
def add(request: ConsoleRequest) -> HttpResponse:
    """The answer itself shows a new person's first password, the only time ever."""
    form = MemberForm(request.POST)
    if is_again(request):
        messages.info(request, _("They were let in already. A first password was shown then, only then."))
        return redirect("console:members")
    application = request.caller.application
    added = saved(form, lambda: let_in(application=application, **form.fields_to_save()))
    if added:
        succeeded(request)
    return _page(request, form=form, added=added)


@page("POST", role=Role.OWNER)
def change(request: ConsoleRequest, pk: int) -> HttpResponse:
    membership, form = _membership(request, pk), RoleForm(request.POST)
    if saved(form, lambda: change_role(membership=membership, role=form.cleaned_data["role"])):
        messages.success(request, _now(membership, form.cleaned_data["role"]))
        return redirect("console:members")
    return _page(request, form=MemberForm(), refused={"pk": pk, "form": form})


@page("POST", role=Role.OWNER)
def remove(request: ConsoleRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    remove_member(membership=membership)
    messages.success(request, _("{user} has no part in this application any more.").format(user=membership.user))
    return redirect("console:members")


def _now(membership: Membership, role: Role) -> str:
    said = {
        Role.VIEWER: _("{user} is now viewer."),
        Role.OPERATOR: _("{user} is now operator."),
        Role.OWNER: _("{user} is now owner."),
    }
    return said[role].format(user=membership.user)


def _membership(request: ConsoleRequest, pk: int) -> Membership:
    return get_object_or_404(Membership, application=request.caller.application, pk=pk)


def _page(request: ConsoleRequest, **more: object) -> HttpResponse:
    vars(request)["shows_secret"] = bool(more.get("added"))  # for the audit log
    members = request.caller.application.memberships.select_related("user").order_by("user__username")
    return render(request, "console/access/members.html", {"members": members, "roles": Role, **more})
