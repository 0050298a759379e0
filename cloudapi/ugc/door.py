"""The hosts that client upload SDKs speak to, told by name or by path; pages of any origin can read the answers."""

import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase

from applications.client_signature import SignatureRefused
from applications.errors import InvalidValue, NotFound, Refused
from applications.rest.strict_query import strangers
from applications.transactions import AWAY, DATABASE_AWAY
from cloudapi.cors import for_any_page, opened
from cloudapi.ugc.actions import carry_out
from cloudapi.ugc.requests import fields_of

log = logging.getLogger(__name__)

ACTIONS_PATH = "/v3/index.php"
REPORT_PATH = "/ugcupload_new"
_INVALID_SIGNATURE = 10004  # the one code that the SDK's own tests know; docs/protocol 4.1
_FAULT = 10000
_BUSY = 503


@for_any_page
def answer(request: HttpRequest) -> HttpResponseBase:
    if request.path_info == REPORT_PATH:
        return HttpResponse("{}", content_type="application/json")  # telemetry is of no use to anybody here
    return _envelope(request)


def too_busy() -> HttpResponseBase:
    return opened(JsonResponse({"code": _BUSY, "message": "The server is busy. Try again in a moment."}, status=503))


def _envelope(request: HttpRequest) -> JsonResponse:
    """HTTP 200 also for refusals: the SDK shows `message` then, and takes other statuses for network trouble."""
    try:
        if request.path_info != ACTIONS_PATH:
            raise NotFound("There is nothing at this address.")
        if request.method != "POST":
            raise InvalidValue("Client uploads are asked for with POST.")
        if odd := strangers(request.GET, known={"Action"}):
            raise InvalidValue(" ".join(odd.values()), field=next(iter(odd)))
        data = carry_out(request.GET.get("Action", ""), fields_of(request))
    except SignatureRefused as refusal:
        return JsonResponse({"code": _INVALID_SIGNATURE, "message": str(refusal)})
    except Refused as refusal:
        return JsonResponse({"code": refusal.status, "message": str(refusal)})
    except UnreadablePostError:
        return JsonResponse({"code": InvalidValue.status, "message": "The body broke off."})
    except DATABASE_AWAY as error:
        log.warning("the database is away: %s", error)
        return JsonResponse({"code": HTTPStatus.SERVICE_UNAVAILABLE, "message": AWAY})
    except Exception:
        log.exception("a client upload request crashed")
        message = "Something went wrong inside. The server's log has the details."
        return JsonResponse({"code": _FAULT, "message": message})
    return JsonResponse({"code": 0, "message": "OK", "data": data})
