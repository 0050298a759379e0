"""Every address and method of the API, read off the router: what is added there is tested here by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern

from config.api import version_1

OPEN = {"schema", "docs"}
BODIES: dict[str, Any] = {
    "template": {"fps": 5},
    "snapshottemplate": {"kind": "time"},
    "class": {"name": "Shelf"},
    "procedure": {"name": "mine", "steps": [{"definition": 20000}]},
    "media-process": {"steps": [{"definition": 20000}]},
}


@dataclass(frozen=True)
class Route:
    name: str
    method: str
    pattern: str

    @property
    def kind(self) -> str:
        """What it is about: template, media, …"""
        return "upload" if self.name == "uploads" else self.name.partition("-")[0]

    @property
    def has_id(self) -> bool:
        return "(?P<" in self.pattern or "<str:" in self.pattern

    @property
    def body(self) -> Any:
        return BODIES.get(self.name, BODIES.get(self.kind, {}))

    def path(self, identifier: str) -> str:
        plain = re.sub(r"<str:\w+>|\(\?P<\w+>(\[[^\]]*\]|[^()])*\)", lambda _: identifier, self.pattern)
        return plain.replace("^", "").replace("$", "").replace("\\Z", "")

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def routes() -> list[Route]:
    return sorted(_routes(), key=str)


def _routes() -> Iterator[Route]:
    for pattern in version_1:
        assert isinstance(pattern, URLPattern) and pattern.name
        if pattern.name in OPEN:
            continue
        for method in _methods(pattern.callback):
            yield Route(pattern.name, method.upper(), str(pattern.pattern))


def _methods(view: Any) -> set[str]:
    if hasattr(view, "actions"):
        return set(view.actions) - {"head"}
    names = ("get", "head", "post", "put", "patch", "delete")
    return {name for name in names if hasattr(view.view_class, name)}
