"""API keys and access tokens of the application (docs/console.md 11)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from applications.models import AccessToken, ApiKey
from applications.roles import Role
from applications.services.keys import (
    MAX_KEYS,
    delete_api_key,
    issue_access_token,
    issue_api_key,
    restrict_api_key,
    revoke_access_token,
    set_api_key_enabled,
)
from console.forms.key_forms import AccessForm, NameForm
from console.page import ConsoleRequest, page
from console.saving import saved


@page(role=Role.OWNER)
def access_list(request: ConsoleRequest) -> HttpResponse:
    return _page(request)


@page("POST", role=Role.OWNER)
def create_key(request: ConsoleRequest) -> HttpResponse:
    """The answer itself shows the secret, the only time ever: nothing keeps it on the way to another page."""
    caller, form = request.caller, NameForm(request.POST)
    issued = saved(
        form, lambda: issue_api_key(user=caller.user, application=caller.application, name=form.cleaned_data["name"])
    )
    return _page(request, key_form=form, new_key=issued)


@page("POST", role=Role.OWNER)
def switch_key(request: ConsoleRequest, pk: int) -> HttpResponse:
    key = _key(request, pk)
    set_api_key_enabled(key=key, enabled=not key.enabled)
    said = "is enabled." if key.enabled else "is disabled: requests signed with it are refused."
    messages.success(request, f"{key} {said}")
    return redirect("console:access")


@page("POST", role=Role.OWNER)
def restrict_key(request: ConsoleRequest, pk: int) -> HttpResponse:
    key, form = _key(request, pk), AccessForm(request.POST)
    if saved(form, lambda: restrict_api_key(key=key, **form.fields_to_save())):
        messages.success(request, f"{key}: {key.get_access_display().lower()}, from now on.")
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("console:access")


@page("POST", role=Role.OWNER)
def delete_key(request: ConsoleRequest, pk: int) -> HttpResponse:
    key = _key(request, pk)
    delete_api_key(key=key)
    messages.success(request, f"{key} is deleted.")
    return redirect("console:access")


@page("POST", role=Role.OWNER)
def create_token(request: ConsoleRequest) -> HttpResponse:
    """As for keys: shown here and now, or never."""
    caller, form = request.caller, NameForm(request.POST)
    issued = saved(
        form,
        lambda: issue_access_token(user=caller.user, application=caller.application, name=form.cleaned_data["name"]),
    )
    return _page(request, token_form=form, new_token=issued)


@page("POST", role=Role.OWNER)
def delete_token(request: ConsoleRequest, digest: str) -> HttpResponse:
    token = get_object_or_404(AccessToken, application=request.caller.application, digest=digest)
    revoke_access_token(token=token)
    messages.success(request, f"{token} is deleted: requests that carry it are refused from now on.")
    return redirect("console:access")


def _key(request: ConsoleRequest, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey, application=request.caller.application, pk=pk)


def _page(request: ConsoleRequest, **more: object) -> HttpResponse:
    application = request.caller.application
    context = {
        "keys": application.api_keys.select_related("user"),
        "tokens": application.access_tokens.select_related("user"),
        "max_keys": MAX_KEYS,
        "accesses": ApiKey.Access.choices,
        "key_form": NameForm(),
        "token_form": NameForm(),
        **more,
    }
    return render(request, "console/access/list.html", context)
