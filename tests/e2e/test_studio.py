"""The studio in a browser: a piece of a video is chosen by mouse, keyboard and typing."""

import hashlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from animator.make.sample import render_sample
from applications.models import Application
from media_jobs.jobs.services import submit_task
from media_jobs.models import AnimatedImage, Media, StudioFile
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.plan import plan, step
from templates_app.models import AnimatedImageTemplate
from tests.e2e.axe import violations

pytestmark = pytest.mark.usefixtures("in_application")


@pytest.fixture
def analysed(upload_clip: Callable[..., Media], run_jobs: Callable[[], int]) -> Media:
    media = upload_clip()
    run_jobs()
    return Media.objects.get(pk=media.pk)


@pytest.fixture
def studio(page_of_operator: Page, analysed: Media, live_server: LiveServer) -> Page:
    """Open on a clip of three seconds, with 25 pictures each."""
    return _opened(page_of_operator, live_server, analysed)


def _opened(page: Page, live_server: LiveServer, media: Media, **asked: str) -> Page:
    more = "".join(f"&{name}={value}" for name, value in asked.items())
    page.goto(f"{live_server.url}{reverse('console:studio')}?media={media.file_id}{more}")
    expect(_handle(page, "Start of the loop")).to_be_visible()
    return page


def _uploaded(application: Application, clip: Path, run_jobs: Callable[[], int]) -> Media:
    data = clip.read_bytes()
    begun = uploads.begin(application=application, wanted=uploads.Wanted(name=clip.name, length=len(data)), door="test")
    uploads.append(upload_id=begun.id, offset=0, source=io.BytesIO(data))
    media = uploads.commit(upload_id=begun.id)
    run_jobs()
    return media


def _handle(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name)


def _seconds(handle: Locator) -> float:
    return float(handle.get_attribute("aria-valuenow") or "nan")


def test_the_handles_follow_mouse_keyboard_and_typing_and_the_address_keeps_them(
    studio: Page, live_server: LiveServer
) -> None:
    page = studio
    start, end = _handle(page, "Start of the loop"), _handle(page, "End of the loop")
    strip = page.locator("#strip").bounding_box()
    grip = start.bounding_box()
    assert strip and grip
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + 20)
    page.mouse.down()
    page.mouse.move(grip["x"] + grip["width"] / 2 + strip["width"] / 3, grip["y"] + 20, steps=5)
    page.mouse.up()
    assert _seconds(start) == pytest.approx(1.0, abs=0.05)
    before = _seconds(start)
    start.press("ArrowRight")
    assert _seconds(start) == pytest.approx(before + 0.04, abs=0.001), "an arrow is a frame"
    end.press("Shift+ArrowLeft")
    assert _seconds(end) == pytest.approx(2.0, abs=0.001), "with Shift it is a second"

    page.get_by_label("Start", exact=True).fill("0:00.5")
    page.get_by_label("Start", exact=True).press("Enter")
    assert _seconds(start) == 0.5
    _handle(page, "Play head").press("End")
    _handle(page, "Play head").press("o")
    assert _seconds(end) == 3.0
    expect(page.get_by_text("2.50 s of 3.00 s")).to_be_visible()

    expect(page).to_have_url(re.compile(r"start=0\.5&end=3"))
    page.get_by_role("button", name="Undo").click()
    assert _seconds(end) == 2.0
    link = page.url
    page.goto(live_server.url)
    page.goto(link)
    expect(end).to_have_attribute("aria-valuenow", "2.000")
    expect(start).to_have_attribute("aria-valuenow", "0.500")
    assert StudioFile.objects.filter(kind="filmstrip").count() == 1, "the filmstrip is made once"


