"""Templates and task flows as the cloud tells of them, made anew here: what Describe… answered is given to Create…

Files are those of API 3.0's DescribeAnimatedGraphicsTemplates and DescribeProcedureTemplates, with or without
`Response` around them. Importing the same again changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from applications.caller import Caller
from applications.errors import Refused
from applications.models import Application, User
from applications.roles import Role
from cloudapi.v3.actions.processing import FLOW_TASKS
from cloudapi.v3.actions.templates import template_fields
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.errors import ApiError
from cloudapi.v3.registry import Given
from cloudapi.v3.shapes import Struct, Support
from templates_app.selectors import templates_for
from templates_app.services import import_template

TEMPLATES, FLOWS = "AnimatedGraphicsTemplateSet", "ProcedureTemplateSet"
_EMPTY: tuple[Any, ...] = (None, "", [], {})
# Of an answer's items: what isn't said of them when they are made.
_TOLD_ONLY = ("Definition", "Type", "CreateTime", "UpdateTime")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one thing: "made", "there" already, "left out", or "refused"; and a sentence."""

    outcome: str
    sentence: str


class NoAnswer(ValueError):
    """It is none of the two answers."""


def imported(application: Application, answers: Iterable[Mapping[str, Any]]) -> Iterator[Told]:
    """Templates first, whichever file they are in: task flows name them. Raises NoAnswer before anything is made."""
    told = [_inner(answer) for answer in answers]
    importing = _Importing(application)
    for answer in told:
        yield from importing.incomplete(answer)
    for answer in told:
        for one in answer.get(TEMPLATES, ()):
            yield from importing.template(one)
    for answer in told:
        for one in answer.get(FLOWS, ()):
            yield from importing.flow(one)


def _inner(answer: Any) -> Mapping[str, Any]:
    inner = answer.get("Response", answer) if isinstance(answer, Mapping) else {}
    sets = [inner[name] for name in (TEMPLATES, FLOWS) if name in inner] if isinstance(inner, Mapping) else []
    if not sets or not all(isinstance(one, list) and all(isinstance(item, Mapping) for item in one) for one in sets):
        raise NoAnswer(f"neither {TEMPLATES} nor {FLOWS} is in it")
    return inner


class _Importing:
    def __init__(self, application: Application) -> None:
        self._caller = Caller(User(username="import"), application, Role.OWNER)
        self._application = application
        self._numbers: dict[int, int] = {}

    def incomplete(self, answer: Mapping[str, Any]) -> Iterator[Told]:
        """An answer is a page; who forgot the others is told."""
        for name in (TEMPLATES, FLOWS):
            total, here = answer.get("TotalCount"), len(answer.get(name, ()))
            if name in answer and isinstance(total, int) and total > here:
                words = f"{name} has {here} of {total}: ask with Offset and Limit for the others, and import them, too."
                yield Told("left out", words)

    def template(self, item: Mapping[str, Any]) -> Iterator[Told]:
        definition, name = item.get("Definition"), f"template {item.get('Definition')} {item.get('Name') or ''}".strip()
        if not isinstance(definition, int):
            yield Told("refused", f"{name}: its Definition is no whole number.")
            return
        presets = templates_for(self._application).filter(application=None)
        if item.get("Type") == "Preset":
            if presets.filter(definition=definition).exists():
                self._numbers[definition] = definition
                yield Told("there", f"{name}: a preset here, too.")
            else:
                yield Told("left out", f"{name}: a preset of the cloud that isn't here.")
            return
        create = ACTIONS["CreateAnimatedGraphicsTemplate"]
        given = {key: value for key, value in item.items() if key not in _TOLD_ONLY and value is not None}
        try:
            fields = template_fields(create.parameters.read(given, path="", text=False))
            made, is_new = import_template(application=self._application, definition=definition, fields=fields)
        except (ApiError, Refused) as refusal:
            yield Told("refused", f"{name}: {refusal}")
            return
        self._numbers[definition] = made.definition
        number = "" if made.definition == definition else f" Its number is {made.definition} here."
        yield Told("made" if is_new else "there", f"{name}.{number}")

    def flow(self, item: Mapping[str, Any]) -> Iterator[Told]:
        name = f"task flow {item.get('Name')}"
        if item.get("Type") == "Preset":
            yield Told("left out", f"{name}: a preset of the cloud.")
            return
        if self._application.procedures.filter(name=str(item.get("Name"))).exists():
            yield Told("there", f"{name}: one of this name is here, and is left as it is.")
            return
        create = ACTIONS["CreateProcedureTemplate"]
        given = {key: value for key, value in item.items() if key not in _TOLD_ONLY}
        yield from (Told("left out", f"{name}: {words}") for words in _strip(given))
        try:
            create.run(self._caller, create.parameters.read(self._numbered(given), path="", text=False))
        except (ApiError, Refused) as refusal:
            yield Told("refused", f"{name}: {refusal}")
        else:
            yield Told("made", f"{name}.")

    def _numbered(self, given: Mapping[str, Any]) -> Given:
        """With the numbers that its templates have here."""
        task = given.get("MediaProcessTask") or {}
        steps = (task.get("AnimatedGraphicTaskSet") or []) if isinstance(task, Mapping) else None
        if not isinstance(task, Mapping) or not isinstance(steps, list):
            return given  # which is refused by its name
        return {**given, "MediaProcessTask": {**task, "AnimatedGraphicTaskSet": [self._step(step) for step in steps]}}

    def _step(self, step: Any) -> Any:
        number = step.get("Definition") if isinstance(step, Mapping) else None
        return {**step, "Definition": self._numbers.get(number, number)} if isinstance(number, int) else step


def _strip(given: dict[str, Any]) -> list[str]:
    """Takes out what nothing here can do, and says so."""
    known = Struct(*FLOW_TASKS, *ACTIONS["CreateProcedureTemplate"].parameters.parameters)
    said = _stripped(given, known, place="")
    task = given.get("MediaProcessTask")
    if isinstance(task, Mapping):
        given["MediaProcessTask"] = kept = dict(task)
        [inner] = [one.shape for one in FLOW_TASKS if one.name == "MediaProcessTask"]
        assert isinstance(inner, Struct)
        said += _stripped(kept, inner, place="MediaProcessTask.")
        covers = kept.get("CoverBySnapshotTaskSet") or []
        if isinstance(covers, list) and all(isinstance(cover, Mapping) for cover in covers):
            if any(cover.get("WatermarkSet") for cover in covers):
                said.append("watermarks have no counterpart here.")
            kept["CoverBySnapshotTaskSet"] = [{**cover, "WatermarkSet": None} for cover in covers]
    return said


def _stripped(given: dict[str, Any], known: Struct, *, place: str) -> list[str]:
    able = {one.name for one in known.parameters if one.support is Support.HONOURED}
    gone = {name: given.pop(name) for name in list(given) if name not in able}
    return [f"{place}{name} has no counterpart here." for name, value in gone.items() if value not in _EMPTY]
