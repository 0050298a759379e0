"""One media: its player, its facts, and in tabs what it is, what was made of it, where it is (docs/console.md 7)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.roles import Role
from console.forms.media_form import AltForm, CoverForm, MediaForm
from console.lists.paging import paged
from console.page import ConsoleRequest, page
from console.sending.saving import saved
from console.studio.playable import plays
from media_jobs.jobs.selectors import UNDER_WAY, tasks_for, with_outcome
from media_jobs.library.selectors import covers_of, images_for, media_for, one_media
from media_jobs.library.services import choose_cover, delete_output, modify_media
from media_jobs.library.snapshots import snapshots_for
from media_jobs.library.snippets import describe_image
from media_jobs.library.states import with_state
from media_jobs.models import Media
from procedures.selectors import procedures_for

MOST_SNAPSHOTS = 20  # that are shown, the newest
TABS = {
    "images": gettext_lazy("Animated images"),
    "info": gettext_lazy("Basic Info"),
    "publish": gettext_lazy("Publish"),
    "tasks": gettext_lazy("Tasks"),
}


@page()
def detail(request: ConsoleRequest, file_id: str) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    return _page(request, media, tab=request.GET.get("tab", "images"))


@page("POST", role=Role.OPERATOR)
def modify(request: ConsoleRequest, file_id: str) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    form = MediaForm(request.POST, application=request.caller.application)
    if saved(form, lambda: modify_media(media=media, fields=form.fields_to_save())):
        messages.success(request, _("The changes are saved."))
        return redirect(_address(file_id, "info"))
    return _page(request, one_media(request.caller.application, file_id), tab="info", form=form)


@page("POST", role=Role.OPERATOR)
def cover(request: ConsoleRequest, file_id: str) -> HttpResponse:
    """The picture that stands for it: one that a task flow made of it, or one that somebody brings."""
    media = one_media(request.caller.application, file_id)
    form = CoverForm(request.POST, request.FILES)
    if saved(form, lambda: _put_cover(media, form)):
        messages.success(request, _("The cover is changed."))
        return redirect(_address(file_id, "info"))
    return _page(request, media, tab="info", cover_form=form)


@page("POST", role=Role.OPERATOR)
def delete_one_image(request: ConsoleRequest, file_id: str, pk: int) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    delete_output(output=get_object_or_404(images_for(request.caller.application), media=media, pk=pk))
    messages.success(request, _("The animated image is deleted."))
    return redirect("console:media-detail", file_id)


@page("POST", role=Role.OPERATOR)
def describe(request: ConsoleRequest, file_id: str, pk: int) -> HttpResponse:
    """What one image says to those who don't see it."""
    media = one_media(request.caller.application, file_id)
    image = get_object_or_404(images_for(request.caller.application), media=media, pk=pk)
    form = AltForm(request.POST)
    if saved(form, lambda: describe_image(image=image, alt=form.cleaned_data["alt"])):
        messages.success(request, _("The changes are saved."))
    else:
        messages.error(request, " ".join(str(error) for error in form.errors.get("alt", ())))
    return redirect(f"{reverse('console:media-detail', args=[file_id])}#result-{pk}")


@page("POST", role=Role.OPERATOR)
def delete_snapshots(request: ConsoleRequest, file_id: str, pk: int) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    delete_output(output=get_object_or_404(snapshots_for(request.caller.application), media=media, pk=pk))
    messages.success(request, _("The snapshots are deleted."))
    return redirect("console:media-detail", file_id)


def _put_cover(media: Media, form: CoverForm) -> Media:
    if made := form.cleaned_data["made"]:
        return choose_cover(media=media, job=made)
    return modify_media(media=media, fields={"cover": form.cleaned_data["cover"].read()})


def _address(file_id: str, tab: str) -> str:
    return reverse("console:media-detail", args=[file_id]) + f"?tab={tab}"


def _page(request: ConsoleRequest, media: Media, *, tab: str, **forms: Any) -> HttpResponse:
    application = request.caller.application
    tasks = with_outcome(tasks_for(application).filter(media=media))
    images = images_for(application).filter(media=media).prefetch_related("siblings")
    context = {
        "media": with_state(media_for(application)).get(pk=media.pk),
        "plays": plays(media),
        "tab": tab if tab in TABS else "images",
        "tabs": TABS.items(),
        "form": forms.get("form") or MediaForm(application=application, media=media),
        "cover_form": forms.get("cover_form") or CoverForm(),
        "covers": covers_of(media) if tab == "info" else (),
        "page": paged(request, tasks if tab == "tasks" else images),
        "made": images.count(),
        "snapshots": snapshots_for(application).filter(media=media)[:MOST_SNAPSHOTS],
        "running": tasks.filter(status__in=UNDER_WAY),
        "last_task": tasks.first(),
        "flows": procedures_for(application).order_by("name"),
    }
    return render(request, "console/media/detail.html", context)
