"""What isn't in this application may be in another one of the same person: then the page says where."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from applications.models import Application, User
from console.address import same_page_in
from media_jobs.models import Event, Media, ProcedureTask
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate


@dataclass(frozen=True, slots=True)
class Elsewhere:
    application: Application
    address: str


def elsewhere(request: HttpRequest, *, user: User) -> Elsewhere | None:
    """Among the applications that this person may see; None for what is nowhere there, and for what isn't a page."""
    match = request.resolver_match
    if match is None or request.method not in ("GET", "HEAD"):
        return None
    visible = Application.objects.visible_to(user).filter(status=Application.Status.ON)
    for name, value in match.kwargs.items():
        rows = _rows(name, page=match.url_name or "")
        if rows is None:
            continue
        there = rows.filter(**{name: value}, application__in=visible).values("application")
        if found := visible.filter(pk__in=there).first():
            return Elsewhere(found, same_page_in(found.app_id, request))
    return None


def _rows(name: str, *, page: str) -> QuerySet[Model] | None:
    kinds: dict[str, QuerySet[Model]] = {
        "file_id": Media.objects.present(),
        "task_id": ProcedureTask.objects.all(),
        "definition": AnimatedImageTemplate.objects.all(),
        "uid": Event.objects.all(),
    }
    if name == "pk" and page.startswith("flow"):
        return Procedure.objects.all()
    return kinds.get(name)
