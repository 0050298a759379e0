"""Every page and every dialog, in the light and in the dark, on a desk and on a telephone: axe finds nothing, nothing
scrolls sideways, every button has a form to send, and the browser complains of nothing."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from django.conf import settings as product
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey, Application, User
from config.error_pages import server_error
from console.help import documents
from media_jobs.models import Media
from procedures.models import Procedure
from tests.e2e.axe import COLOURS, violations

# The longest of all: as a group they are begun early, so that nobody waits for them alone at the end.
pytestmark = pytest.mark.xdist_group("accessibility")
DESK, TELEPHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
THEMES: tuple[tuple[Literal["light", "dark"], list[str] | None], ...] = (("light", None), ("dark", COLOURS))
FORMLESS = "all => all.filter(one => !one.form).map(one => one.textContent)"
# By each dialog's id the selector of what opens it here, a button or a form that asks first; "" where nothing does.
# The studio's panel is another for each of its purposes.
OPENERS = """() => {
  const purpose = document.querySelector("[data-studio]")?.dataset.studio;
  const others = { confirm: "form[data-confirm]", code: "#copy-as", "studio-panel": `[data-studio="${purpose}"]` };
  const all = [...document.querySelectorAll("dialog[id]")].map(({ id }) => {
    const ways = [`[data-dialog="${id}"]:not(:disabled)`, others[id]].filter(Boolean);
    return [id, ways.find((way) => document.querySelector(way)) ?? ""];
  });
  return Object.fromEntries(all);
}"""
KINDS = """() => [...document.querySelectorAll("body *")].map(
  ({ tagName, className, parentElement }) => `${parentElement.tagName} ${tagName} ${className}`
)"""
OPEN = "one => one.matches('form') ? one.requestSubmit() : one.click()"


@pytest.mark.timeout(1200)
def test_no_page_or_dialog_has_a_fault_at_either_width_in_either_theme(
    sign_in: Callable[[User], Page], owner: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page, found, opened = sign_in(owner), list[str](), set[tuple[str, str]]()
    page.emulate_media(reduced_motion="reduce")
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        found += _faults(page, name)
        for dialog in _opened(page, opened):
            found += _faults(page, f"{name}, dialog {dialog}", within="dialog[open]")
    assert "\n".join(found) == ""
    assert {dialog for dialog, _ in opened} == _all_dialogs()


def test_what_visitors_see_has_no_fault_at_either_width_in_either_theme(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server.url}/login")
    found = _faults(page, "login")
    page.locator("[name=username]").fill("nobody")
    page.locator("[name=password]").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += _faults(page, "login refused")
    assert "\n".join(found) == ""


def test_no_error_page_has_a_fault_at_either_width_in_either_theme(
    sign_in: Callable[[User], Page], operator: User, settings: Any, live_server: LiveServer
) -> None:
    page, found = sign_in(operator), []
    page.emulate_media(reduced_motion="reduce")
    answers = _errors(operator, settings)
    # A browser complains of every document that isn't a 200, and can't be made to send another host's name.
    page.route("**/error-page/*", lambda route: route.fulfill(body=answers[int(route.request.url[-3:])]))
    for status in answers:
        page.goto(f"{live_server.url}/error-page/{status}")
        expect(page.locator("link[rel=stylesheet]").first).to_be_attached()
        found += _faults(page, str(status))
    assert "\n".join(found) == ""


def test_the_raw_data_has_no_fault_at_either_width_in_either_theme(
    sign_in: Callable[[User], Page], owner: User, administered: dict[str, str], live_server: LiveServer
) -> None:
    page, found = sign_in(owner), []
    page.emulate_media(reduced_motion="reduce")
    for name, address in administered.items():
        page.goto(live_server.url + address)
        found += _faults(page, f"admin {name}")
    page.goto(live_server.url + administered["tasks"])
    page.locator("[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option("cancel")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    found += _faults(page, "admin tasks, one is cancelled")
    assert "\n".join(found) == ""


def test_the_api_documentation_has_no_fault_at_either_width(
    sign_in: Callable[[User], Page], operator: User, application: Application, live_server: LiveServer
) -> None:
    page = sign_in(operator)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server.url}/api/v1/docs")
    expect(page.get_by_role("heading", name="Zoetrope REST API")).to_be_visible()
    page.get_by_role("button", name="GET /api/v1/me Who am I").click()
    assert "\n".join(_faults(page, "API")) == ""


def test_no_document_has_a_fault(
    sign_in: Callable[[User], Page], owner: User, application: Application, live_server: LiveServer
) -> None:
    """The colours, which take axe longest, of each kind of element where it comes first: all are drawn by one sheet."""
    page, found, known = sign_in(owner), list[str](), set[str]()
    page.set_viewport_size(DESK)
    for name in documents():
        page.goto(f"{live_server.url}/vod/help/{name}")
        kinds = set(page.evaluate(KINDS))
        found += [f"{name}: {one}" for one in violations(page, without=() if kinds - known else COLOURS)]
        known |= kinds
    assert "\n".join(found) == ""


def test_a_look_at_the_raw_data_leaves_the_console_in_the_dark(
    sign_in: Callable[[User], Page], owner: User, administered: dict[str, str], live_server: LiveServer
) -> None:
    """Django's admin keeps a word of its own, "auto", where the console keeps what was chosen."""
    page = sign_in(owner)
    page.emulate_media(color_scheme="dark")
    page.goto(live_server.url + administered["index"])
    page.goto(live_server.url + reverse("console:overview"))
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


