"""100 requests a second of one action in one application (docs/protocol 6); further ones are told to come again."""

import time

from django.conf import settings
from django.core.cache import cache

from cloudapi.v3.errors import ApiError


def check_rate(action: str, *, app_id: int) -> None:
    """Raises RequestLimitExceeded, which SDKs retry with back-off."""
    key = f"v3:{app_id}:{action}:{int(time.time())}"
    if cache.add(key, 1, timeout=5):
        return
    try:
        count = cache.incr(key)
    except ValueError:  # it expired between the two calls
        return
    if count > settings.ZOETROPE_API_RATE:
        raise ApiError(
            "RequestLimitExceeded", f"More than {settings.ZOETROPE_API_RATE} {action} in a second. Try again."
        )
