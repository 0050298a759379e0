"""The classes of media (docs/protocol 2.7)."""

from collections import defaultdict

from applications.caller import Caller
from applications.errors import InvalidValue, NotFound
from applications.roles import Role
from cloudapi.v3.registry import LANGUAGE, SUB_APP_ID, Action, Given, Refusal, Result
from cloudapi.v3.shapes import Int, Parameter, Struct, Text
from media_jobs.library.classes import (
    ClassNameTaken,
    ClassNotEmpty,
    ClassTooDeep,
    TooManyClasses,
    create_class,
    delete_class,
    rename_class,
)
from media_jobs.library.selectors import class_for, classes_for
from media_jobs.models import MediaClass
from media_jobs.structures import no_class

_ROOT = -1  # the ParentId of a class at the top
_CLASS_ID = Parameter("ClassId", Int(low=1), required=True)
_CLASS_NAME = Parameter("ClassName", Text(), required=True, note="1–64 characters")
_NAMES = (
    Refusal(ClassNameTaken, "FailedOperation.ClassNameDuplicate"),
    Refusal(InvalidValue, "InvalidParameterValue.ClassName", field="name"),
)
_NOT_THERE = Refusal(NotFound, "FailedOperation.ClassNoFound")


def create(caller: Caller, given: Given) -> Result:
    parent_id = max(0, given["ParentId"])
    made = create_class(application=caller.application, name=given["ClassName"], parent_id=parent_id)
    return {"ClassId": made.pk}


def describe(caller: Caller, given: Given) -> Result:
    """The top first; each class with its level, 0 at the top. Class 0 holds what is in no other."""
    below: defaultdict[int, list[MediaClass]] = defaultdict(list)
    for media_class in classes_for(caller.application).order_by("pk"):
        below[media_class.parent_id or 0].append(media_class)
    top = _class(0, _ROOT, no_class(given.get(LANGUAGE, "")), depth=0, children=[])
    found, level, depth = [top], below[0], 0
    while level:
        found += [
            _class(one.pk, one.parent_id or _ROOT, one.name, depth=depth, children=below[one.pk]) for one in level
        ]
        level, depth = [child for one in level for child in below[one.pk]], depth + 1
    return {"ClassInfoSet": found}


def modify(caller: Caller, given: Given) -> Result:
    rename_class(media_class=_found(caller, given), name=given["ClassName"])
    return {}


def delete(caller: Caller, given: Given) -> Result:
    delete_class(media_class=_found(caller, given))
    return {}


def _found(caller: Caller, given: Given) -> MediaClass:
    found = class_for(caller.application, given["ClassId"])
    if found is None:
        raise NotFound("Class 0 is always there.", field="class_id")
    return found


def _class(class_id: int, parent_id: int, name: str, *, depth: int, children: list[MediaClass]) -> Result:
    return {
        "ClassId": class_id,
        "ParentId": parent_id,
        "ClassName": name,
        "Name": name,
        "Level": depth,
        "SubClassIdSet": [child.pk for child in children],
    }


ACTIONS = (
    Action(
        name="CreateClass",
        run=create,
        role=Role.OPERATOR,
        parameters=Struct(
            Parameter("ParentId", Int(low=_ROOT), required=True, note="−1: at the top"), _CLASS_NAME, SUB_APP_ID
        ),
        refusals=(
            *_NAMES,
            Refusal(NotFound, "FailedOperation.ParentIdNoFound"),
            Refusal(ClassTooDeep, "FailedOperation.ClassLevelLimitExceeded"),
            Refusal(TooManyClasses, "FailedOperation.SubclassLimitExceeded"),
        ),
    ),
    Action(
        name="DescribeAllClass",
        localised=True,
        run=describe,
        role=Role.VIEWER,
        parameters=Struct(SUB_APP_ID),
    ),
    Action(
        name="ModifyClass",
        run=modify,
        role=Role.OPERATOR,
        parameters=Struct(_CLASS_ID, _CLASS_NAME, SUB_APP_ID),
        refusals=(*_NAMES, _NOT_THERE),
    ),
    Action(
        name="DeleteClass",
        run=delete,
        role=Role.OPERATOR,
        parameters=Struct(_CLASS_ID, SUB_APP_ID),
        refusals=(_NOT_THERE, Refusal(ClassNotEmpty, "UnsupportedOperation.ClassNotEmpty")),
    ),
)
