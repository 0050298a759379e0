"""API keys and access tokens of the application (docs/console.md 11)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
from applications.services.origins import set_allowed_origins
from console.forms.key_forms import AccessForm, NameForm, OriginsForm
from console.page import ConsoleRequest, page
from console.sending.once import is_again, succeeded
from console.sending.saving import saved


@page(role=Role.OWNER)
def access_list(request: ConsoleRequest) -> HttpResponse:
    return _page(request)


@page("POST", role=Role.OWNER)
def create_key(request: ConsoleRequest) -> HttpResponse:
    """The answer itself shows the secret, the only time ever: nothing keeps it on the way to another page."""
    caller, form = request.caller, NameForm(request.POST)
    if is_again(request):
        return _made_before(request)
    issued = saved(
        form, lambda: issue_api_key(user=caller.user, application=caller.application, name=form.cleaned_data["name"])
    )
    if issued:
        succeeded(request)
    return _page(request, key_form=form, new_key=issued)


@page("POST", role=Role.OWNER)
def switch_key(request: ConsoleRequest, pk: int) -> HttpResponse:
    key = _key(request, pk)
    key = set_api_key_enabled(key=key, enabled=not key.enabled)
    said = _("{key} is enabled.") if key.enabled else _("{key} is disabled: requests signed with it are refused.")
    messages.success(request, said.format(key=key))
    return redirect("console:access")


@page("POST", role=Role.OWNER)
def restrict_key(request: ConsoleRequest, pk: int) -> HttpResponse:
    key, form = _key(request, pk), AccessForm(request.POST)
    if changed := saved(form, lambda: restrict_api_key(key=key, **form.fields_to_save())):
        messages.success(request, _restricted(changed))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("console:access")


def _restricted(key: ApiKey) -> str:
    said = {
        ApiKey.Access.FULL: _("{key}: full access, from now on."),
        ApiKey.Access.READ_ONLY: _("{key}: read only, from now on."),
        ApiKey.Access.CUSTOM: _("{key}: custom, from now on."),
    }
    return said[ApiKey.Access(key.access)].format(key=key)


@page("POST", role=Role.OWNER)
def delete_key(request: ConsoleRequest, pk: int) -> HttpResponse:
    key = _key(request, pk)
    delete_api_key(key=key)
    messages.success(request, _("{key} is deleted.").format(key=key))
    return redirect("console:access")


@page("POST", role=Role.OWNER)
def create_token(request: ConsoleRequest) -> HttpResponse:
    """As for keys: shown here and now, or never."""
    caller, form = request.caller, NameForm(request.POST)
    if is_again(request):
        return _made_before(request)
    issued = saved(
        form,
        lambda: issue_access_token(user=caller.user, application=caller.application, name=form.cleaned_data["name"]),
    )
    if issued:
        succeeded(request)
    return _page(request, token_form=form, new_token=issued)


@page("POST", role=Role.OWNER)
def delete_token(request: ConsoleRequest, digest: str) -> HttpResponse:
    token = get_object_or_404(AccessToken, application=request.caller.application, digest=digest)
    revoke_access_token(token=token)
    messages.success(
        request, _("{token} is deleted: requests that carry it are refused from now on.").format(token=token)
    )
    return redirect("console:access")


@page("POST", role=Role.OWNER)
def allow_origins(request: ConsoleRequest) -> HttpResponse:
    application, form = request.caller.application, OriginsForm(request.POST)
    allowed = saved(form, lambda: set_allowed_origins(application=application, origins=form.lines()))
    if allowed is None:
        return _page(request, origins_form=form)
    said = _("Saved: no web page may call the REST API.")
    if number := len(allowed):
        said = ngettext(
            "Saved: {number} web page may call the REST API.",
            "Saved: {number} web pages may call the REST API.",
            number,
        ).format(number=number)
    messages.success(request, said)
    return redirect("console:access")


def _made_before(request: ConsoleRequest) -> HttpResponse:
    messages.info(request, _("It was made already, and nothing was made now. Its secret was shown then, only then."))
    return redirect("console:access")


def _key(request: ConsoleRequest, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey, application=request.caller.application, pk=pk)


def _page(request: ConsoleRequest, **more: object) -> HttpResponse:
    application = request.caller.application
    vars(request)["shows_secret"] = bool(more.get("new_key") or more.get("new_token"))  # for the audit log
    context = {
        "keys": application.api_keys.select_related("user"),
        "tokens": application.access_tokens.select_related("user"),
        "max_keys": MAX_KEYS,
        "accesses": ApiKey.Access.choices,
        "key_form": NameForm(),
        "token_form": NameForm(),
        "origins_form": OriginsForm.showing(application),
        **more,
    }
    return render(request, "console/access/list.html", context)
