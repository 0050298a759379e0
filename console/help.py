"""The documentation as pages of the console: docs/*.md, and which of them tells of which page."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from applications.errors import NotFound

_GUIDE = "user-guide"
# The place that tells of a page, by the page's name or the beginning of it; the longest that fits counts.
ABOUT = {
    "": _GUIDE,
    "overview": f"{_GUIDE}#service-overview",
    "media": f"{_GUIDE}#videoaudio-management",
    "upload": "console#4-upload",
    "upload-signature": "upload-form",
    "pull": "console#4-upload",
    "template": f"{_GUIDE}#template-settings",
    "flow": f"{_GUIDE}#task-flow-settings",
    "task": f"{_GUIDE}#task-management",
    "batch": "console#6-processing-several",
    "usage": "console#14-usage-statistics-and-overview",
    "callback": "events",
    "access": f"{_GUIDE}#api-keys",
    "key": f"{_GUIDE}#api-keys",
    "token": f"{_GUIDE}#api-keys",
    "member": "console#12-who-may-do-what",
    "application": "console#10-applications",
    "categor": "console#5-media-lists",
    "quota": "operations",
    "health": f"{_GUIDE}#health",
    "audit": "operations",
}


def place_about(page: str) -> str:
    """A document and a heading in it, for the page of this name in console/urls.py."""
    return ABOUT[max((name for name in ABOUT if page.startswith(name)), key=len)]


def documents() -> dict[str, str]:
    """Every document's name and title, in the order of their titles."""
    titles = {path.stem: _title(path) for path in _folder().glob("*.md")}
    return dict(sorted(titles.items(), key=lambda item: item[1].lower()))


@lru_cache(maxsize=64)
def page_of(name: str) -> str:
    """A document as HTML. Raises NotFound. What is HTML in the document is shown as text."""
    path = _folder() / f"{name}.md"
    if name not in documents():
        raise NotFound(_("There is no document {name}.").format(name=name[:60]))
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(re.sub(r"<!--.*?-->", "", path.read_text(), flags=re.DOTALL))
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[number + 1].content))
        if token.type == "th_open" and not tokens[number + 1].content:
            token.tag = tokens[number + 2].tag = "td"  # a corner that says nothing heads nothing
        _led_on(token)
    page = str(markdown.renderer.render(tokens, markdown.options, {}))
    return page.replace("<pre>", '<pre tabindex="0">')  # what is wider than the page is scrolled by keyboard, too


def _led_on(token: Token) -> None:
    """Links among the documents lead to their pages here; pictures, which aren't served, are their words."""
    for child in token.children or ():
        if child.type == "link_open":
            path, mark, heading = str(child.attrGet("href")).partition("#")
            target = PurePosixPath(path)
            if target.suffix == ".md" and len(target.parts) == 1 and target.stem in documents():
                child.attrSet("href", reverse("console:help-page", args=[target.stem]) + mark + heading)
        elif child.type == "image":
            child.type, child.tag = "text", ""


def _anchor(heading: str) -> str:
    """As repositories make them: lower case, hyphens for spaces, nothing else."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _title(path: Path) -> str:
    with path.open() as lines:
        return next((line[2:].strip() for line in lines if line.startswith("# ")), path.stem)


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "docs"
