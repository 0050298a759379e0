"""Which of the cloud's doors a request is for, told by host, path and signature before anything else looks at it.

Placed first: what those doors are asked must not meet host checks, CSRF, redirects, sessions or HTML error pages, which
are for people (docs/protocol rule 1).
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase

from applications.measures import DOOR
from cloudapi.cos import door as cos
from cloudapi.cos.addresses import Place
from cloudapi.ugc import door as ugc
from cloudapi.v3 import dispatch as v3
from cloudapi.v3.request import FORM, JSON

_BUCKET = r"vod-\d{1,19}"
_CLOUD_HOST = re.compile(
    rf"(?:(?P<bucket>{_BUCKET})\.)?cos\.(?P<region>[a-z0-9-]+)\.(?:myqcloud\.com|tencentcos\.cn)", re.ASCII
)
_PATH_STYLE = re.compile(rf"/(?P<bucket>{_BUCKET})(?P<path>/.*)?", re.ASCII | re.DOTALL)
_UGC_HOSTS = frozenset({"vod2.qcloud.com", "vod2.dnsv1.com", "vodreport.qcloud.com"})
# looked for in the raw text: to parse a query of thousands of fields would end in a page
_ACTION = re.compile(r"(?:^|&)Action=")
_ACTION_IN_BODY = re.compile(rb'(?:^|&)Action=|"Action"\s*:')
_NOT_LOST = ("/api/", "/upload")  # doors that take other programs' posts, and have words of their own for them


class CloudDoors:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        place = place_of(host=_host(request), path=request.path_info)
        if place is not None:
            request.META[DOOR] = "objects"
            return cos.answer(request, place=place)
        if _is_client_upload(request):
            request.META[DOOR] = "client upload"
            return ugc.answer(request)
        if _is_api_request(request) or _is_lost_api_request(request):
            request.META[DOOR] = "api 3.0"
            return v3.answer(request)
        return self.get_response(request)


def too_busy(request: HttpRequest) -> HttpResponseBase | None:
    """The door's own words for a server that has too much to do; None when the request is for none of these doors."""
    place = place_of(host=_host(request), path=request.path_info)
    if place is not None:
        return cos.too_busy(request)
    if _is_client_upload(request):
        return ugc.too_busy()
    return v3.too_busy() if _is_api_request(request) else None


def _host(request: HttpRequest) -> str:
    """The SDK for mini programs sends objects to the upload host, with the bucket's beside it (docs/protocol 4.3)."""
    return str(request.META.get("HTTP_VOD_FORWARD_COS") or request.META.get("HTTP_HOST", ""))


def place_of(*, host: str, path: str) -> Place | None:
    """Which object is asked for; None when this is no object request.

    `host` is taken as sent, with or without a port; `path` is decoded.
    """
    name = re.sub(r":\d+$", "", host).lower().rstrip(".")
    found = _CLOUD_HOST.fullmatch(name)
    if found and found["bucket"]:
        return Place(found["bucket"], path)
    own = _own_domain(name)
    if own is not None and own.bucket:
        return Place(own.bucket, path)
    in_path = _PATH_STYLE.fullmatch(path)
    if in_path:
        return Place(in_path["bucket"], in_path["path"] or "/")
    return Place("", path) if found or own else None


def _own_domain(name: str) -> Place | None:
    """Host names that the operator set: `<domain>` and `<bucket>.<domain>`."""
    for domain in settings.ZOETROPE_OBJECT_DOMAINS:
        if name == domain.lower():
            return Place("", "/")
        found = re.fullmatch(rf"({_BUCKET})\.{re.escape(domain.lower())}", name, re.ASCII)
        if found:
            return Place(found[1], "/")
    return None


def _is_client_upload(request: HttpRequest) -> bool:
    """The paths are taken on every host: a page's service worker may send them to our own (docs/protocol 4.9)."""
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    return host in _UGC_HOSTS or request.path_info in (ugc.ACTIONS_PATH, ugc.REPORT_PATH)


def _is_api_request(request: HttpRequest) -> bool:
    """By header wherever it goes; by parameter at / only; by a host name that is the API's alone.

    The console has no form that is sent to /: whatever is posted there, of whatever type, is meant for the API.
    """
    if "X-TC-Action" in request.headers or request.headers.get("Authorization", "").startswith("TC3-"):
        return True
    if request.path_info == "/" and (_ACTION.search(request.META.get("QUERY_STRING", "")) or request.method == "POST"):
        return True
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    return validate_host(host, settings.ZOETROPE_API_HOSTS)


def _is_lost_api_request(request: HttpRequest) -> bool:
    """Posted to one of the console's paths, where a page about cookies would answer; no form there has such a field."""
    if request.method != "POST" or request.path_info.startswith(_NOT_LOST):
        return False
    if _ACTION.search(request.META.get("QUERY_STRING", "")):
        return True
    if request.content_type not in (FORM, JSON):
        return False
    try:
        return bool(_ACTION_IN_BODY.search(request.body))
    except (RequestDataTooBig, UnreadablePostError):
        return False
