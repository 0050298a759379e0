"""Applications, "sub-applications" on the wire, their one storage region, and what they used (docs/protocol 2.7)."""

from django.conf import settings

from applications.caller import Caller
from applications.errors import InvalidValue
from applications.models import Application
from applications.roles import Role
from applications.selectors import applications_for
from applications.services.applications import create_application, modify_application, set_application_status
from applications.services.termination import take_back
from cloudapi.v3.errors import ApiError
from cloudapi.v3.regions import STORAGE_REGION
from cloudapi.v3.registry import SUB_APP_ID, Action, Given, Refusal, Result, refused
from cloudapi.v3.shapes import Int, ListOf, Parameter, Struct, Text
from media_jobs.maintenance.clearing import terminate
from media_jobs.structures import iso

_OWN_SUB_APP_ID = Parameter("SubAppId", Int(low=1), required=True)
_NO_TAGS = "resource tags are not kept"
_RESOURCE_TAG = Struct(Parameter("TagKey", Text()), Parameter("TagValue", Text()), name="ResourceTag")
_NAMES = (
    Refusal(InvalidValue, "InvalidParameterValue.Name", field="name"),
    Refusal(InvalidValue, "InvalidParameterValue.Description", field="description"),
)


def create(caller: Caller, given: Given) -> Result:
    made = create_application(name=given["Name"], owner=caller.user, description=given.get("Description", ""))
    return {"SubAppId": made.app_id}


def describe(caller: Caller, given: Given) -> Result:
    found = applications_for(caller.user)
    if name := given.get("Name"):
        found = found.filter(name=name)
    if given.get("Tags"):
        found = found.none()
    offset = given.get("Offset", 0)
    page = found[offset : offset + given.get("Limit", 200)]
    return {"TotalCount": found.count(), "SubAppIdInfoSet": [_info(one) for one in page]}


def modify(caller: Caller, given: Given) -> Result:
    modify_application(application=caller.application, name=given.get("Name"), description=given.get("Description"))
    return {}


def modify_status(caller: Caller, given: Given) -> Result:
    """Destroyed begins the waiting period in which Off takes it back."""
    application, status = caller.application, given["Status"]
    if status == "Destroyed":
        terminate(application=application)
    elif status == Application.Status.OFF and application.is_terminated:
        take_back(application=application)
    else:
        set_application_status(application=application, status=status)
    return {}


def describe_regions(caller: Caller, given: Given) -> Result:
    region = {
        "Region": settings.ZOETROPE_REGION,
        "Description": "this server",
        "Status": "opened",
        "IsDefault": True,
        "Area": "Chinese Mainland",
    }
    return {"StorageRegionInfos": [region]}


def modify_default_region(caller: Caller, given: Given) -> Result:
    if given["StorageRegion"] != settings.ZOETROPE_REGION:
        raise ApiError("InvalidParameterValue.StorageRegion", f"The one region here is {settings.ZOETROPE_REGION}.")
    return {}


def _info(application: Application) -> Result:
    return {
        "SubAppId": application.app_id,
        "SubAppIdName": application.name,
        "Name": application.name,
        "Description": application.description,
        "CreateTime": iso(application.created_at),
        "Status": application.status,
        "Mode": "fileid",
        "StorageRegions": [settings.ZOETROPE_REGION],
        "Tags": [],
    }


ACTIONS = (
    Action(
        name="CreateSubAppId",
        run=create,
        role=Role.OWNER,
        in_application=False,
        parameters=Struct(
            Parameter("Name", Text(), required=True, note="1–40 characters"),
            Parameter("Description", Text(), note="≤ 300 characters"),
            Parameter("Type", Text(choices=("AllInOne",)), note="`Professional` is refused"),
            Parameter("Mode", Text(choices=("fileid",)), note="`fileid+path` is refused"),
            STORAGE_REGION,
            refused("Tags", _NO_TAGS),
        ),
        refusals=_NAMES,
    ),
    Action(
        name="DescribeSubAppIds",
        run=describe,
        role=None,
        in_application=False,
        parameters=Struct(
            Parameter("Name", Text()),
            Parameter("Tags", ListOf(_RESOURCE_TAG), note=f"{_NO_TAGS}, so any finds nothing"),
            Parameter("Offset", Int(low=0)),
            Parameter("Limit", Int(low=0, high=200), note="default 200"),
        ),
    ),
    Action(
        name="ModifySubAppIdInfo",
        run=modify,
        role=Role.OWNER,
        when_off=True,
        parameters=Struct(_OWN_SUB_APP_ID, Parameter("Name", Text()), Parameter("Description", Text())),
        refusals=_NAMES,
    ),
    Action(
        name="ModifySubAppIdStatus",
        run=modify_status,
        role=Role.OWNER,
        when_off=True,
        parameters=Struct(
            _OWN_SUB_APP_ID,
            Parameter(
                "Status",
                Text(choices=("On", "Off", "Destroyed")),
                required=True,
                note="`Destroyed`, of one that is `Off`: `Off` takes it back for a while",
            ),
        ),
    ),
    Action(
        name="DescribeStorageRegions",
        run=describe_regions,
        role=Role.VIEWER,
        parameters=Struct(SUB_APP_ID),
    ),
    Action(
        name="ModifyDefaultStorageRegion",
        run=modify_default_region,
        role=Role.OWNER,
        parameters=Struct(Parameter("StorageRegion", Text(), required=True), SUB_APP_ID),
    ),
)
