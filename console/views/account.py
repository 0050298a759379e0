"""Signing in and out, the own password, and which application the pages are about."""

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy

from applications.models import Application
from console.page import SESSION_KEY, ConsoleRequest, page

login = LoginView.as_view(template_name="console/account/login.html", redirect_authenticated_user=True)


class _PasswordChange(PasswordChangeView):
    template_name = "console/account/password.html"
    success_url = reverse_lazy("console:overview")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


password = _PasswordChange.as_view()


@page("POST")
def switch_application(request: ConsoleRequest) -> HttpResponse:
    """Other pages belong to the application that is left, so this leads to the overview."""
    visible = Application.objects.visible_to(request.user).filter(status=Application.Status.ON)
    wanted = request.POST.get("app_id", "")
    chosen = get_object_or_404(visible, app_id=int(wanted) if wanted.isdecimal() else 0)
    request.session[SESSION_KEY] = chosen.app_id
    return redirect("console:overview")
