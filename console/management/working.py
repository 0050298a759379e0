"""What the commands that make pictures have in common: by which task flow or template, and what is to be otherwise."""

import json
from collections.abc import Iterable
from typing import Any, cast

from django.core.management.base import CommandParser
from rest_framework.exceptions import ValidationError

from animator.core.choice import Choice
from animator.core.options import add_options, as_flag, unheard
from applications.errors import InvalidValue, refuse
from applications.models import Application
from applications.rest.validated import read_as
from procedures.plan import CHOICE_FIELDS, Plan, StepInput, choice_of, plan_from
from procedures.selectors import plan_of, procedure_for
from templates_app.api import PictureIn
from templates_app.rules import TemplateFields


def add_work(parser: CommandParser) -> None:
    work = parser.add_mutually_exclusive_group(required=True)
    work.add_argument("--procedure", default="", metavar="NAME", help="task flow")
    work.add_argument("--template", type=int, default=0, metavar="DEFINITION", help="one template's id")
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="seconds; negative: from the end")
    parser.add_argument("--end", type=float, default=0.0, metavar="S", help="seconds; negative: from the end")
    add_options(parser, Choice)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="instead of what the template says, as REST names it: --set quality=40 --set format=webp",
    )


def asked_plan(application: Application, options: dict[str, Any]) -> Plan:
    """Raises NotFound (a task flow, a template) or InvalidValue."""
    picture = _picture(options["set"])
    if options["procedure"]:
        for name in ("start", "end", *CHOICE_FIELDS):
            if options[name]:
                told = f"{as_flag(name)} changes nothing with --procedure: a task flow tells its seconds itself."
                raise InvalidValue(told, field=name)
        return plan_of(procedure_for(application, options["procedure"]), picture=picture)
    refuse(InvalidValue(sentence, field=name) for name, sentence in unheard(Choice, options))
    step = StepInput(
        definition=options["template"],
        start=options["start"],
        end=options["end"],
        choice=choice_of(**{name: options[name] for name in CHOICE_FIELDS}),
    )
    return plan_from(application, [step], picture=picture)


def _picture(texts: Iterable[str]) -> TemplateFields:
    """A value is JSON's, or else the text itself. Raises InvalidValue."""
    given = dict(_pair(text) for text in texts)
    try:
        return cast(TemplateFields, read_as(PictureIn, given))
    except ValidationError as error:
        name, sentences = next(iter(cast(dict[str, list[str]], error.detail).items()))
        raise InvalidValue(f"{name}: {' '.join(sentences)}", field=name) from None


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidValue(f"{text!r} is no NAME=VALUE.", field="set")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
