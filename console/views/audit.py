"""Who changed what, for owners; administrators see what belongs to no application, too."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render

from applications.audit.entries import audit_entries_for
from applications.models import AuditEntry
from applications.roles import Role
from console.forms.filter_forms import AuditFilter
from console.lists.paging import paged
from console.page import ConsoleRequest, page


@page(role=Role.OWNER)
def audit(request: ConsoleRequest) -> HttpResponse:
    filters = AuditFilter(request.GET)
    found = audit_entries_for(request.caller.application)
    if request.user.is_superuser:
        found = AuditEntry.objects.filter(Q(application=request.caller.application) | Q(application=None))
    wanted = filters.values()
    if text := wanted.get("text"):
        columns = ("who", "credential", "action", "subject", "address")
        found = found.filter(Q(*[(f"{column}__icontains", text) for column in columns], _connector=Q.OR))
    if door := wanted.get("door"):
        found = found.filter(door=door)
    return render(request, "console/audit.html", {"filters": filters, "page": paged(request, found)})
