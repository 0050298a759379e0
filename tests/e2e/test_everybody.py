"""Every page for everybody: with a screen reader, in the dark, without motion, and without the right to write."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey, User
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.models import Media
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from templates_app.services import modify_template

PLAIN = (
    "overview",
    "media",
    "uploading",
    "upload",
    "pull",
    "categories",
    "usage",
    "batches",
    "applications",
    "help",
    "templates",
    "template-create",
    "flows",
    "flow-create",
    "tasks",
    "access",
    "members",
    "health",
    "password",
    "account",
    "callback",
    "callback-check",
    "callback-edit",
    "audit",
    "quota",
    "snapshottemplates",
    "upload-signature",
)
# What nobody who may only look is shown, or shown a form on.
WRITING = (
    "upload",
    "pull",
    "flow-regenerate",
    "template-create",
    "template-edit",
    "flow-create",
    "flow-edit",
    "access",
    "members",
    "callback-edit",
    "application-edit",
    "application-terminate",
    "snapshottemplate-create",
    "snapshottemplate-edit",
    "studio",
    "upload-signature",
    "audit",
    "callback-check",
)


@pytest.fixture
def addresses(
    upload_clip: Callable[..., Media], procedure: Procedure, api_key: ApiKey, run_jobs: Callable[[], int]
) -> dict[str, str]:
    """Every page by name, with something on it: finished images, one with its score, a failed task, one that waits."""
    template = procedure.steps.all()[0].template
    definition = modify_template(template=template, fields={"score": True}).definition
    late = create_procedure(
        application=procedure.application, name="late", steps=[StepInput(definition=definition, start=60)]
    )
    media, failed = upload_clip(procedure=procedure.name), upload_clip(name="short.mp4", procedure=late.name)
    run_jobs()
    waiting = upload_clip(name="waits.mp4", procedure=procedure.name)
    alone = Selection(file_ids=(upload_clip(name="alone.mp4").file_id,))
    batch = create_batch(application=procedure.application, selection=alone, plan=plan_of(procedure))
    pages = {name: reverse(f"console:{name}") for name in PLAIN if name != "members"}
    detail = reverse("console:media-detail", args=[media.file_id])
    return pages | {
        "gallery": reverse("console:media") + "?view=gallery",
        "table": reverse("console:media") + "?view=table",
        "batch": reverse("console:batch", args=[batch.pk]),
        "flow-regenerate": reverse("console:flow-regenerate", args=[procedure.pk]),
        "help-page": reverse("console:help-page", args=["console"]),
        **{f"media {tab}": f"{detail}?tab={tab}" for tab in ("info", "publish", "tasks")},
        "media-detail": detail,
        "task": reverse("console:task", args=[media.tasks.get().task_id]),
        "task failed": reverse("console:task", args=[failed.tasks.get().task_id]),
        "task waiting": reverse("console:task", args=[waiting.tasks.get().task_id]),
        "template": reverse("console:template", args=[definition]),
        "template-edit": reverse("console:template-edit", args=[definition]),
        "flow": reverse("console:flow", args=[procedure.pk]),
        "flow-edit": reverse("console:flow-edit", args=[procedure.pk]),
        "snapshottemplate-create": reverse("console:snapshottemplate-create", args=["sprite"]),
        "snapshottemplate-edit": reverse("console:snapshottemplate-edit", args=["sprite-10"]),
        "application-edit": reverse("console:application-edit", args=[procedure.application.app_id]),
        "application-terminate": reverse("console:application-terminate", args=[procedure.application.app_id]),
        "studio": reverse("console:studio") + f"?media={media.file_id}",
    }


def test_no_page_has_a_serious_accessibility_violation_in_the_light_or_in_the_dark(
    sign_in: Callable[[User], Page], owner: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(owner)
    found = []
    for name, address in addresses.items():
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(live_server.url + address)
        found += [f"{name}: {violation}" for violation in _serious(page)]
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        found += [f"{name}, dark: {violation}" for violation in _serious(page, rules=["color-contrast"])]
    assert "\n".join(found) == ""


def test_signing_in_has_no_serious_accessibility_violation(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    page.goto(f"{live_server.url}/login")
    assert _serious(page) == []


def test_a_viewer_sees_everything_and_no_control_that_writes(
    sign_in: Callable[[User], Page], viewer: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(viewer)
    own = {reverse(f"console:{name}") for name in ("logout", "password", "account", "language")}
    for name, address in addresses.items():
        if name not in WRITING:
            page.goto(live_server.url + address)
            actions = page.locator("form[method=post]").evaluate_all("forms => forms.map(form => form.action)")
            assert {action.removeprefix(live_server.url) for action in actions} <= own, name
            for word in ("Upload", "Delete", "Process", "Create", "Edit", "Clone", "Retry", "Make another"):
                expect(page.get_by_role("main").get_by_role("button", name=word)).to_have_count(0)
                expect(page.get_by_role("main").get_by_role("link", name=word, exact=True)).to_have_count(0)


def test_nothing_moves_before_a_click_where_motion_is_unwanted(
    sign_in: Callable[[User], Page], viewer: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(viewer)
    page.emulate_media(reduced_motion="reduce")
    page.goto(live_server.url + addresses["overview"])
    image = page.locator(".image-card img").first
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.currentSrc").endswith(".jpg")
    page.get_by_role("button", name="Play the animated image").first.click()
    expect(image).to_have_js_property("currentSrc", live_server.url + str(image.get_attribute("src")))


def test_a_hidden_tab_asks_nothing(
    sign_in: Callable[[User], Page], viewer: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(viewer)
    page.goto(live_server.url + addresses["task waiting"])
    with page.expect_request("**/vod/task/*"):
        pass
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/vod/task/" in request.url else None)
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_phone_shows_every_page_without_scrolling_sideways(
    sign_in: Callable[[User], Page], owner: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(owner)
    page.set_viewport_size({"width": 390, "height": 844})
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name


def test_every_button_that_sends_something_has_a_form_to_send(
    sign_in: Callable[[User], Page], owner: User, addresses: dict[str, str], live_server: LiveServer
) -> None:
    page = sign_in(owner)
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        buttons = page.locator("button[type=submit]")
        assert buttons.evaluate_all("all => all.filter(one => !one.form).map(one => one.textContent)") == [], name


def _serious(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """All of axe's rules, or only those given."""
    only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    options = {"resultTypes": ["violations"], **only}
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
