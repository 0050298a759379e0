"""A generator of client upload signatures: to try a page with, or to compare one's own with."""

from django.http import HttpResponse
from django.shortcuts import render

from applications.roles import Role
from applications.services.client_signatures import client_signature
from console.forms.signature_form import UploadSignatureForm
from console.page import ConsoleRequest, page
from console.sending.saving import saved


@page("GET", "POST", role=Role.OPERATOR)
def upload_signature(request: ConsoleRequest) -> HttpResponse:
    """The answer itself shows the signature; nothing keeps it."""
    caller, values = request.caller, request.POST if request.method == "POST" else None
    form = UploadSignatureForm(values, application=caller.application, user=caller.user)
    signature = None
    if values is not None:
        signature = saved(
            form, lambda: client_signature(key=form.chosen_key(), life=form.cleaned_data["life"], wishes=form.wishes())
        )
    return render(request, "console/signature.html", {"form": form, "signature": signature})
