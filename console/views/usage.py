"""What was made, by day, format, template and application, as a chart, a table and a file (docs/console.md 14)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from applications.selectors import applications_for
from console.charts import HEIGHT, WIDTH, bars
from console.forms.usage_form import UsageForm
from console.lists.export import csv_lines
from console.page import ConsoleRequest, page
from console.words.presets import named
from media_jobs.clock import database_now
from media_jobs.library.usage import Made, Stored, made_by
from templates_app.selectors import templates_for

_MOST_NAMED = 200  # groups that a page shows; the file has them all


@page()
def usage(request: ConsoleRequest) -> HttpResponse:
    form = UsageForm(request.GET)
    rows = _rows(request, form)
    measure = form.asked["measure"]
    context = {
        "form": form,
        "rows": rows[:_MOST_NAMED],
        "total": Made(
            "", sum(row.images for _, row in rows), *(sum(getattr(row, n) for _, row in rows) for n in _SUMS)
        ),
        "bars": bars(
            [(f"{words}: {getattr(row, measure):,.10g}", getattr(row, measure), 0) for words, row in rows[:120]]
        ),
        "width": WIDTH,
        "height": HEIGHT,
        "stored": Stored.of(request.caller.application),
    }
    return render(request, "console/usage.html", context)


@page()
def export(request: ConsoleRequest) -> HttpResponseBase:
    form = UsageForm(request.GET)
    by = form.asked["by"]
    rows = [(words, row.images, row.bytes, round(row.seconds, 3)) for words, row in _rows(request, form)]
    lines = csv_lines((by.capitalize(), "Images", "Bytes", "Seconds"), rows)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="usage-by-{by}.csv"'
    return answer


_SUMS = ("seconds", "bytes")


def _rows(request: ConsoleRequest, form: UsageForm) -> Sequence[tuple[str, Made]]:
    """Each group in words, and what was made; days without anything, too. Applications are those the reader may see."""
    application, by = request.caller.application, form.asked["by"]
    span = form.span(database_now().date())
    many = list(applications_for(request.caller.user)) if by == "application" else [application]
    made = made_by(many, by=by, **span)
    if by == "day":
        days = {one.key: one for one in made}
        every = [span["since"] + timedelta(days=n) for n in range((span["until"] - span["since"]).days + 1)]
        return [(day.isoformat(), days.get(day) or Made(day, 0, 0.0, 0)) for day in every]
    names: dict[Any, str] = {}
    if by == "template":
        names = {one.definition: named(one) for one in templates_for(application)}
    elif by == "application":
        names = {one.app_id: str(one) for one in many}
    else:
        names = {"gif": "GIF", "webp": "WebP"}
    return [(names.get(one.key, str(one.key)), one) for one in made]
