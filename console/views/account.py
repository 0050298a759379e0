"""Signing in and out, and the own password."""

import math
from typing import Any

from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.proxies import lock_address_of
from console.forms.sign_in_form import SignInForm
from console.known_device import remember_device
from console.sending.held import held_in


class _Login(LoginView):
    template_name = "console/account/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        if held := held_in(self.request.POST.get("held", "")):
            context = {"held": held, "next": self.get_success_url()}
            response = render(self.request, "console/account/send_again.html", context)
        remember_device(response, form.get_user())
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"held": self.request.POST.get("held", ""), **super().get_context_data(**kwargs)}


login = _Login.as_view()


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """What the sign-in answers after too many wrong passwords (AXES_LOCKOUT_CALLABLE)."""
    last = AccessAttempt.objects.filter(username=get_client_username(request, credentials or {}))
    since = last.filter(ip_address=lock_address_of(request)).aggregate(since=Max("attempt_time"))["since"]
    left = since + settings.AXES_COOLOFF_TIME - timezone.now() if since else settings.AXES_COOLOFF_TIME
    seconds = max(1, math.ceil(left.total_seconds()))
    page = render(request, "console/account/locked.html", {"seconds": seconds}, status=429)
    page["Retry-After"] = str(seconds)
    return page


class _PasswordChange(PasswordChangeView):
    template_name = "console/account/password.html"
    success_url = reverse_lazy("console:overview")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


password = _PasswordChange.as_view()
