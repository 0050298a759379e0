"""Video/Audio Management: the lists, and what is done to several media at once (docs/console.md 5, 6)."""

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.many import MANY, counted
from applications.roles import Role
from applications.whole_numbers import whole
from console.forms.filter_forms import MediaFilter, selection_of
from console.forms.media_form import NO_CLASS
from console.lists.columns import COLUMNS, columns_of
from console.lists.export import exported
from console.lists.paging import Order, kept, paged
from console.lists.ticked import MEDIA, check_number, list_with_its_query, ticked
from console.page import ConsoleRequest, page
from console.studio.playable import plays
from console.words.counted import grouped
from media_jobs.batches.forecast import forecast
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.holdings import held
from media_jobs.jobs.services import submit_task
from media_jobs.library.listing import SORTS, media_found, with_results
from media_jobs.library.selectors import class_for, images_for, media_for, one_media
from media_jobs.library.services import delete_media, modify_media
from media_jobs.library.states import with_state
from media_jobs.models import Media
from media_jobs.pulls.selectors import failed_pulls_for
from media_jobs.store.formats import AUDIO, VIDEO
from media_jobs.uploads.selectors import one_upload, open_uploads_for
from media_jobs.uploads.services import discard
from procedures.selectors import plan_of, procedure_for, procedures_for

_QUICK_IMAGES = 3  # the newest, in the quick view


