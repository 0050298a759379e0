from django.http import HttpResponse
from django.shortcuts import render

from console.page import ConsoleRequest, page
from media_jobs.jobs.selectors import live_workers
from media_jobs.library.selectors import DiskFigures, QueueFigures


@page()
def health(request: ConsoleRequest) -> HttpResponse:
    """Who is working, how confined, how long work waits, how full the disk is: the machine's for administrators.

    Members of an application see its own queue, and how many workers there are.
    """
    if request.user.is_superuser:
        context = {"workers": live_workers(), "queue": QueueFigures.now(), "disk": DiskFigures.now()}
    else:
        own = QueueFigures.now(request.caller.application)
        context = {"workers": live_workers(), "queue": own, "disk": None}
    return render(request, "console/health.html", context)
