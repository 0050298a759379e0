"""The studio in a dialog, beside the form that takes what is chosen there."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application, User
from media_jobs.jobs.services import submit_task
from media_jobs.models import AnimatedImage, Media
from procedures.plan import plan, step
from templates_app.models import AnimatedImageTemplate
from tests.e2e.axe import violations
from tests.e2e.test_studio import _keep

pytestmark = pytest.mark.usefixtures("in_application")


@pytest.fixture
def analysed(upload_clip: Callable[..., Media], run_jobs: Callable[[], int]) -> Media:
    """A clip of three seconds, with 25 pictures each."""
    media = upload_clip()
    run_jobs()
    return Media.objects.get(pk=media.pk)


def _panel(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Studio")


def _start(panel: Locator) -> Locator:
    return panel.get_by_role("slider", name="Start of the loop")


def test_a_task_flows_row_gets_its_seconds_and_a_picture_of_its_own_from_the_studio(
    page_of_operator: Page, analysed: Media, application: Application, live_server: LiveServer, complaints: list[str]
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/video-process/taskflow/create")
    page.get_by_label("Task flow name").fill("ends")
    page.get_by_label("Template", exact=True).first.select_option("20000")
    page.get_by_label("End", exact=True).first.fill("2")
    page.get_by_role("button", name="Choose it in the studio").first.click()
    panel = _panel(page)
    panel.get_by_role("button", name="clip").click()
    expect(panel.get_by_role("slider", name="End of the loop")).to_have_attribute("aria-valuenow", "2.000")
    _start(panel).press("Shift+ArrowRight")
    expect(panel.locator("#preview-state")).to_have_text("As it will be")
    expect(panel.get_by_text("Seam", exact=True)).to_be_visible()
    assert violations(page) == []
    _keep(page, "panel-step")
    panel.get_by_role("button", name="Use these").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_label("Start", exact=True).first).to_have_value("1")
    expect(page.get_by_text("From 1 s to 2 s")).to_be_visible()

    page.get_by_role("button", name="Choose it in the studio").first.click()
    panel.get_by_role("button", name="clip").click()
    expect(_start(panel)).to_have_attribute("aria-valuenow", "1.000")
    panel.get_by_role("spinbutton", name=re.compile("^Frame rate")).fill("7")
    panel.get_by_role("spinbutton", name=re.compile("^Frame rate")).press("Enter")
    panel.get_by_role("button", name="Use these").click()
    expect(panel.locator("#studio-said")).to_have_text("Give the template a name.")
    complaints.clear()  # that was a 400
    panel.get_by_label("Name of the new template").fill("Seven a second")
    panel.get_by_role("button", name="Use these").click()
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/taskflow")
    made = application.procedures.get(name="ends").steps.get()
    assert (made.template.name, made.template.fps, made.start_offset, made.end_offset) == ("Seven a second", 7, 1, 2)


def test_a_failed_image_is_mended_in_the_retry_with_other_seconds_and_another_picture(
    page_of_operator: Page,
    analysed: Media,
    gif_template: AnimatedImageTemplate,
    live_server: LiveServer,
    run_jobs: Callable[[], int],
    complaints: list[str],
) -> None:
    page = page_of_operator
    task = submit_task(media=analysed, plan=plan([step(gif_template, start=60.0)]))
    run_jobs()
    page.goto(f"{live_server.url}/vod/task/{task.task_id}")
    page.get_by_role("link", name="Retry with changes").click()
    page.wait_for_load_state()  # scripts open the studio
    page.get_by_role("button", name="Choose it in the studio").click()
    panel = _panel(page)
    _start(panel).press("Home")
    width = panel.get_by_label("Width", exact=True)
    width.fill("200")
    width.press("Enter")
    expect(panel.locator("#preview-facts")).to_contain_text("200×")
    complaints.clear()  # a segment that isn't there was a 400
    panel.get_by_role("button", name="Use these").click()
    expect(page.get_by_text("Instead of the template: width 200")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/vod/task/*")
    run_jobs()
    image = AnimatedImage.objects.get()
    assert (image.width, image.start, image.definition) == (200, 0.0, gif_template.definition)


def test_a_template_is_tried_out_in_its_form_and_process_leads_to_the_studio(
    page_of_operator: Page, analysed: Media, application: Application, live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/video-process/template/create")
    page.get_by_label("Template name").fill("Tried")
    page.get_by_role("spinbutton", name="Frame rate").fill("9")
    page.get_by_role("button", name="Try it out in the studio").click()
    panel = _panel(page)
    panel.get_by_role("button", name="clip").click()
    expect(panel.get_by_role("spinbutton", name=re.compile("^Frame rate"))).to_have_value("9")
    expect(_start(panel)).to_be_visible()  # the studio's script has begun
    panel.get_by_text("GIF", exact=True).click()
    panel.get_by_text("All options").click()
    panel.get_by_label("Backwards").check()
    panel.get_by_role("button", name="Use these").click()
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/template")
    made = application.templates.get(name="Tried")
    assert (made.fps, made.format, made.reverse) == (9, "gif", True)

    page.goto(f"{live_server.url}/vod/media")
    page.get_by_role("button", name="Process clip").click()
    page.get_by_role("button", name="Choose what is shown in the studio").click()
    expect(_start(panel)).to_be_visible()
    expect(panel.locator("#preview-state")).to_have_text("As it will be")
    panel.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/vod/task/*")
    assert analysed.jobs.filter(kind="animate").count() == 1


def test_the_panel_fits_a_telephone_and_its_handles_follow_a_finger(
    page_of_operator: Page, analysed: Media, live_server: LiveServer, operator: User
) -> None:
    context = page_of_operator.context
    browser = context.browser
    assert browser
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": live_server.url} for one in context.cookies()]
    )
    page = phone.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/vod/media")
    page.get_by_role("button", name="Process clip").tap()
    page.get_by_role("button", name="Choose what is shown in the studio").tap()
    panel = _panel(page)
    start = _start(panel)
    expect(start).to_be_visible()
    start.scroll_into_view_if_needed()
    grip, strip = start.bounding_box(), panel.locator("#strip").bounding_box()
    assert grip and strip
    at = (grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    finger = phone.new_cdp_session(page)
    for kind, moved in (("touchStart", 0.0), ("touchMove", 0.2), ("touchMove", 1 / 3), ("touchEnd", None)):
        points = [] if moved is None else [{"x": at[0] + moved * strip["width"], "y": at[1]}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    begins = float(start.get_attribute("aria-valuenow") or 0)
    assert begins == pytest.approx(1.0, abs=0.1)
    box = strip
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    head = float(panel.get_by_role("slider", name="Play head").get_attribute("aria-valuenow") or 0)
    assert head >= begins, "a tap puts the play head there"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert panel.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    _keep(page, "panel-phone")
    phone.close()
    assert said == []