@page()
def uploaded(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    filters = MediaFilter(request.GET, application=application)
    order = Order.of(request, SORTS, default="-created")
    found = with_results(order.sort(media_found(application, **filters.values()))).prefetch_related("tags")
    context = {
        "filters": filters,
        "order": order,
        "page": paged(request, found),
        "view": kept(request, "view", among=["table", "gallery"], default="table"),
        "columns": columns_of(request),
        "all_columns": COLUMNS.items(),
        "flows": procedures_for(application).order_by("name"),
        "classes": application.media_classes.all(),
        "uploading": open_uploads_for(application).count(),
    }
    return render(request, "console/media/list.html", context)


@page()
def quick_view(request: ConsoleRequest, file_id: str) -> HttpResponse:
    """What the list's dialog tells of one media; asked for when it opens."""
    application = request.caller.application
    media = one_media(application, file_id)
    context = {
        "media": with_results(with_state(media_for(application))).get(pk=media.pk),
        "plays": plays(media),
        "images": images_for(application).filter(media=media)[:_QUICK_IMAGES],
    }
    return render(request, "console/media/_quick_view.html", context)


@page()
def export(request: ConsoleRequest) -> HttpResponseBase:
    """What the filters find, in the list's order, or of that what is chosen."""
    application = request.caller.application
    filters = MediaFilter(request.GET, application=application)
    found = Order.of(request, SORTS, default="-created").sort(media_found(application, **filters.values()))
    kind = "jsonl" if request.GET.get("as") == "jsonl" else "csv"
    if chosen := request.GET.getlist("file_id"):
        found = found.filter(file_id__in=chosen)
    return exported(found, kind=kind, among=held(application, Media).number)


@page()
def uploading(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    uploads = open_uploads_for(application).select_related("pull")
    context = {"page": paged(request, uploads), "failed": failed_pulls_for(application)[:10]}
    return render(request, "console/media/uploading.html", context)


@page("POST", role=Role.OPERATOR)
def discard_upload(request: ConsoleRequest, upload_id: uuid.UUID) -> HttpResponse:
    upload = one_upload(request.caller.application, upload_id)
    discard(upload=upload)
    messages.success(request, _("The upload of {name} is cancelled.").format(name=upload.name))
    return redirect("console:uploading")


@page(role=Role.OPERATOR)
def upload(request: ConsoleRequest) -> HttpResponse:
    application = request.caller.application
    context = {
        "flows": procedures_for(application).order_by("name"),
        "classes": application.media_classes.all(),
        "types": sorted(VIDEO | AUDIO),
        "unfinished": open_uploads_for(application).filter(created_by=request.user, door="tus"),
        "wanted_flow": request.GET.get("flow", ""),
    }
    return render(request, "console/media/upload.html", context)


@page("POST", role=Role.OPERATOR)
def process(request: ConsoleRequest) -> HttpResponse:
    """Start the chosen task flow: for one media as a task, for several as a batch."""
    application = request.caller.application
    plan = plan_of(procedure_for(application, request.POST.get("procedure", "")))
    if "all" not in request.POST and len(request.POST.getlist("file_id")) < 2:
        (media,) = _chosen(request)
        return redirect("console:task", submit_task(media=media, plan=plan).task_id)
    selection = _selection(request)
    if "all" in request.POST:
        check_number(request, _still_found(selection.media(application), request.POST["all"]), said=MEDIA)
    batch = create_batch(application=application, selection=selection, plan=plan, again="again" in request.POST)
    return redirect("console:batch", batch.pk)


@page("POST", role=Role.OPERATOR)
def foretell(request: ConsoleRequest) -> HttpResponse:
    """What processing them would be: how many, how large, how long. Nothing is started."""
    application = request.caller.application
    plan = plan_of(procedure_for(application, request.POST.get("procedure", "")))
    told = forecast(application, _selection(request), plan, again="again" in request.POST)
    return render(request, "console/batches/_forecast.html", {"forecast": told})


@page("POST", role=Role.OPERATOR)
def categorise(request: ConsoleRequest) -> HttpResponse:
    wanted = request.POST.get("to_class", "")
    media_class = class_for(request.caller.application, int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0)
    chosen = _chosen(request)
    for media in chosen:
        modify_media(media=media, fields={"media_class": media_class})
    one, several = _("{name} moved to {category}."), _("{number} media moved to {category}.")
    messages.success(request, _named(one, several, chosen, category=media_class or NO_CLASS))
    return redirect(list_with_its_query(request, reverse("console:media")))


@page("POST", role=Role.OPERATOR)
def playback(request: ConsoleRequest) -> HttpResponse:
    """Prohibit it, or unblock it: the status that the pressed button names."""
    status, chosen = request.POST.get("status", ""), _chosen(request)
    for media in chosen:
        modify_media(media=media, fields={"status": status})
    one, several = _("{name} unblocked."), _("{number} media unblocked.")
    if status == Media.Status.FORBIDDEN:
        one, several = _("{name} prohibited from being played."), _("{number} media prohibited from being played.")
    messages.success(request, _named(one, several, chosen))
    return redirect(list_with_its_query(request, reverse("console:media")))


@page("POST", role=Role.OPERATOR)
def delete(request: ConsoleRequest) -> HttpResponse:
    chosen = _chosen(request)
    for media in chosen:
        delete_media(media=media)
    one = _("{name} deleted, with the animated images made of it.")
    several = _("{number} media deleted, with the animated images made of them.")
    messages.success(request, _named(one, several, chosen))
    return redirect(list_with_its_query(request, reverse("console:media")))


def _named(one: str, several: str, chosen: list[Media], **more: object) -> str:
    """With a single one's name, which counts for more than a number, or how many they are."""
    said = one if len(chosen) == 1 else several
    return said.format(name=chosen[0].name, number=grouped(len(chosen)), **more)


def _chosen(request: ConsoleRequest) -> list[Media]:
    application = request.caller.application

    def found(query: QueryDict) -> QuerySet[Media]:
        return media_found(application, **MediaFilter(query, application=application).values())

    return ticked(request, media_for(application), key="file_id", found=found, said=MEDIA)


def _still_found(media: QuerySet[Media], shown: str) -> int:
    """Counted as far as the page that showed so many did."""
    return counted(media, beyond=max(0, (whole(shown) or 0) - MANY))


def _selection(request: ConsoleRequest) -> Selection:
    if "all" not in request.POST:
        return Selection(file_ids=tuple(request.POST.getlist("file_id")))
    query = QueryDict(request.POST.get("query", ""))
    return selection_of(MediaFilter(query, application=request.caller.application))
