from collections.abc import Callable

from playwright.sync_api import Page, expect

from applications.models import Application, User
from applications.roles import Role


def test_a_member_is_let_in_promoted_and_seen_out(
    sign_in: Callable[[User], Page], owner: User, application: Application
) -> None:
    page = sign_in(owner)
    page.get_by_role("link", name="Members").click()
    page.get_by_label("Name", exact=True).fill("mira")
    page.get_by_role("button", name="Add Member").click()
    expect(page.get_by_role("status").filter(has_text="A new account was made")).to_be_focused()

    page.get_by_label("Role of mira", exact=True).select_option("Owner")
    page.get_by_role("button", name="Change the role of mira").click()
    expect(page.get_by_text("mira is now owner.")).to_be_visible()
    assert application.memberships.get(user__username="mira").role == Role.OWNER

    page.get_by_role("button", name="Remove mira").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("mira has no part in this application any more.")).to_be_visible()
    assert not application.memberships.filter(user__username="mira").exists()
