from django.http import HttpResponse
from django.shortcuts import render

from console.page import ConsoleRequest, page
from media_jobs.jobs.selectors import live_workers
from media_jobs.library.selectors import Figures, images_for

NEWEST = 12


@page()
def overview(request: ConsoleRequest) -> HttpResponse:
    """The newest finished animated images, playing, and what is under way."""
    application = request.caller.application
    context = {
        "figures": Figures.of(application),
        "images": images_for(application)[:NEWEST],
        "no_worker": not live_workers().exists(),
    }
    return render(request, "console/overview.html", context)
