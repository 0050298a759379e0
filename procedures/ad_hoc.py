"""Processing without a task flow: templates and offsets given one by one."""

from collections.abc import Iterable, Sequence

from applications.models import Application
from procedures import plan
from procedures.covers import CoverStep
from procedures.plan import Plan
from procedures.services import StepInput
from templates_app.selectors import template_for


def plan_from(application: Application, steps: Iterable[StepInput], *, covers: Sequence[CoverStep] = ()) -> Plan:
    """Raises NotFound (a template) or InvalidValue."""
    return plan.plan(
        (plan.step(template_for(application, step.definition), start=step.start, end=step.end) for step in steps),
        covers=covers,
    )
