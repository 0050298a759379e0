"""One media: its player, its facts, and the animated images made of it (docs/console.md 7)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from applications.roles import Role
from console.forms.media_form import MediaForm
from console.page import ConsoleRequest, page
from console.paging import paged
from console.saving import saved
from media_jobs.jobs.selectors import UNDER_WAY, tasks_for, with_outcome
from media_jobs.library.selectors import images_for, media_for, one_media
from media_jobs.library.services import delete_image, modify_media
from media_jobs.library.states import with_state
from media_jobs.models import Media
from procedures.selectors import procedures_for


@page()
def detail(request: ConsoleRequest, file_id: str) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    return _page(request, media, MediaForm(application=request.caller.application, media=media))


@page("POST", role=Role.OPERATOR)
def modify(request: ConsoleRequest, file_id: str) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    form = MediaForm(request.POST, application=request.caller.application)
    if saved(form, lambda: modify_media(media=media, fields=form.fields_to_save())):
        messages.success(request, "The changes are saved.")
        return redirect("console:media-detail", file_id)
    return _page(request, one_media(request.caller.application, file_id), form)


@page("POST", role=Role.OPERATOR)
def delete_one_image(request: ConsoleRequest, file_id: str, pk: int) -> HttpResponse:
    media = one_media(request.caller.application, file_id)
    delete_image(image=get_object_or_404(images_for(request.caller.application), media=media, pk=pk))
    messages.success(request, "The animated image is deleted.")
    return redirect("console:media-detail", file_id)


def _page(request: ConsoleRequest, media: Media, form: MediaForm) -> HttpResponse:
    application = request.caller.application
    tasks = with_outcome(tasks_for(application).filter(media=media))
    context = {
        "media": with_state(media_for(application)).get(pk=media.pk),
        "form": form,
        "page": paged(request, images_for(application).filter(media=media)),
        "running": tasks.filter(status__in=UNDER_WAY),
        "last_task": tasks.first(),
        "flows": procedures_for(application).order_by("name"),
    }
    return render(request, "console/media/detail.html", context)
