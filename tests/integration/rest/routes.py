"""Every address and method of the API, read off the router: what is added there is tested here by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern

from config.api import version_1
from tests.integration.rest.conftest import Api

OPEN = {"schema", "docs"}
BODIES: dict[str, Any] = {
    "template": {"fps": 5},
    "snapshottemplate": {"kind": "time"},
    "class": {"name": "Shelf"},
    "procedure": {"name": "mine", "steps": [{"definition": 20000}]},
    "media-process": {"steps": [{"definition": 20000}]},
}
_FORM = b"--b\r\nContent-Disposition: form-data; name=file; filename=a.mp4\r\n\r\nx\r\n--b--\r\n"


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


def ask(api: Api, route: Route, identifier: str, *, query: str = "") -> Any:
    """A request that the address takes, but for what `query` ("?…") says."""
    path = route.path(identifier) + query
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    if route.name in ("upload", "uploads") and route.method in ("PATCH", "POST"):
        return api(route.method, path, b"x", content_type="application/offset+octet-stream", **headers)
    if (route.name, route.method) == ("media-list", "POST"):
        return api("POST", path, _FORM, content_type="multipart/form-data; boundary=b")
    return api(route.method, path, route.body, **headers)
