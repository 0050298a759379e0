"""Lists fit their page at the usual widths, however long a name is; and every word on them can be read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from applications.models import Application, User
from media_jobs.jobs.services import submit_task
from media_jobs.models import Media
from procedures.models import Procedure
from procedures.selectors import plan_of
from tests.e2e.axe import violations

LISTS = ("tasks", "media", "templates", "flows", "callback", "access")


@pytest.mark.usefixtures("in_application", "api_key")
def test_one_long_file_name_pushes_no_column_off_any_list(
    sign_in: Callable[[User], Page],
    owner: User,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    application: Application,
    live_server: LiveServer,
) -> None:
    media = upload_clip(procedure=procedure.name)
    Media.objects.filter(pk=media.pk).update(name="a_very_long_file_name_without_any_space_" * 6)
    for _ in range(21):
        submit_task(media=media, plan=plan_of(procedure))
    page = sign_in(owner)
    wrong = []
    for name in LISTS:
        page.goto(live_server.url + reverse(f"console:{name}"))
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 900})
            boxes = "tables => tables.map(table => [table.scrollWidth, table.clientWidth])"
            for inner, outer in page.locator(".table-responsive").evaluate_all(boxes):
                if inner > outer + 1:
                    wrong.append(f"{name} at {width}: {inner} in {outer}")
            _keep(page, f"{name}-{width}")
    page.set_viewport_size({"width": 1440, "height": 900})
    for scheme in ("light", "dark"):
        page.evaluate("scheme => localStorage.setItem('theme', scheme)", scheme)
        page.goto(live_server.url + reverse("console:tasks"))
        wrong += violations(page, rules=["color-contrast"])
        _keep(page, f"tasks-{scheme}")
        page.goto(live_server.url + reverse("console:media"))
        page.locator("[data-dialog=delete-media][data-only]").first.click()
        wrong += violations(page, rules=["color-contrast"])
        _keep(page, f"dialog-{scheme}")
    assert wrong == []


def _keep(page: Page, name: str) -> None:
    """For whoever wants to look at them: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")
