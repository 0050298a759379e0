"""A template's values as an address of the studio says them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


def picture_said(picture: Mapping[str, Any]) -> str:
    """A template's values, or some of them, as an address has them."""
    return urlencode({name: said(value) for name, value in picture.items()})


def said(value: Any) -> Any:
    """As an address has it: a switch is on or off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else value
