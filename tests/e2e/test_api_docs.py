from collections.abc import Callable

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import User


def test_the_documentation_shows_and_tries_the_api(
    sign_in: Callable[[User], Page], operator: User, application: object, live_server: LiveServer
) -> None:
    page = sign_in(operator)
    page.goto(f"{live_server.url}/api/v1/docs")
    expect(page.get_by_role("heading", name="Zoetrope REST API")).to_be_visible()
    page.get_by_role("button", name="GET /api/v1/me Who am I").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    expect(page.locator(".live-responses-table").get_by_text('"operator"').first).to_be_visible()
