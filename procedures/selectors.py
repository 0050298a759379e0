"""Reads; each starts from the application it belongs to."""

from django.db.models import Prefetch, QuerySet

from applications.errors import NotFound
from applications.models import Application
from procedures import plan
from procedures.models import Procedure, ProcedureSnapshot
from procedures.plan import Plan
from procedures.snapshots import snapshot_step
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields


def procedures_for(application: Application) -> QuerySet[Procedure]:
    snapshots = Prefetch("snapshots", ProcedureSnapshot.objects.select_related("template"))
    found = Procedure.objects.filter(application=application)
    return found.prefetch_related("steps__template", "covers", snapshots, "unmade")


def procedure_for(application: Application, name: str) -> Procedure:
    """Raises NotFound."""
    procedure = procedures_for(application).filter(name=name).first()
    if procedure is None:
        raise NotFound(f"There is no task flow called {name}.", field="procedure")
    return procedure


def plan_of(procedure: Procedure, *, picture: TemplateFields | None = None) -> Plan:
    """The task flow as it stands now, frozen; `picture` has what is to be otherwise than its templates say."""
    steps = procedure.steps.select_related("template").order_by("position")
    return plan.plan(
        (
            plan.step(step.template, start=step.start_offset, end=step.end_offset, choice=step.choice, picture=picture)
            for step in steps
        ),
        covers=[cover.step for cover in procedure.covers.all()],
        snapshots=[snapshot_step(one.template, one.moments) for one in procedure.snapshots.all()],
        unmade=[one.step for one in procedure.unmade.all()],
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
