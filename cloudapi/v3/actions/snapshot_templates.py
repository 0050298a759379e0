"""Templates of the three kinds of snapshots (docs/protocol 2.1.1): twelve actions, made of how the kinds differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.v3.registry import SUB_APP_ID, Action, Given, Refusal, Result
from cloudapi.v3.shapes import Int, ListOf, Parameter, Struct, Text
from media_jobs.structures import iso
from templates_app.services import PresetIsFixed, TooManyTemplates, delete_template
from templates_app.snapshot_kinds import KINDS, SAMPLE, SPRITE, TIME, SnapshotKind
from templates_app.snapshot_template import SnapshotTemplate
from templates_app.snapshots.rules import GRIDDING, SAMPLING, SnapshotFields, fields_of
from templates_app.snapshots.selectors import snapshot_template_for, snapshot_templates_for
from templates_app.snapshots.services import create_snapshot_template, modify_snapshot_template

_DEFINITION = Parameter("Definition", Int(low=0), required=True)
_ON_OFF = {"open": True, "close": False}


@dataclass(frozen=True, slots=True)
class _Field:
    """How a template's field is called on the wire, and what it may be; `field` is ours."""

    field: str
    parameter: Parameter

    @property
    def name(self) -> str:
        return self.parameter.name


_SIZE = "0 or 32–4096"
_FIELDS = {
    one.field: one
    for one in (
        _Field("name", Parameter("Name", Text(), note="≤ 64 characters")),
        _Field("comment", Parameter("Comment", Text(), note="≤ 256 characters")),
        _Field("format", Parameter("Format", Text(), note="`jpg` / `png` / `webp`")),
        _Field("width", Parameter("Width", Int(), note=_SIZE)),
        _Field("height", Parameter("Height", Int(), note=_SIZE)),
        _Field(
            "resolution_adaptive",
            Parameter(
                "ResolutionAdaptive",
                Text(choices=tuple(_ON_OFF), code="InvalidParameterValue.ResolutionAdaptive"),
            ),
        ),
        _Field("fill_type", Parameter("FillType", Text(), note="`stretch` / `black` / `white` / `gauss`")),
        _Field("sample_type", Parameter("SampleType", Text(), note="`Percent` / `Time`")),
        _Field("sample_interval", Parameter("SampleInterval", Int(), note="1–100 per cent, or 1–86400 seconds")),
        _Field("rows", Parameter("RowCount", Int(), note="1–100; a sheet's edge has at most 15000 pixels")),
        _Field("columns", Parameter("ColumnCount", Int(), note="1–100; a sheet's edge has at most 15000 pixels")),
    )
}
_REQUIRED = (*SAMPLING, *GRIDDING)
_UNKNOWN = Refusal(NotFound, "ResourceNotFound.TemplateNotExist")


def create(kind: SnapshotKind, caller: Caller, given: Given) -> Result:
    made = create_snapshot_template(application=caller.application, kind=kind, fields=_fields(kind, given))
    return {"Definition": made.definition}


def modify(kind: SnapshotKind, caller: Caller, given: Given) -> Result:
    template = snapshot_template_for(caller.application, kind, given["Definition"])
    modify_snapshot_template(template=template, fields=_fields(kind, given))
    return {}


def delete(kind: SnapshotKind, caller: Caller, given: Given) -> Result:
    delete_template(template=snapshot_template_for(caller.application, kind, given["Definition"]))
    return {}


def describe(kind: SnapshotKind, name: str, caller: Caller, given: Given) -> Result:
    found = snapshot_templates_for(caller.application, kind)
    if wanted := given.get("Definitions"):
        found = found.filter(definition__in=wanted)
    if which := given.get("Type"):
        found = found.filter(application__isnull=which == "Preset")
    offset = given.get("Offset", 0)
    page = found[offset : offset + given.get("Limit", 10)]
    return {"TotalCount": found.count(), f"{name}TemplateSet": [_template(kind, one) for one in page]}


def _fields(kind: SnapshotKind, given: Given) -> SnapshotFields:
    wanted = {field: given[_FIELDS[field].name] for field in fields_of(kind) if _FIELDS[field].name in given}
    if "resolution_adaptive" in wanted:
        wanted["resolution_adaptive"] = _ON_OFF[wanted["resolution_adaptive"]]
    return cast(SnapshotFields, wanted)


def _template(kind: SnapshotKind, template: SnapshotTemplate) -> Result:
    values = {_FIELDS[field].name: getattr(template, field) for field in fields_of(kind)}
    return {
        "Definition": template.definition,
        "Type": "Preset" if template.is_preset else "Custom",
        **values,
        "ResolutionAdaptive": "open" if template.resolution_adaptive else "close",
        "CreateTime": iso(template.created_at),
        "UpdateTime": iso(template.updated_at),
    }


def _actions(name: str, kind: SnapshotKind) -> Iterator[Action]:
    fields = [_FIELDS[field] for field in fields_of(kind)]
    values = tuple(Refusal(InvalidValue, f"InvalidParameterValue.{one.name}", field=one.field) for one in fields)
    needed = [_required(one) if one.field in _REQUIRED else one.parameter for one in fields]
    yield Action(
        name=f"Create{name}Template",
        run=partial(create, kind),
        role=Role.OPERATOR,
        parameters=Struct(SUB_APP_ID, *needed),
        refusals=(*values, Refusal(TooManyTemplates, "LimitExceeded.TooMuchTemplate")),
    )
    yield Action(
        name=f"Modify{name}Template",
        run=partial(modify, kind),
        role=Role.OPERATOR,
        parameters=Struct(_DEFINITION, SUB_APP_ID, *(one.parameter for one in fields)),
        refusals=(*values, _UNKNOWN, Refusal(PresetIsFixed, "InvalidParameterValue.ModifyDefaultTemplate")),
    )
    yield Action(
        name=f"Delete{name}Template",
        run=partial(delete, kind),
        role=Role.OPERATOR,
        parameters=Struct(_DEFINITION, SUB_APP_ID),
        refusals=(_UNKNOWN, Refusal(PresetIsFixed, "InvalidParameterValue.DeleteDefaultTemplate")),
    )
    yield Action(
        name=f"Describe{name}Templates",
        run=partial(describe, kind, name),
        role=Role.VIEWER,
        parameters=Struct(
            SUB_APP_ID,
            Parameter("Definitions", ListOf(Int(low=0), most=100, code="InvalidParameterValue.Definitions")),
            Parameter("Type", Text(choices=("Preset", "Custom", ""), code="InvalidParameterValue.Type")),
            Parameter("Offset", Int(low=0)),
            Parameter("Limit", Int(low=0, high=100, code="InvalidParameterValue.Limit"), note="default 10"),
        ),
    )


def _required(field: _Field) -> Parameter:
    return Parameter(field.name, field.parameter.shape, required=True, note=field.parameter.note)


_NAMES = {"SnapshotByTimeOffset": TIME, "SampleSnapshot": SAMPLE, "ImageSprite": SPRITE}
ACTIONS = tuple(action for name, kind in _NAMES.items() for action in _actions(name, KINDS[kind]))
