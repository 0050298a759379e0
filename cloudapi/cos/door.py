"""One object request from its arrival to its answer: never a redirect, always an x-cos-request-id, errors in XML."""

import contextlib
import logging
import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase

from applications.errors import Refused
from applications.transactions import AWAY, DATABASE_AWAY, RETRY_AFTER
from cloudapi.cors import opened, preflight
from cloudapi.cos import xml
from cloudapi.cos.addresses import Place
from cloudapi.cos.asked_headers import check_headers
from cloudapi.cos.authentication import upload_of
from cloudapi.cos.errors import ObjectRefused, translated
from cloudapi.cos.offers import operation_for
from cloudapi.cos.request import object_request
from media_jobs.uploads.incoming import body_of

log = logging.getLogger(__name__)

_BLOCK = 256 * 1024
_MOST_DRAINED = 16 * 1024**2  # a part of any upload SDK


def answer(request: HttpRequest, *, place: Place) -> HttpResponseBase:
    """Whatever goes wrong is told in the client's own language; SDKs retry 5xx and stop at 4xx."""
    request_id = uuid.uuid4().hex
    try:
        response = preflight(request) if request.method == "OPTIONS" else _carry_out(request, place)
    except Exception as error:
        _drain(request)
        response = _refused(_refusal(error, request_id=request_id), request, request_id=request_id)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response["Retry-After"] = str(RETRY_AFTER)
    response["x-cos-request-id"] = request_id
    return opened(response)


def too_busy(request: HttpRequest) -> HttpResponseBase:
    """SDKs try again after a 503."""
    request_id = uuid.uuid4().hex
    response = _refused(ObjectRefused("SlowDown", "Reduce your request rate."), request, request_id=request_id)
    response["x-cos-request-id"] = request_id
    return opened(response)


def _carry_out(request: HttpRequest, place: Place) -> HttpResponseBase:
    wanted = object_request(request, place=place)
    upload = upload_of(wanted)
    operation = operation_for(wanted)
    check_headers(wanted)
    return operation(wanted, upload)


def _drain(request: HttpRequest) -> None:
    """Take what is left of a body, up to a limit: a server that hangs up on a client that still sends is not heard."""
    with contextlib.suppress(OSError):
        body, left = body_of(request), _MOST_DRAINED
        while left > 0 and (block := body.read(_BLOCK)):
            left -= len(block)


def _refusal(error: Exception, *, request_id: str) -> ObjectRefused:
    """What is told of an error; only of our own faults the log knows more."""
    if isinstance(error, ObjectRefused):
        return error
    if isinstance(error, Refused):
        return translated(error)
    if isinstance(error, UnreadablePostError):
        return ObjectRefused("RequestTimeout", "The body broke off.")
    if isinstance(error, DATABASE_AWAY):
        log.warning("the database is away: %s", error)
        return ObjectRefused("ServiceUnavailable", AWAY)
    log.error("object request %s: a fault of ours", request_id, exc_info=error)
    return ObjectRefused("InternalError", "Something went wrong inside. The log has the details.")


def _refused(refusal: ObjectRefused, request: HttpRequest, *, request_id: str) -> HttpResponse:
    fields = [
        ("Code", refusal.code),
        ("Message", str(refusal)),
        ("Resource", "".join(c for c in request.path_info if c.isprintable())),
        ("RequestId", request_id),
        ("TraceId", request_id),
    ]
    response = HttpResponse(xml.document("Error", fields), status=refusal.status, content_type="application/xml")
    if refusal.allow:
        response["Allow"] = ", ".join(sorted(refusal.allow))
    return response
