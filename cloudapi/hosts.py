"""Telling the cloud's host names from the console's own, before anything else looks at a request.

Placed first: whatever those hosts are asked must not meet host checks, redirects, sessions or HTML error pages.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from cloudapi.cos.addresses import place_of
from cloudapi.cos.door import answer
from cloudapi.ugc import door as ugc


class CloudHostsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        place = place_of(host=request.META.get("HTTP_HOST", ""), path=request.path_info)
        if place is not None:
            return answer(request, place=place)
        if ugc.is_ours(request):
            return ugc.answer(request)
        return self.get_response(request)
