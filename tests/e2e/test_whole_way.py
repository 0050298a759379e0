"""From nothing to a playing GIF and WebP, as a person does it in a browser."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from templates_app.models import AnimatedImageTemplate

FRAMES = """async (image) => {
  const body = await (await fetch(image.src)).blob();
  const decoder = new ImageDecoder({ data: await body.arrayBuffer(), type: body.type });
  await decoder.tracks.ready;
  return decoder.tracks.selectedTrack.frameCount;
}"""


def is_playing(image: Locator) -> bool:
    """Chromium shows it, and finds more than one frame in it."""
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    return bool(image.evaluate("image => image.naturalWidth > 0")) and int(image.evaluate(FRAMES)) > 1


def test_template_flow_upload_and_both_images_play(
    page_of_operator: Page, live_server: LiveServer, clip: Path, run_jobs: Callable[[], int]
) -> None:
    page = page_of_operator
    _create_template(page, name="Chat GIF", image="GIF", fps="5")
    _create_template(page, name="Web loop", image="WebP", fps="10")
    _create_flow(page, live_server)

    page.goto(f"{live_server.url}/vod/media/upload")
    page.get_by_label("Auto-processing after upload").check()
    page.get_by_label("Task flow").select_option("both")
    page.locator("#files").set_input_files(clip)
    page.get_by_role("button", name="Upload", exact=True).click()
    row = page.get_by_role("list", name="Files").get_by_role("listitem").first
    expect(row).to_contain_text("Uploaded")
    expect(row.get_by_role("progressbar", name="Progress of both")).to_be_visible()
    run_jobs()
    expect(row.get_by_role("heading", name="Chat GIF(30001)")).to_be_visible()

    row.get_by_role("link", name="Manage").click()
    images = page.locator(".result img")
    expect(images).to_have_count(2)
    assert all(is_playing(image) for image in images.all())
    expect(page.locator("video")).to_have_js_property("videoWidth", 320)

    page.goto(live_server.url)
    cards = page.locator(".image-card img")
    expect(cards).to_have_count(2)
    assert all(is_playing(image) for image in cards.all())


def test_a_forms_mistakes_are_shown_beside_the_fields_and_nothing_typed_is_lost(
    page_of_operator: Page, live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/video-process/template/create")
    page.get_by_label("Template name").fill("Odd")
    page.get_by_label("Width", exact=True).fill("100")
    page.get_by_label("Image quality").fill("101")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Width", exact=True)).to_have_accessible_description(
        "The width is 0 (follows the source) or 128 to 4096 pixels."
    )
    expect(page.get_by_label("Image quality")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Template name")).to_have_value("Odd")
    expect(page.get_by_label("Width", exact=True)).to_have_value("100")


def test_the_size_is_previewed_while_one_types(page_of_operator: Page, live_server: LiveServer) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/video-process/template/create")
    page.get_by_label("Width", exact=True).fill("640")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("640×360")
    expect(preview).to_contain_text("360×640")
    page.get_by_text("GIF", exact=True).click()
    page.get_by_role("spinbutton", name=re.compile("^Frame rate")).fill("2")
    expect(preview).to_contain_text("looks like a slideshow")
    page.get_by_role("spinbutton", name=re.compile("^Frame rate")).fill("30")
    expect(preview).to_contain_text("last 3 or 4 of them")


def test_a_template_made_in_another_tab_joins_the_unsent_flow(
    page_of_operator: Page, live_server: LiveServer, gif_template: AnimatedImageTemplate
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/video-process/taskflow/create")
    page.get_by_label("Task flow name").fill("unsent")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Create one").click()
    _fill_template(popup.value, name="Fresh", image="GIF", fps="8")
    popup.value.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.get_by_label("Template").first.select_option("Fresh(30002)")
    expect(page.get_by_label("Task flow name")).to_have_value("unsent")


def _create_template(page: Page, *, name: str, image: str, fps: str) -> None:
    page.get_by_role("link", name="Template Settings").first.click()
    page.get_by_role("link", name="Create Template").click()
    _fill_template(page, name=name, image=image, fps=fps)
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def _fill_template(page: Page, *, name: str, image: str, fps: str) -> None:
    page.get_by_label("Template name").fill(name)
    page.get_by_text(image, exact=True).click()
    page.get_by_role("spinbutton", name=re.compile("^Frame rate")).fill(fps)
    page.get_by_label("Width", exact=True).fill("160")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("status").first).to_contain_text("is created")


def _create_flow(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/vod/video-process/taskflow/create")
    page.get_by_label("Task flow name").fill("both")
    rows = page.get_by_role("group", name="Animated image")
    rows.nth(0).get_by_label("Template").select_option("Chat GIF(30001)")
    rows.nth(0).get_by_label("Start").fill("0:00.5")
    rows.nth(0).get_by_label("End").fill("2s")
    expect(rows.nth(0)).to_contain_text("From 0.5 s to 2 s (1.5 s)")
    for _ in range(2):
        page.get_by_role("button", name="Add Template").click()
    rows.nth(1).get_by_label("Template").select_option("Web loop(30002)")
    rows.nth(1).get_by_label("Start").fill("x")
    expect(rows.nth(1)).to_contain_text("Write a time such as 75, 1:15")
    rows.nth(1).get_by_label("Start").fill("-1")
    expect(rows.nth(1)).to_contain_text("The last 1 s")
    rows.nth(2).get_by_role("button", name="Remove this animated image").click()
    expect(rows).to_have_count(2)
    snapshots = page.get_by_role("group", name="Snapshots")
    expect(snapshots).to_have_count(0)
    page.get_by_label("Snapshot generating").check()
    page.get_by_role("button", name="Add Snapshots").click()
    expect(snapshots).to_have_count(2)
    snapshots.nth(1).get_by_role("button", name="Remove these snapshots").click()
    expect(snapshots).to_have_count(1)
    page.get_by_label("Task flow name").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Task flow both is created")
