"""The shape of every answer: HTTP 200, exactly `application/json`, a RequestId, result or error (docs/protocol 1.5)."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from cloudapi.v3.errors import ApiError

# Python's SDK takes an error for a success when the type carries a charset (docs/protocol rule 1).
CONTENT_TYPE = "application/json"


def success(result: Mapping[str, Any]) -> HttpResponse:
    return _enveloped(result)


def failure(error: ApiError) -> HttpResponse:
    return _enveloped({"Error": {"Code": error.code, "Message": str(error)}})


def _enveloped(content: Mapping[str, Any]) -> HttpResponse:
    body = json.dumps({"Response": {**content, "RequestId": str(uuid.uuid4())}}).encode()
    # the middleware that would add a length to a page is not passed
    headers = {"Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=CONTENT_TYPE, headers=headers)
