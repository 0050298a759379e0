from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from tests.conftest import PASSWORD


def test_a_visitor_signs_in_and_out(
    page: Page, live_server: LiveServer, application: Application, complaints: list[str]
) -> None:
    page.goto(f"{live_server.url}/vod/task")
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("user name or the password is wrong")
    expect(page.get_by_label("Username")).to_have_value("owner")

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Task Management")).to_be_visible()

    page.get_by_role("button", name="owner").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_empty_application_says_what_to_do_first(page_of_operator: Page) -> None:
    page_of_operator.get_by_role("link", name="Create a template").click()
    expect(page_of_operator.get_by_role("heading", name="Create Template")).to_be_visible()


def test_the_keyboard_reaches_the_content_at_once(page_of_operator: Page) -> None:
    page_of_operator.keyboard.press("Tab")
    page_of_operator.keyboard.press("Enter")
    expect(page_of_operator.locator("main")).to_be_focused()
