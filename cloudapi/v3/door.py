"""Where API requests leave the console's way, before anything of Django's can answer them with a page."""

import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from cloudapi.v3.dispatch import result_of
from cloudapi.v3.envelope import failure, success
from cloudapi.v3.errors import ApiError
from cloudapi.v3.request import FORM, RawRequest

# looked for in the raw text: to parse a query of thousands of fields would end in a page
_ACTION = re.compile(r"(?:^|&)Action=")
log = logging.getLogger(__name__)


class ApiDoor:
    """The first middleware: host checks, CSRF, sessions and error pages are for people (docs/protocol rule 1)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _answer(request) if _is_api_request(request) else self.get_response(request)


def _is_api_request(request: HttpRequest) -> bool:
    """By header wherever it goes; by parameter at / only; by a host name that is the API's alone."""
    if "X-TC-Action" in request.headers or request.headers.get("Authorization", "").startswith("TC3-"):
        return True
    if request.path_info == "/" and (_ACTION.search(request.META.get("QUERY_STRING", "")) or _is_form(request)):
        return True
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    return validate_host(host, settings.ZOETROPE_API_HOSTS)


def _is_form(request: HttpRequest) -> bool:
    """The console has no form that is sent to /."""
    return request.method == "POST" and request.content_type == FORM


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        return success(result_of(RawRequest.of(request)))
    except ApiError as error:
        return failure(error)
    except Exception:
        log.exception("an API request crashed")
        return failure(ApiError("InternalError", "Something went wrong inside. The server's log has the details."))
