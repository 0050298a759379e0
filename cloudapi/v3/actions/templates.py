"""Animated-image templates (docs/protocol 2.1)."""

from typing import cast

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.v3.registry import SUB_APP_ID, Action, Given, Refusal, Result
from cloudapi.v3.shapes import Int, ListOf, Number, Parameter, Struct, Text
from media_jobs.structures import iso
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import TemplateFields
from templates_app.selectors import documented_templates_for, template_for
from templates_app.services import (
    PresetIsFixed,
    TooManyTemplates,
    create_template,
    delete_template,
    modify_template,
)

_DEFINITION = Parameter("Definition", Int(low=0), required=True)
_NAME = Parameter("Name", Text(), note="≤ 64 characters")
_COMMENT = Parameter("Comment", Text(), note="≤ 256 characters")
_FPS = "1–60: the API page's 1–30 and the feature page's 1–60, the wider of the two"
_SIZE = "0 or 128–4096 (a change: 32–4096); both 0 is fine for WebP too"
_PICTURE = (
    Parameter("Width", Int(), note=_SIZE),
    Parameter("Height", Int(), note=_SIZE),
    Parameter("ResolutionAdaptive", Text(choices=("open", "close"), code="InvalidParameterValue.ResolutionAdaptive")),
    Parameter("Format", Text(), note="`gif` / `webp`"),
    Parameter("Quality", Number(), note="1–100"),
)
_VALUES = tuple(
    Refusal(InvalidValue, f"InvalidParameterValue.{name}", field=name.lower())
    for name in ("Fps", "Width", "Height", "Format", "Quality", "Name", "Comment")
)
_UNKNOWN = Refusal(NotFound, "ResourceNotFound.TemplateNotExist")


def create(caller: Caller, given: Given) -> Result:
    template = create_template(application=caller.application, fields=template_fields(given))
    return {"Definition": template.definition}


def modify(caller: Caller, given: Given) -> Result:
    template = template_for(caller.application, given["Definition"])
    modify_template(template=template, fields=template_fields(given))
    return {}


def delete(caller: Caller, given: Given) -> Result:
    delete_template(template=template_for(caller.application, given["Definition"]))
    return {}


def describe(caller: Caller, given: Given) -> Result:
    found = documented_templates_for(caller.application)
    if wanted := given.get("Definitions"):
        found = found.filter(definition__in=wanted)
    if kind := given.get("Type"):
        found = found.filter(application__isnull=kind == "Preset")
    offset = given.get("Offset", 0)
    page = found[offset : offset + given.get("Limit", 10)]
    return {"TotalCount": found.count(), "AnimatedGraphicsTemplateSet": [_template(one) for one in page]}


def template_fields(given: Given) -> TemplateFields:
    """Wire names become field names; what wasn't sent stays out, so that a change touches nothing else."""
    fields = {
        name.lower(): given[name] for name in given if name not in ("Definition", "SubAppId", "ResolutionAdaptive")
    }
    if adaptive := given.get("ResolutionAdaptive"):
        fields["resolution_adaptive"] = adaptive == "open"
    return cast(TemplateFields, fields)


def _template(template: AnimatedImageTemplate) -> Result:
    return {
        "Definition": template.definition,
        "Type": "Preset" if template.is_preset else "Custom",
        "Name": template.name,
        "Comment": template.comment,
        "Width": template.width,
        "Height": template.height,
        "ResolutionAdaptive": "open" if template.resolution_adaptive else "close",
        "Format": template.format,
        "Fps": template.fps,
        "Quality": template.quality,
        "CreateTime": iso(template.created_at),
        "UpdateTime": iso(template.updated_at),
    }


ACTIONS = (
    Action(
        name="CreateAnimatedGraphicsTemplate",
        run=create,
        role=Role.OPERATOR,
        parameters=Struct(Parameter("Fps", Int(), required=True, note=_FPS), SUB_APP_ID, *_PICTURE, _NAME, _COMMENT),
        refusals=(*_VALUES, Refusal(TooManyTemplates, "LimitExceeded.TooMuchTemplate")),
    ),
    Action(
        name="ModifyAnimatedGraphicsTemplate",
        run=modify,
        role=Role.OPERATOR,
        parameters=Struct(_DEFINITION, SUB_APP_ID, Parameter("Fps", Int(), note=_FPS), *_PICTURE, _NAME, _COMMENT),
        refusals=(*_VALUES, _UNKNOWN, Refusal(PresetIsFixed, "InvalidParameterValue.ModifyDefaultTemplate")),
    ),
    Action(
        name="DeleteAnimatedGraphicsTemplate",
        run=delete,
        role=Role.OPERATOR,
        parameters=Struct(_DEFINITION, SUB_APP_ID),
        refusals=(_UNKNOWN, Refusal(PresetIsFixed, "InvalidParameterValue.DeleteDefaultTemplate")),
    ),
    Action(
        name="DescribeAnimatedGraphicsTemplates",
        run=describe,
        role=Role.VIEWER,
        parameters=Struct(
            SUB_APP_ID,
            Parameter("Definitions", ListOf(Int(low=0), most=100, code="InvalidParameterValue.Definitions")),
            Parameter("Type", Text(choices=("Preset", "Custom", ""), code="InvalidParameterValue.Type")),
            Parameter("Offset", Int(low=0)),
            Parameter("Limit", Int(low=0, high=100, code="InvalidParameterValue.Limit"), note="default 10"),
        ),
    ),
)