def test_a_run_gives_the_very_bytes_of_the_preview_and_a_refusal_is_shown_at_its_field(
    studio: Page, complaints: list[str], run_jobs: Callable[[], int]
) -> None:
    page, state = studio, studio.locator("#preview-state")
    expect(state).to_have_text("As it will be")
    width = page.get_by_label("Width", exact=True)
    width.fill("50")
    width.press("Enter")
    expect(page.get_by_text("The width is 0 (follows the source) or")).to_be_visible()
    expect(width).to_have_attribute("aria-invalid", "true")
    previews: list[bytes] = []

    def keep(route: Route) -> None:
        answer = route.fetch()
        previews.append(answer.body())
        route.fulfill(response=answer)

    page.route("**/vod/studio/preview", keep)
    width.fill("160")
    width.press("Enter")
    expect(state).to_have_text("As it will be")
    expect(page.locator("#preview-facts")).to_contain_text("160×90")
    expect(width).not_to_have_attribute("aria-invalid", "true")
    page.unroute("**/vod/studio/preview")

    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/vod/task/*")
    run_jobs()
    image = AnimatedImage.objects.get()
    assert (image.md5, image.made_before, image.width) == (hashlib.md5(previews[-1]).hexdigest(), True, 160)
    complaints.clear()  # a refusal is a 400


def test_a_crop_is_drawn_on_the_picture_and_a_failed_task_is_mended_in_three_clicks(
    page_of_operator: Page,
    complaints: list[str],
    upload_clip: Callable[..., Media],
    gif_template: AnimatedImageTemplate,
    live_server: LiveServer,
    run_jobs: Callable[[], int],
) -> None:
    page = page_of_operator
    media = upload_clip()
    run_jobs()
    task = submit_task(media=media, plan=plan([step(gif_template, start=60.0)]))
    run_jobs()
    page.goto(live_server.url + reverse("console:task", args=[task.task_id]))
    page.get_by_role("link", name="Mend it in the studio").click()
    expect(_handle(page, "Start of the loop")).to_be_visible()

    page.get_by_role("button", name="Draw the crop").click()
    stage = page.locator("#source").bounding_box()
    assert stage
    scale = min(stage["width"] / 320, stage["height"] / 180)
    left, top = stage["x"] + (stage["width"] - 320 * scale) / 2, stage["y"] + (stage["height"] - 180 * scale) / 2
    page.mouse.move(left + 80 * scale + 1, top + 40 * scale + 1)
    page.mouse.down()
    page.mouse.move(left + 240 * scale + 1, top + 140 * scale + 1, steps=4)
    page.mouse.up()
    page.get_by_text("All options").click()
    expect(page.get_by_role("textbox", name="Crop")).to_have_value("80,40,160,100")

    _handle(page, "Start of the loop").press("PageDown")
    expect(page.locator("#preview-state")).to_have_text("As it will be")
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/vod/task/*")
    run_jobs()
    image = AnimatedImage.objects.get()
    assert (image.container, image.width, image.height, image.start) == ("gif", 160, 100, 0.0)
    complaints.clear()  # a segment that isn't there was a 400


def test_a_change_is_compared_with_what_was_before_and_with_the_source(studio: Page, application: Application) -> None:
    page = studio
    page.get_by_role("button", name="Compare with a change").click()
    page.get_by_label("Image quality").fill("20")
    page.get_by_label("Image quality").press("Enter")
    table = page.locator("#compare-table")
    likeness = table.get_by_role("row", name="Likeness").get_by_role("cell")
    expect(likeness.nth(1)).to_have_text(re.compile(r"0\.\d+"))
    expect(likeness.nth(0)).to_have_text(re.compile(r"0\.\d+"))
    before, after = (float(likeness.nth(number).inner_text()) for number in (0, 1))
    assert after < before < 1
    worst = table.get_by_role("row", name="Worst moment").get_by_role("cell")
    for number in (0, 1):
        expect(worst.nth(number)).to_have_text(re.compile(r"0\.\d{4} at \d\.\d\d s"))
    expect(table.get_by_role("row", name="Bytes").get_by_role("cell").nth(1)).to_have_text(re.compile(r"\(\d[\d,]+\)"))
    bytes_shown = "canvas => canvas.toDataURL('image/png').length"
    assert all(page.locator(f"#compare-{one}").evaluate(bytes_shown) > 10_000 for one in "ab"), "something is drawn"
    page.get_by_label("Divider").press("ArrowLeft")
    page.get_by_label("Zoom", exact=True).select_option("4")
    page.get_by_role("button", name="Side by side").click()
    expect(page.get_by_label("Divider")).to_be_disabled()
    a, b = (page.locator(f"#layer-{one}").bounding_box() for one in "ab")
    assert a and b and a["x"] + a["width"] <= b["x"] + 1, "beside each other"
    page.get_by_role("button", name="Side by side").click()
    page.get_by_role("button", name="Keep B as template").click()
    page.get_by_role("dialog").get_by_label("Template name").first.fill("B")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#studio-said")).to_contain_text("Template B")
    assert application.templates.get(name="B").quality == 20
    assert violations(page) == []
    _keep(page, "studio-compare")
    page.get_by_role("button", name="Back to A").click()
    expect(page.get_by_label("Image quality")).to_have_value("75")

    page.get_by_role("button", name="Compare with the source").click()
    expect(likeness.nth(1)).to_have_text(re.compile(r"0\.\d+"))
    assert page.locator("#compare-a").evaluate(bytes_shown) > 10_000
    page.get_by_role("button", name="Stop comparing").click()
    expect(page.locator("#preview-picture")).to_be_visible()


def test_the_picture_becomes_a_template_a_part_of_a_flow_and_code(
    studio: Page, complaints: list[str], procedure: Procedure, application: Application
) -> None:
    page = studio
    page.reload()
    page.get_by_role("spinbutton", name=re.compile("^Frame rate")).fill("7")
    page.get_by_role("button", name="Save as template").click()
    page.get_by_label("Template name").first.fill("Seven")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#studio-said")).to_contain_text("Template Seven")
    assert application.templates.get(name="Seven").fps == 7

    page.get_by_role("button", name="Add to task flow").click()
    dialog = page.get_by_role("dialog", name="Add to task flow")
    wrong = violations(page)
    dialog.get_by_label("Task flow", exact=True).select_option(procedure.name)
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_have_text("Give the template a name.")
    complaints.clear()  # that was a 400
    dialog.get_by_label("Template name").fill("Seven of the flow")
    dialog.get_by_role("button", name="Add").click()
    expect(page.locator("#studio-said")).to_contain_text("It is part of the task flow loops.")
    assert [step.template.name for step in procedure.steps.order_by("position")][-1] == "Seven of the flow"

    page.get_by_role("button", name="Copy as").click()
    for language, said in (("REST", '"fps": 7'), ("Python", '"Fps": 7'), ("Node", '"Fps": 7'), ("CLI", "--fps=7")):
        page.get_by_role("dialog", name="Copy as").get_by_role("button", name=language).click()
        expect(page.locator("#code-text")).to_contain_text(said)
    assert wrong + violations(page) == []


def test_a_good_moment_is_offered_as_a_loop_and_chosen(
    page_of_operator: Page,
    application: Application,
    live_server: LiveServer,
    tmp_path: Path,
    run_jobs: Callable[[], int],
) -> None:
    media = _uploaded(application, render_sample(tmp_path / "sample.mp4", seconds=6, width=160, height=90), run_jobs)
    page = _opened(page_of_operator, live_server, media, end="2")
    page.get_by_role("button", name="Find good moments").click()
    offered = page.get_by_role("list", name="Good moments").get_by_role("button")
    expect(offered.first).to_be_focused()
    expect(offered.first.locator("img")).to_have_js_property("complete", True)
    offered.last.click()
    start, end = (_seconds(_handle(page, f"{which} of the loop")) for which in ("Start", "End"))
    assert end - start == pytest.approx(2.0, abs=0.05)
    expect(page.locator("#preview-state")).to_have_text("As it will be")


def test_the_studio_has_no_serious_accessibility_violation_at_any_width_or_theme(studio: Page) -> None:
    page, wrong = studio, []
    page.emulate_media(reduced_motion="reduce")
    for scheme in ("light", "dark"):
        page.evaluate("scheme => localStorage.setItem('theme', scheme)", scheme)
        page.reload()
        expect(_handle(page, "Start of the loop")).to_be_visible()
        page.get_by_text("All options").click()
        for width in (1440, 1024, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)
            wrong += [f"{scheme} {width}: {one}" for one in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{scheme} {width}: scrolls sideways")
            _keep(page, f"studio-{scheme}-{width}")
    assert wrong == []


def _keep(page: Page, name: str) -> None:
    """For whoever wants to look at them: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_the_bytes_of_files_beside_the_picture_are_told_and_a_run_takes_all_over(
    page_of_operator: Page, analysed: Media, live_server: LiveServer, run_jobs: Callable[[], int]
) -> None:
    page = _opened(page_of_operator, live_server, analysed, width="160", siblings="mp4,poster-webp", end="0.6")
    facts = page.locator("#preview-facts")
    expect(page.locator("#preview-state")).to_have_text("As it will be")
    expect(facts).to_contain_text(re.compile(r"mp4 [\d.]+ (KB|bytes), poster-webp [\d.]+ (KB|bytes)"), timeout=60_000)
    expect(facts).to_contain_text("Seam")
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/vod/task/*")
    run_jobs()
    image = AnimatedImage.objects.get()
    assert image.made_before
    assert [one.kind for one in image.siblings.all()] == ["mp4", "poster-webp"]
