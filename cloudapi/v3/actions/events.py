"""Events: the reliable queue and the callback's settings (docs/protocol 2.6)."""

from typing import Literal

from applications.caller import Caller
from applications.errors import InvalidValue
from applications.roles import Role
from cloudapi.v3.registry import EXT_INFO, SUB_APP_ID, Action, Given, Refusal, Result
from cloudapi.v3.shapes import ListOf, Parameter, Struct, Text
from media_jobs.events.selectors import number_to_pull
from media_jobs.events.services import (
    MAX_CONFIRM,
    EventConfigFields,
    HandleExpired,
    confirm_events,
    event_config,
    handle_of,
    modify_event_config,
    pull_events,
)

_SWITCHES: dict[str, Literal["upload_complete", "delete_complete", "persistence_complete"]] = {
    "UploadMediaCompleteEventSwitch": "upload_complete",
    "DeleteMediaCompleteEventSwitch": "delete_complete",
    "PersistenceCompleteEventSwitch": "persistence_complete",
}
_TEXTS: dict[str, Literal["mode", "notification_url", "sign_key"]] = {
    "Mode": "mode",
    "NotificationUrl": "notification_url",
    "SignKey": "sign_key",
}


def pull(caller: Caller, given: Given) -> Result:
    events = pull_events(application=caller.application)
    return {"EventSet": [{"EventHandle": handle_of(event), **event.content} for event in events]}


def confirm(caller: Caller, given: Given) -> Result:
    confirm_events(application=caller.application, handles=given["EventHandles"])
    return {}


def describe_config(caller: Caller, given: Given) -> Result:
    config = event_config(caller.application)
    switches = {wire: "ON" if getattr(config, name) else "OFF" for wire, name in _SWITCHES.items()}
    return {"Mode": config.mode, "NotificationUrl": config.notification_url, **switches}


def modify_config(caller: Caller, given: Given) -> Result:
    fields = EventConfigFields()
    for wire, name in _TEXTS.items():
        if wire in given:
            fields[name] = given[wire]
    for wire, switch in _SWITCHES.items():
        if wire in given:
            fields[switch] = given[wire] == "ON"
    modify_event_config(application=caller.application, fields=fields)
    return {}


def describe_state(caller: Caller, given: Given) -> Result:
    return {"CountOfEventsToPull": number_to_pull(caller.application)}


ACTIONS = (
    Action(
        name="PullEvents",
        is_work=True,
        run=pull,
        role=Role.OPERATOR,
        parameters=Struct(EXT_INFO, SUB_APP_ID),
    ),
    Action(
        name="ConfirmEvents",
        is_work=True,
        run=confirm,
        role=Role.OPERATOR,
        parameters=Struct(
            Parameter("EventHandles", ListOf(Text(most=200), most=MAX_CONFIRM), required=True), EXT_INFO, SUB_APP_ID
        ),
        refusals=(Refusal(HandleExpired, "InvalidParameterValue"),),
    ),
    Action(
        name="DescribeEventConfig",
        run=describe_config,
        role=Role.VIEWER,
        parameters=Struct(SUB_APP_ID),
    ),
    Action(
        name="ModifyEventConfig",
        run=modify_config,
        role=Role.OPERATOR,
        parameters=Struct(
            SUB_APP_ID,
            Parameter("Mode", Text(), note="`PUSH` / `PULL`"),
            Parameter("NotificationUrl", Text(most=2048), note="an empty string clears it"),
            *(Parameter(wire, Text(choices=("ON", "OFF"))) for wire in _SWITCHES),
            Parameter("SignKey", Text(), note="letters and digits, ≤ 32"),
        ),
        refusals=(Refusal(InvalidValue, "InvalidParameter"),),
    ),
    Action(
        name="DescribeEventsState",
        run=describe_state,
        role=Role.VIEWER,
        parameters=Struct(SUB_APP_ID),
    ),
)
