"""Choosing the language: in the bar, and for good on the page about oneself."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from applications.models import User
from applications.services.people import choose_language
from console.forms.language_form import LanguageForm


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """The switch in the bar: back to the same page. A language that isn't offered changes nothing."""
    form = LanguageForm(request.POST)
    answer = redirect(_page_to_return_to(request))
    if form.is_valid():
        _remember(form.cleaned_data["language"], request, answer)
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """What a person sets for themselves."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path(), reverse("console:login"))
    form = LanguageForm(request.POST or None, initial={"language": request.user.language})
    if not form.is_valid():
        return render(request, "console/account/account.html", {"form": form})
    answer = redirect("console:account")
    _remember(form.cleaned_data["language"], request, answer)
    return answer


def _remember(language: str, request: HttpRequest, answer: HttpResponse) -> None:
    """With the person who is signed in, and in the browser for the sign-in page. "": as the browser asks."""
    if isinstance(request.user, User):
        choose_language(user=request.user, language=language)
    if not language:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _page_to_return_to(request: HttpRequest) -> str:
    """The page that the switch was on; the overview for another site's, and for what can't be read again."""
    wanted = request.POST.get("back", "")
    overview = reverse("console:overview")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return overview
    try:
        view = resolve(urlsplit(wanted).path).func
    except Resolver404:
        return overview
    return wanted if "GET" in getattr(view, "methods", ("GET",)) else overview
