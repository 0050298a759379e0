"""Working on media that are there: process, watch, retry, delete; and failures told as failures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application, User
from media_jobs.models import AnimatedImage, Media, ProcedureTask
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate
from tests.e2e.axe import violations
from tests.e2e.test_whole_way import is_playing


@pytest.fixture
def late_flow(application: Application, gif_template: AnimatedImageTemplate) -> Procedure:
    """One image that can be made of a clip of 3 s, one that can't."""
    steps = [StepInput(definition=gif_template.definition, start=start) for start in (1.0, 60.0)]
    return create_procedure(application=application, name="late", steps=steps)


def test_chosen_media_are_processed_and_the_page_follows_by_itself(
    page_of_operator: Page, uploaded: Media, procedure: Procedure, live_server: LiveServer, run_jobs: Callable[[], int]
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/media")
    expect(page.locator("tbody").get_by_text("Processing", exact=True)).to_be_visible()
    look = page.get_by_role("button", name="Quick view: clip")
    look.focus()
    page.keyboard.press("Enter")
    quick = page.get_by_role("dialog", name="Quick view")
    expect(quick.get_by_role("heading", name="clip")).to_be_focused()
    expect(quick.get_by_role("link", name="Manage")).to_be_visible()
    expect(quick.get_by_text("Being looked at")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(look).to_be_focused()
    expect(page.locator("[data-fetched] *")).to_have_count(0)
    look.click()
    quick.get_by_role("button", name="Process").click()
    expect(page.get_by_role("dialog", name="Process media")).to_contain_text("clip")
    page.keyboard.press("Escape")
    expect(look).to_be_focused()
    page.get_by_role("checkbox", name="Choose clip", exact=True).check()
    page.get_by_role("group", name="Chosen media").get_by_role("button", name="Process").click()
    dialog = page.get_by_role("dialog", name="Process media")
    expect(dialog).to_contain_text("clip")
    dialog.get_by_label("Task flow").select_option(procedure.name)
    dialog.get_by_role("button", name="Confirm").click()

    expect(page.get_by_text("Waiting", exact=True).first).to_be_visible()
    expect(page.get_by_text("No worker is running")).to_be_visible()
    run_jobs()
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    images = page.locator(".result img")
    expect(images).to_have_count(2)
    assert all(is_playing(image) for image in images.all())


def test_a_failure_is_called_a_failure_and_says_what_to_do(
    page_of_operator: Page, uploaded: Media, late_flow: Procedure, live_server: LiveServer, run_jobs: Callable[[], int]
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/media/{uploaded.file_id}")
    page.get_by_role("button", name="Make another").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    run_jobs()
    expect(page.get_by_text("Partly failed")).to_be_visible()
    expect(page.get_by_text("The start offset 60 s lies at or past the end of the video")).to_be_visible()
    expect(page.get_by_text("What to do: Change the start or end offset")).to_be_visible()
    expect(page.get_by_text("InvalidInput.InvalidTimeOffset")).to_be_visible()

    expect(page.get_by_role("button", name="Retry", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Retry with changes").click()
    page.get_by_label("Start", exact=True).fill("1")
    expect(page.get_by_text("From 1 s to the end")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("is tried again with these values, as this new task")).to_be_visible()
    run_jobs()
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    assert [task.jobs.count() for task in ProcedureTask.objects.order_by("pk")] == [2, 1]

    page.goto(f"{live_server.url}/vod/task?outcome=partly-failed")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_waiting_task_is_cancelled_after_a_question(
    page_of_operator: Page, upload_clip: Callable[..., Media], procedure: Procedure, live_server: LiveServer
) -> None:
    page = page_of_operator
    task = upload_clip(procedure=procedure.name).tasks.get()
    page.goto(f"{live_server.url}/vod/task/{task.task_id}")
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the task").click()
    expect(page.get_by_text("The task is being cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()


def test_deleting_asks_first_and_keeping_is_the_easy_answer(
    page_of_operator: Page, uploaded: Media, live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/media")
    page.get_by_role("button", name="Delete clip").click()
    dialog = page.get_by_role("dialog", name="Delete media")
    expect(dialog.get_by_role("button", name="Keep them")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    assert Media.objects.present().count() == 1

    page.get_by_role("button", name="Delete clip").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("clip deleted, with the animated images made of it.")).to_be_visible()
    assert not Media.objects.present().exists()


def test_one_image_is_deleted_and_the_other_stays(
    page_of_operator: Page,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    live_server: LiveServer,
) -> None:
    page = page_of_operator
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    page.goto(f"{live_server.url}/vod/media/{media.file_id}")
    page.locator(".result").first.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".result")).to_have_count(1)
    assert AnimatedImage.objects.count() == 1


def test_a_template_in_use_explains_why_it_stays(
    page_of_operator: Page, procedure: Procedure, live_server: LiveServer
) -> None:
    page = page_of_operator
    page.goto(f"{live_server.url}/vod/video-process/template?kind=custom")
    page.get_by_role("button", name="Delete Small GIF").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is used by a task flow")
    expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)


def test_a_key_shows_its_secret_once(sign_in: Callable[[User], Page], owner: User, application: Application) -> None:
    page = sign_in(owner)
    page.get_by_role("link", name="API keys").click()
    page.locator("#key-name").fill("shop")
    page.get_by_role("button", name="Create Key").click()
    secret = application.api_keys.get().secret_key
    expect(page.get_by_role("status").filter(has_text="shown only now")).to_contain_text(secret)
    page.get_by_role("link", name="API keys").click()
    expect(page.get_by_text(secret)).to_have_count(0)
