"""The public addresses of stored bytes."""

from django.conf import settings
from django.urls import reverse


def url_of(key: str) -> str:
    """The address that callbacks, API answers and pages give out for stored bytes; "" for no key."""
    return settings.ZOETROPE_PUBLIC_URL + reverse("media", args=[key]) if key else ""
