"""Video/Audio Management: the lists, and what is done to several media at once (docs/console.md 5, 6)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from applications.errors import InvalidValue
from applications.roles import Role
from console.forms.filter_forms import MediaFilter
from console.page import ConsoleRequest, page
from console.paging import paged
from media_jobs.jobs.services import submit_task
from media_jobs.library.selectors import media_for, media_found
from media_jobs.library.services import delete_media
from media_jobs.models import Media
from media_jobs.uploads.selectors import one_upload, open_uploads_for
from media_jobs.uploads.services import discard
from procedures.selectors import plan_of, procedure_for, procedures_for


@page()
def uploaded(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    filters = MediaFilter(request.GET, application=application)
    found = media_found(application, **filters.values()).prefetch_related("tags")
    context = {
        "filters": filters,
        "page": paged(request, found),
        "flows": procedures_for(application).order_by("name"),
        "uploading": open_uploads_for(application).count(),
    }
    return render(request, "console/media/list.html", context)


@page()
def uploading(request: ConsoleRequest) -> HttpResponse:
    uploads = open_uploads_for(request.caller.application)
    return render(request, "console/media/uploading.html", {"page": paged(request, uploads)})


@page("POST", role=Role.OPERATOR)
def discard_upload(request: ConsoleRequest, upload_id: uuid.UUID) -> HttpResponse:
    upload = one_upload(request.caller.application, upload_id)
    discard(upload=upload)
    messages.success(request, f"The upload of {upload.name} is cancelled.")
    return redirect("console:uploading")


@page(role=Role.OPERATOR)
def upload(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    context = {
        "flows": procedures_for(application).order_by("name"),
        "classes": application.media_classes.all(),
        "unfinished": open_uploads_for(application).filter(created_by=request.user, door="tus"),
        "wanted_flow": request.GET.get("flow", ""),
    }
    return render(request, "console/media/upload.html", context)


@page("POST", role=Role.OPERATOR)
def process(request: ConsoleRequest) -> HttpResponse:
    """Start the chosen task flow for every chosen media, and show the tasks."""
    application = request.caller.application
    flow = procedure_for(application, request.POST.get("procedure", ""))
    tasks = [submit_task(media=media, plan=plan_of(flow)) for media in _chosen(request)]
    messages.success(request, f"{len(tasks)} task{'s' if len(tasks) > 1 else ''} started with {flow}.")
    if len(tasks) == 1:
        return redirect("console:task", tasks[0].task_id)
    return redirect("console:tasks")


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest) -> HttpResponse:
    chosen = _chosen(request)
    for media in chosen:
        delete_media(media=media)
    named = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} media"
    messages.success(request, f"{named} deleted, with the animated images made of it.")
    return redirect(reverse("console:media"))


def _chosen(request: ConsoleRequest) -> list[Media]:
    """Raises InvalidValue for none. What belongs to others or is gone simply isn't chosen."""
    chosen = list(media_for(request.caller.application).filter(file_id__in=request.POST.getlist("file_id")))
    if not chosen:
        raise InvalidValue("None of the chosen media is there any more. Go back and choose again.", field="file_id")
    return chosen
