"""Terminating an application in the browser: two steps, its name, and a way back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from applications.models import Application, User
from applications.services.applications import create_application
from tests.e2e.test_callback import serious


def test_an_application_is_terminated_by_typing_its_name_and_taken_back(
    sign_in: Callable[[User], Page], owner: User, application: Application
) -> None:
    shop = create_application(name="Shop", owner=owner)
    page = sign_in(owner)
    page.get_by_role("link", name="Applications").click()
    expect(page.get_by_role("button", name="Terminate Shop")).to_have_count(0)  # one that is on
    page.get_by_role("button", name="Disable Shop").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()

    page.get_by_role("button", name="Terminate Shop").click()
    dialog = page.get_by_role("dialog", name="Terminate Shop?")
    expect(dialog).to_contain_text("For 7 days you can take it back")
    sends = dialog.get_by_role("button", name="Terminate")
    expect(sends).to_be_disabled()
    assert serious(page) == []
    typed = dialog.get_by_label("Type its name to confirm")
    typed.fill("shop")
    expect(sends).to_be_disabled()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert Application.objects.get(pk=shop.pk).status == "Off"

    page.get_by_role("button", name="Terminate Shop").click()
    typed.fill("Shop")
    typed.press("Enter")
    row = page.get_by_role("row").filter(has_text="Shop")
    expect(row).to_contain_text("Terminating")
    expect(row).to_contain_text("Goes for good:")
    expect(row.get_by_role("button")).to_have_count(1)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert serious(page) == []
    row.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("is kept. It is switched off, as before.")).to_be_visible()
    assert Application.objects.get(pk=shop.pk).status == "Off"


def test_covers_of_a_task_flow_are_added_and_removed(
    sign_in: Callable[[User], Page], owner: User, application: Application
) -> None:
    page = sign_in(owner)
    page.get_by_role("link", name="Task Flow Settings").click()
    page.get_by_role("link", name="Create Task Flow").first.click()
    covers = page.get_by_role("heading", name="Cover task configuration")
    expect(covers).to_be_hidden()
    page.get_by_label("Animated image generating").uncheck()
    page.get_by_label("Cover generating").check()
    expect(covers).to_be_visible()
    assert serious(page) == []
    moments = page.get_by_label("Moment of the cover")
    expect(moments).to_have_value("50%")
    page.get_by_role("button", name="Add Cover").click()
    expect(moments.nth(1)).to_be_focused()
    moments.nth(1).fill("1:15")
    page.get_by_role("button", name="Remove this cover").first.click()
    expect(moments).to_have_count(1)
    page.get_by_label("Task flow name").fill("stills")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Task flow stills is created.")).to_be_visible()
    flow = application.procedures.get(name="stills")
    assert [(one.position_type, one.position_value) for one in flow.covers.all()] == [("Time", 75)]
