from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.charts import HEIGHT, WIDTH, bars
from console.page import ConsoleRequest, page
from console.words.counted import grouped
from media_jobs.jobs.selectors import live_workers
from media_jobs.library.last_day import Hour, failures_by_cause, last_hours, running_now
from media_jobs.library.selectors import Figures, images_for
from media_jobs.library.usage import Stored

NEWEST = 12


@page()
def overview(request: ConsoleRequest) -> HttpResponse:
    """The newest finished animated images, what is under way, and how the last day went."""
    application = request.caller.application
    hours = last_hours(application)
    made, failed = sum(hour.made for hour in hours), sum(hour.failed for hour in hours)
    context = {
        "figures": Figures.of(application),
        "images": images_for(application)[:NEWEST],
        "no_worker": not live_workers().exists(),
        "busy": made + failed,
        "throughput": _throughput(made, failed),
        "bars": bars([(_hour(one), one.made, one.failed) for one in hours]),
        "width": WIDTH,
        "height": HEIGHT,
        "running": running_now(application),
        "causes": failures_by_cause(application),
        "stored": Stored.of(application),
    }
    return render(request, "console/overview.html", context)


def _throughput(made: int, failed: int) -> str:
    said = ngettext(
        "{made} part made, {failed} failed, hour by hour", "{made} parts made, {failed} failed, hour by hour", made
    )
    return said.format(made=grouped(made), failed=grouped(failed))


def _hour(hour: Hour) -> str:
    told = _("{time} UTC: {made} made, {failed} failed")
    return told.format(time=f"{hour.begins:%H:%M}", made=hour.made, failed=hour.failed)
