"""The storage region on the wire: there is one, and a wish for another is refused rather than forgotten."""

from typing import Any

from django.conf import settings

from cloudapi.v3.errors import ApiError
from cloudapi.v3.shapes import Parameter, Text


class OurRegion:
    """Our own region's name, or nothing."""

    code = "InvalidParameterValue.StorageRegion"

    def read(self, value: Any, *, path: str, text: bool) -> str:
        region = Text(most=64, code=self.code).read(value, path=path, text=text)
        if region not in ("", settings.ZOETROPE_REGION):
            raise ApiError(self.code, f"{path}: the one region here is {settings.ZOETROPE_REGION}.")
        return region

    def __str__(self) -> str:
        return "string"


STORAGE_REGION = Parameter("StorageRegion", OurRegion(), note="the one here (ZOETROPE_REGION); another is refused")
