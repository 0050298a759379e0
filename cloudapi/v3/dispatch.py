"""The way of one request: signed by whom, which action, in which application, allowed, with which arguments."""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from applications.audit.entries import record
from applications.caller import Caller
from applications.counting import count_up
from applications.errors import Refused
from applications.known_keys import role_of
from applications.models import ApiKey, Application
from applications.quotas import quota_of
from applications.roles import Role
from applications.tracing import request_id
from applications.transactions import AWAY, DATABASE_AWAY
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.errors import ApiError
from cloudapi.v3.names import ACTION_NAMES, INTERNATIONAL_NAMES
from cloudapi.v3.registry import LANGUAGE, READING, SUB_APP_ID, Action
from cloudapi.v3.request import (
    FORM,
    JSON,
    RawRequest,
    Tree,
    from_form,
    from_json,
    from_multipart,
    pairs,
    unflattened,
)
from cloudapi.v3.signature import COMMON, signer_by_header, signer_by_parameters

VERSION = "2018-07-17"
# Python's SDK takes an error for a success when the type carries a charset (docs/protocol rule 1).
CONTENT_TYPE = "application/json"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose signature held. `text` says that all values of `parameters` are text.

    `language` is the one that answers should be in, as sent.
    """

    key: ApiKey
    action: str
    version: str
    parameters: Tree
    text: bool
    language: str


def answer(request: HttpRequest) -> HttpResponse:
    try:
        return _enveloped(result_of(RawRequest.of(request)))
    except ApiError as error:
        return _failure(error)
    except DATABASE_AWAY as error:
        log.warning("the database is away: %s", error)
        return _failure(ApiError("ServiceUnavailable", AWAY))
    except Exception:
        log.exception("an API request crashed")
        return _failure(ApiError("InternalError", "Something went wrong inside. The server's log has the details."))


def too_busy() -> HttpResponse:
    """SDKs that retry with back-off know this code."""
    return _failure(ApiError("RequestLimitExceeded", "The server has more to do than it can do in time. Try again."))


def result_of(request: RawRequest) -> dict[str, Any]:
    """Raises ApiError."""
    call = _tc3_call(request) if _is_tc3(request) else _v1_call(request)
    action = _action(call)
    caller = _caller(call, action)
    _check_rate(action.name, application=caller.application)
    given = action.parameters.read(call.parameters, path="", text=call.text)
    try:
        result = action.run(caller, {**given, LANGUAGE: call.language} if action.localised else given)
    except Refused as refused:
        raise action.translated(refused) from refused
    if action.role not in READING and not action.is_work:
        _tell(call, caller, given, result=result, address=request.address)
    return result


def _tell(call: Call, caller: Caller, given: Mapping[str, Any], *, result: Mapping[str, Any], address: str) -> None:
    record(
        user=caller.user,
        credential=call.key,
        door="api",
        action=call.action,
        application=caller.application,
        address=address,
        subject=(given, result),
    )


def _is_tc3(request: RawRequest) -> bool:
    return "authorization" in request.headers or "x-tc-action" in request.headers


def _tc3_call(request: RawRequest) -> Call:
    key = signer_by_header(request)
    tree, text = _parameters(request)
    # some programs repeat in the body what the headers say
    parameters = {name: value for name, value in tree.items() if name not in COMMON}
    version, action, language = (request.headers.get(f"x-tc-{name}", "") for name in ("version", "action", "language"))
    return Call(key=key, action=action, version=version, parameters=parameters, text=text, language=language)


def _v1_call(request: RawRequest) -> Call:
    flat = pairs(_body_text(request) if request.method == "POST" else request.query)
    key = signer_by_parameters(request, dict(flat))
    own = unflattened((name, value) for name, value in flat if name not in COMMON)
    common = dict(flat)
    version, action, language = (common.get(name, "") for name in ("Version", "Action", LANGUAGE))
    return Call(key=key, action=action, version=version, parameters=own, text=True, language=language)


def _parameters(request: RawRequest) -> tuple[Tree, bool]:
    """The parameters, and whether they are text."""
    kind = request.content_type.partition(";")[0].strip().lower()
    if request.method == "GET":
        return from_form(request.query), True
    if kind == FORM:
        return from_form(_body_text(request)), True
    if kind == "multipart/form-data":
        return from_multipart(request.body, content_type=request.content_type), True
    if kind == JSON:
        return from_json(request.body), False
    raise ApiError("InvalidRequest", "The body is application/json, a form, or multipart/form-data.")


def _body_text(request: RawRequest) -> str:
    """A form's body is ASCII: everything else is %XX-encoded."""
    return request.body.decode("latin-1")


def _action(call: Call) -> Action:
    if not call.action:
        raise ApiError("MissingParameter", "Action is missing: the header X-TC-Action, or the parameter.")
    if call.version != VERSION:
        raise ApiError("NoSuchVersion", f"The version is {VERSION}.")
    if action := ACTIONS.get(call.action):
        return action
    if call.action in ACTION_NAMES | INTERNATIONAL_NAMES:
        raise ApiError(
            "UnsupportedOperation", f"{call.action} is not something that this server does: it makes animated images."
        )
    raise ApiError("InvalidAction", f"There is no action {call.action[:100]!r}.")


def _caller(call: Call, action: Action) -> Caller:
    application, role = _application(call, action)
    if not call.key.permits(action.name, app_id=application.app_id, reads=action.role in READING):
        raise ApiError("UnauthorizedOperation", f"The API key's policy doesn't allow {action.name} here.")
    caller = Caller(user=call.key.user, application=application, role=role)
    if action.role is not None and not caller.may(action.role):
        raise ApiError("UnauthorizedOperation", f"{action.name} needs the role {action.role.label.lower()}.")
    return caller


def _application(call: Call, action: Action) -> tuple[Application, Role]:
    """The one that SubAppId names. One that the key's user has no part in is as unknown as one that doesn't exist."""
    wanted = call.parameters.get("SubAppId") if action.in_application else None
    app_id = SUB_APP_ID.shape.read(wanted, path="SubAppId", text=call.text) if wanted is not None else 0
    application = Application.objects.filter(app_id=app_id).first() if app_id else call.key.application
    role = role_of(call.key, application=application) if application else None
    if application is None or role is None:
        raise ApiError("InvalidParameterValue.SubAppId", f"There is no application {app_id}.")
    if action.in_application and not action.when_off and application.status != Application.Status.ON:
        state = "terminated" if application.is_terminated else "switched off"
        raise ApiError("FailedOperation.InvalidVodUser", f"This application is {state}.")
    return application, role


def _check_rate(action: str, *, application: Application) -> None:
    """So many requests of one action a second in one application (docs/protocol 6); for SDKs to retry with back-off."""
    most = quota_of(application).max_requests_a_second
    if not most:
        return
    key = f"v3:{application.app_id}:{action}:{int(time.time())}"
    if count_up(key, seconds=5) > most:
        raise ApiError("RequestLimitExceeded", f"More than {most} {action} in a second. Try again.")


def _failure(error: ApiError) -> HttpResponse:
    return _enveloped({"Error": {"Code": error.code, "Message": str(error)}})


def _enveloped(content: Mapping[str, Any]) -> HttpResponse:
    body = json.dumps({"Response": {**content, "RequestId": request_id()}}).encode()
    # the middleware that would add a length to a page is not passed
    headers = {"Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=CONTENT_TYPE, headers=headers)