@pytest.fixture
def administered(
    owner: User, api_key: ApiKey, upload_clip: Callable[..., Media], procedure: Procedure
) -> dict[str, str]:
    """Django's admin's pages by name, for `owner`, who administers: lists, an empty one among them, and single rows."""
    User.objects.filter(pk=owner.pk).update(is_staff=True, is_superuser=True)
    task = upload_clip(name=f"{'a_name_without_a_space_' * 5}.mp4", procedure=procedure.name).tasks.get()
    return {
        "index": reverse("admin:index"),
        "room": reverse("admin:app_list", args=["media_jobs"]),
        "tasks": reverse("admin:media_jobs_proceduretask_changelist"),
        "media": reverse("admin:media_jobs_media_changelist"),
        "keys, searched": reverse("admin:applications_apikey_changelist") + "?q=nothing",
        "batches": reverse("admin:media_jobs_batch_changelist"),
        "task": reverse("admin:media_jobs_proceduretask_change", args=[task.pk]),
        "one media": reverse("admin:media_jobs_media_change", args=[task.media.pk]),
        "key": reverse("admin:applications_apikey_change", args=[api_key.pk]),
        "user": reverse("admin:applications_user_change", args=[owner.pk]),
        "history": reverse("admin:applications_apikey_history", args=[api_key.pk]),
    }


def _errors(operator: User, settings: Any) -> dict[int, bytes]:
    """By its status each page that tells of an error, as the product answers it."""
    visitor, known, checked = Client(), Client(), Client(enforce_csrf_checks=True)
    known.force_login(operator)
    form = "/app/1500000001/vod/task/cancel"
    given: dict[int, Any] = {
        400: visitor.get("/", headers={"host": "elsewhere.example"}),
        401: visitor.post(form, {"task": "1"}),
        403: known.get("/admin/login/"),
        404: known.get("/nothing/here"),
        405: known.get(form),
        409: known.post("/vod/task/cancel"),
        419: checked.post("/login"),  # 403, too
        429: [visitor.post("/login", {"username": "operator", "password": "wrong"}) for _ in range(11)][-1],
    }
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1
    given |= {413: known.post(form, {"task": "1"})}
    for status, error in ((500, RuntimeError("broken")), (503, OperationalError("away"))):
        try:
            raise error
        except (RuntimeError, OperationalError):
            given[status] = server_error(RequestFactory().get("/"))
    assert {status: one.status_code for status, one in given.items()} == {one: one for one in given} | {419: 403}
    return {status: one.content for status, one in given.items()}


def _faults(page: Page, name: str, *, within: str | None = None) -> list[str]:
    """At both widths, in the light by all rules, and in the dark by those of colours."""
    found = []
    for theme, rules in THEMES:
        page.emulate_media(color_scheme=theme)
        for size in (DESK, TELEPHONE):
            page.set_viewport_size(size)
            where = f"{name}, {theme}, {size['width']} px"
            found += [f"{where}: {one}" for one in violations(page, rules=rules, within=within)]
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
                found.append(f"{where}: {wide} px wide")
    page.set_viewport_size(DESK)
    if without := page.locator("button[type=submit]").evaluate_all(FORMLESS):
        found.append(f"{name}: no form to send: {without}")
    return found


def _opened(page: Page, known: set[tuple[str, str]]) -> Iterator[str]:
    """Every dialog of the page that something on it opens and that isn't known yet, one after the other, with what it
    fetched."""
    if (first := page.locator("[data-select]").first).count():
        first.check()
    for dialog, opener in page.evaluate(OPENERS).items():
        if not opener or (dialog, opener) in known:
            continue
        known.add((dialog, opener))
        page.locator(opener).first.evaluate(OPEN)
        expect(page.locator(f"dialog#{dialog}")).to_have_attribute("open", "")
        expect(page.locator("dialog[open] .htmx-request")).to_have_count(0)
        yield dialog
        page.evaluate("document.querySelector('dialog[open]').close()")


def _all_dialogs() -> set[str]:
    folder = product.BASE_DIR / "console" / "templates"
    return {one for path in folder.rglob("*.html") for one in re.findall(r'<dialog id="([\w-]+)"', path.read_text())}
