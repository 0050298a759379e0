"""The application is in the address: what is open stays about it, whatever another tab shows."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from applications.roles import Role
from applications.services.applications import set_role
from console.address import addresses_of, overview_of
from media_jobs.models import Media
from procedures.models import Procedure

pytestmark = pytest.mark.django_db

TEMPLATE = {"name": "Loop", "format": "webp", "fps": "12", "quality": "80", "width": "320", "height": ""}


@pytest.fixture
def both(client: Client, owner: User, application: Application, other_application: Application) -> Client:
    """A browser of somebody who is in two applications."""
    set_role(application=other_application, user=owner, role=Role.OPERATOR)
    client.force_login(owner)
    return client


def test_a_form_opened_for_one_application_never_writes_into_another_after_a_switch_in_a_second_tab(
    both: Client, application: Application, other_application: Application
) -> None:
    with addresses_of(application.app_id):
        form = reverse("console:template-create")
    assert both.get(form).status_code == 200
    assert both.get(overview_of(other_application.app_id)).context["caller"].application == other_application

    both.post(form, TEMPLATE)
    assert application.templates.count() == 1
    assert not other_application.templates.exists()


def test_every_link_and_form_of_a_page_says_its_application(both: Client, other_application: Application) -> None:
    place = overview_of(other_application.app_id)
    page = both.get(place).content.decode()
    for name in ("media", "upload", "templates", "flows", "tasks", "callback", "health"):
        with addresses_of(other_application.app_id):
            assert f'href="{reverse(f"console:{name}")}"' in page
    assert place + "vod/media/upload" in page
    assert 'href="/vod/' not in page and 'action="/vod/' not in page
    assert 'href="/password"' in page
    assert f'"{place}api/' not in page and f'"{place}static/' not in page and f'"{place}media/' not in page


def test_an_old_address_leads_to_the_application_last_looked_at(
    both: Client, application: Application, other_application: Application
) -> None:
    assert both.get("/vod/task?outcome=failed")["Location"] == f"/app/{application.app_id}/vod/task?outcome=failed"
    both.get(overview_of(other_application.app_id))
    assert both.get("/vod/task")["Location"] == f"/app/{other_application.app_id}/vod/task"
    caller = both.get("/", follow=True).context["caller"]
    assert (caller.application, caller.role) == (other_application, Role.OPERATOR)


def test_a_form_that_doesnt_say_its_application_changes_nothing(both: Client, application: Application) -> None:
    answer = both.post("/vod/video-process/template/create", TEMPLATE)
    assert answer.status_code == 409
    assert b"which application" in answer.content
    assert not application.templates.exists()


def test_what_is_in_another_of_your_applications_is_said_to_be_there(
    both: Client, uploaded: Media, procedure: Procedure, application: Application, other_application: Application
) -> None:
    for name, args in (("media-detail", [uploaded.file_id]), ("flow", [procedure.pk])):
        with addresses_of(other_application.app_id):
            wrong = reverse(f"console:{name}", args=args)
        with addresses_of(application.app_id):
            right = reverse(f"console:{name}", args=args)
        answer = both.get(wrong)
        assert answer.status_code == 404
        assert b"in another of your applications" in answer.content
        assert f'href="{right}"'.encode() in answer.content


@pytest.mark.parametrize("app_id", [1500000001, 1500000009, 999999999999999])
def test_an_application_of_others_is_as_one_that_isnt_there(
    app_id: int, client: Client, stranger: User, other_application: Application, upload_clip: Callable[..., Media]
) -> None:
    media = upload_clip()
    client.force_login(stranger)
    for page in ("", "vod/media", f"vod/media/{media.file_id}"):
        answer = client.get(f"/app/{app_id}/{page}")
        assert answer.status_code == 404
        assert b"in another of your applications" not in answer.content


def test_the_api_has_no_second_address_behind_an_application(both: Client, application: Application) -> None:
    assert both.get(f"/app/{application.app_id}/api/v1/me").status_code == 404
    assert both.get(f"/app/{application.app_id}/livez").status_code == 404
