"""Reads; each starts from the application it belongs to."""

from django.db.models import QuerySet

from applications.errors import NotFound
from applications.models import Application
from procedures import plan
from procedures.models import Procedure
from procedures.plan import Plan
from templates_app.models import AnimatedImageTemplate


def procedures_for(application: Application) -> QuerySet[Procedure]:
    return Procedure.objects.filter(application=application).prefetch_related("steps__template", "covers")


def procedure_for(application: Application, name: str) -> Procedure:
    """Raises NotFound."""
    procedure = procedures_for(application).filter(name=name).first()
    if procedure is None:
        raise NotFound(f"There is no task flow called {name}.", field="procedure")
    return procedure


def plan_of(procedure: Procedure) -> Plan:
    """The task flow as it stands now, frozen."""
    steps = procedure.steps.select_related("template").order_by("position")
    return plan.plan(
        (plan.step(step.template, start=step.start_offset, end=step.end_offset) for step in steps),
        covers=[cover.step for cover in procedure.covers.all()],
        procedure=procedure.name,
    )


def one_procedure(application: Application, pk: int) -> Procedure:
    """By its row: a name may hold any character, and an address can't. Raises NotFound."""
    procedure = procedures_for(application).filter(pk=pk).first()
    if procedure is None:
        raise NotFound(f"There is no task flow {pk}.", field="procedure")
    return procedure


def procedures_using(application: Application, template: AnimatedImageTemplate) -> QuerySet[Procedure]:
    return procedures_for(application).filter(steps__template=template).distinct()
