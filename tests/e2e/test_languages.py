"""The console for whoever's browser asks for Korean or Chinese: no English is left, and everything fits."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey, User
from console.words.languages import NAMES
from media_jobs.models import Media
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate, SnapshotTemplate
from tests.conftest import PASSWORD

READERS = {"ko": "ko-KR", "zh-hans": "zh-CN"}
PAGES = (
    *("media", "media-detail", "uploading", "upload", "pull", "categories", "templates", "template-create"),
    *("snapshottemplates", "template", "flows", "flow", "flow-create", "tasks", "task", "batches", "usage", "callback"),
    *("callback-edit", "applications", "access", "members", "audit", "upload-signature", "quota", "health", "account"),
    *("password", "studio"),
)
# What is the same in every language: names of things, formats and protocols, and what this test's people typed.
SAME = re.compile(
    r"https?://\S+|AKID\w+|\d+-Procedure-\w+|…?[0-9a-f]{10,}t0|\dxx|#ffffff|[\w]+(?:,[\w]+){2,}|\[\{.*|(?<![A-Za-z])(?:"
    r"Zoetrope|English|GIF|WebP|WEBP|AVIF|APNG|MP[34]|WebM|PNG|JPE?G|HTML|Markdown|JSON(?: Lines)?|CSV|TXT|MKV"
    r"|AVI|FLV|TS|MPG|WMV|MOV|HDR|SSIM|MD5|WebVTT|API|REST|URL|SDKs?|ID|HTTP|POST|IP|UTC|fps|px|Hz|ms|[KMG]B"
    r"|h264|aac|mp4|gif|webp|webm|avif|apng|transparent|Procedure|poster|SecretId|SecretKey|AppId|Bearer"
    r"|Webhooks?|Standard|webhook-signature|Sign|Cookie|curl|Python|Node|Ctrl|Shift|Alt|Page Up|Page Down"
    r"|Describe\w+|ProcedureTask|ProcedureStateChanged|PullEvents|ConfirmEvents|evt|owner|operator|Studio|loops"
    r"|clip|Small|README|tus|[tT])(?![A-Za-z])",
    re.ASCII,
)


@pytest.fixture
def things(
    owner: User, upload_clip: Callable[..., Media], procedure: Procedure, api_key: ApiKey, run_jobs: Callable[[], int]
) -> dict[str, str]:
    """Every page's address, with something on it."""
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    given = {
        "media-detail": [media.file_id],
        "template": [procedure.steps.all()[0].template.definition],
        "flow": [procedure.pk],
        "task": [media.tasks.get().task_id],
    }
    return {name: reverse(f"console:{name}", args=given.get(name, [])) for name in PAGES}


@pytest.fixture(params=sorted(READERS))
def page(request: pytest.FixtureRequest, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """Of a browser that asks for another language; what it complains of fails the test, too."""
    context = browser.new_context(locale=READERS[request.param], viewport={"width": 1440, "height": 900})
    context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()
    page.language = request.param  # type: ignore[attr-defined]
    yield page
    context.close()


TEXTS = """() => {
  const kept = "script, style, code, pre, .id, [lang]:not(html), svg, template, .document, textarea";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest(kept)) found.push(walker.currentNode.textContent);
  }
  for (const name of ["title", "aria-label", "placeholder", "alt"])
    for (const one of document.querySelectorAll(`[${name}]:not([lang])`)) found.push(one.getAttribute(name));
  return found;
}"""


def english(page: Page, names: list[str]) -> list[str]:
    """Texts on the page, and in what is read aloud, that have a Latin word left beside the names of things."""
    known = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    said = [known.sub("", text) for text in [page.title(), *page.evaluate(TEXTS)]]
    left = {re.sub(r"\s+", " ", text).strip() for text in said if re.search(r"[A-Za-z]{2,}", SAME.sub("", text))}
    return sorted(left)


def keep(page: Page, name: str) -> None:
    """For whoever wants to look at them: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def look(page: Page, name: str, names: list[str]) -> list[str]:
    """What is wrong with the page: its language, English left over, and sideways scrolling at 390 pixels."""
    language = page.language  # type: ignore[attr-defined]
    wrong = [f"{name}: {text}" for text in english(page, names)]
    if page.locator("html").get_attribute("lang") != language:
        wrong.append(f"{name}: lang")
    keep(page, f"{language}-{name}-1440")
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    if wide[0] > wide[1]:
        wrong.append(f"{name}: {wide[0]} in {wide[1]} pixels")
    cut = (
        "all => all.filter(one => one.offsetParent && one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
    )
    wrong += [f"{name}: cut off: {words}" for words in page.locator("main .btn").evaluate_all(cut)]
    keep(page, f"{language}-{name}-390")
    page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


@pytest.mark.usefixtures("in_application")
def test_no_english_is_left_on_any_page(
    page: Page, things: dict[str, str], live_server: LiveServer, complaints: list[str]
) -> None:
    names = [*AnimatedImageTemplate.objects.values_list("name", flat=True)]
    names += SnapshotTemplate.objects.values_list("name", flat=True)
    page.goto(live_server.url)
    wrong = look(page, "login", names)
    page.locator("[name=username]").fill("owner")
    page.locator("[name=password]").fill("wrong")
    page.locator("form [type=submit].w-100").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    wrong += look(page, "login-wrong", names)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form [type=submit].w-100").click()
    expect(page.locator(".gallery .image-card").first).to_be_visible()
    wrong += look(page, "overview", names)
    for name in PAGES:
        page.goto(live_server.url + things[name])
        wrong += look(page, name, names)
    page.goto(live_server.url + things["template-create"])
    page.locator("[name=fps]").fill("900")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    wrong += look(page, "template-error", names)
    page.goto(live_server.url + "/nothing/here")
    wrong += look(page, "not-found", names)
    complaints[:] = [said for said in complaints if "404" not in said]
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("in_application", "application")
def test_the_switch_in_the_bar_changes_the_language_and_keeps_the_page(
    sign_in: Callable[[User], Page], owner: User, live_server: LiveServer
) -> None:
    page = sign_in(owner)
    page.goto(live_server.url + reverse("console:tasks") + "?outcome=failed")
    here = page.url
    for code, name in [("ko", NAMES["ko"]), ("zh-hans", NAMES["zh-hans"]), ("en", NAMES["en"])]:
        page.locator(".topbar .language-name").click()
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator(f"html[lang={code}]")).to_be_attached()
        assert page.url == here
    owner.refresh_from_db()
    assert owner.language == "en"
