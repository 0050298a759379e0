"""What axe has against a page: all its rules, the advice among them, whatever it calls an impact."""

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# What hangs on the theme; all else was found in the light.
COLOURS = ["color-contrast", "link-in-text-block"]


def violations(
    page: Page, *, rules: list[str] | None = None, without: Sequence[str] = (), within: str | None = None
) -> list[str]:
    """All of axe's rules, only those given, or all but some; of the whole page, or of what a selector finds in it."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    off = {"rules": {rule: {"enabled": False} for rule in without}}
    # No rule needs the text of stylesheets, and to fetch it breaks the content policy where one imports another.
    asked = [within, {"resultTypes": ["violations"], "preload": False, **only, **off}]
    found = page.evaluate("([within, options]) => axe.run(within ?? document, options)", asked)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
