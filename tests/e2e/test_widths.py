"""Pages fit at the usual widths, however long what people named is; and every word on them can be read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey, Application, User
from media_jobs.jobs.services import submit_task
from media_jobs.library.classes import create_class
from media_jobs.models import Media, MediaTag
from procedures.models import Procedure
from procedures.selectors import plan_of
from templates_app.models import AnimatedImageTemplate
from tests.e2e.axe import violations

WIDTHS = (1440, 1024, 390)
NAMES = ("a_name_without_a_space_" * 6, "이름이아주긴동영상파일" * 12, "🎬" * 128, "W" * 128)
# What doesn't fit: the page, a table in its frame, a cell's own words; on a telephone a value whose column isn't named.
UNFIT = """() => {
  const { clientWidth: width, scrollWidth } = document.documentElement, told = [];
  if (scrollWidth > width) told.push(`the page has ${scrollWidth} px`);
  if (document.querySelector("h1")?.closest(".col")?.clientWidth < 150) told.push("its heading is squeezed");
  for (const { scrollWidth, clientWidth } of document.querySelectorAll(".table-responsive"))
    if (scrollWidth > clientWidth + 1) told.push(`a table has ${scrollWidth} px in ${clientWidth}`);
  for (const cell of document.querySelectorAll(".card-table td")) {
    if (!cell.offsetParent) continue;
    const words = cell.innerText.trim();
    if (cell.scrollWidth > cell.clientWidth + 1) told.push(`cut off: ${words.slice(0, 40)}`);
    const bare = /^([\\d.,]+|–)$/.test(words) || cell.querySelector(":scope > time");
    if (width < 768 && bare && !cell.dataset.label) told.push(`no name: ${words}`);
  }
  return [...new Set(told)];
}"""


@pytest.mark.timeout(900)
def test_no_page_is_wider_than_its_screen_and_no_column_is_cut_off_by_a_long_name(
    sign_in: Callable[[User], Page],
    owner: User,
    application: Application,
    procedure: Procedure,
    addresses: dict[str, str],
    live_server: LiveServer,
) -> None:
    _name_everything(application, owner)
    for _ in range(21):
        submit_task(media=Media.objects.earliest("pk"), plan=plan_of(procedure))
    page = sign_in(owner)
    page.emulate_media(reduced_motion="reduce")
    wrong = []
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{name} at {width}: {one}" for one in page.evaluate(UNFIT)]
            _keep(page, f"{name}-{width}")
    page.set_viewport_size({"width": 1440, "height": 900})
    for scheme in ("light", "dark"):
        page.evaluate("scheme => localStorage.setItem('theme', scheme)", scheme)
        page.goto(live_server.url + reverse("console:tasks"))
        wrong += violations(page, rules=["color-contrast"])
        page.goto(live_server.url + reverse("console:media"))
        page.locator("[data-dialog=delete-media][data-only]").first.click()
        wrong += violations(page, rules=["color-contrast"])
    assert "\n".join(wrong) == ""


def _name_everything(application: Application, owner: User) -> None:
    """As long as each name may be, in several scripts."""
    for number, media in enumerate(Media.objects.order_by("pk")):
        Media.objects.filter(pk=media.pk).update(name=NAMES[number % len(NAMES)][:128])
        MediaTag.objects.create(media=media, name="태그" * 8)
    for template in AnimatedImageTemplate.objects.filter(application=application):
        AnimatedImageTemplate.objects.filter(pk=template.pk).update(name=NAMES[template.pk % 4][:64], comment="W" * 256)
    for number, flow in enumerate(Procedure.objects.filter(application=application)):
        Procedure.objects.filter(pk=flow.pk).update(name=NAMES[number][-20:], comment=NAMES[1][:128])
    for shelf in NAMES:
        create_class(application=application, name=shelf[:64])
    Application.objects.filter(pk=application.pk).update(name="W" * 40, description=NAMES[0] * 2)
    ApiKey.objects.filter(application=application).update(name="W" * 64)
    User.objects.filter(pk=owner.pk).update(username="W" * 64)


def _keep(page: Page, name: str) -> None:
    """For whoever wants to look at them: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
