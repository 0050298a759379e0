"""Categories, applications and help: created, changed, refused, empty."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, AuditEntry, User
from applications.roles import Role
from applications.services.applications import create_application, set_application_status, set_role
from applications.services.termination import terminate_application
from console.help import ABOUT, documents, page_of, place_about
from console.urls import urlpatterns
from media_jobs.library.classes import create_class
from media_jobs.library.services import modify_media
from media_jobs.models import Media, MediaClass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def owners(client: Client, owner: User, application: Application) -> Client:
    client.force_login(owner)
    return client


def test_categories_are_a_tree_that_is_made_renamed_and_emptied(
    owners: Client, application: Application, upload_clip: Callable[..., Media]
) -> None:
    assert b"No category yet" in owners.get(reverse("console:categories")).content
    owners.post(reverse("console:category-create"), {"name": "News"})
    news = MediaClass.objects.get()
    owners.post(reverse("console:category-create"), {"name": "Local", "parent_id": news.pk})
    local = MediaClass.objects.get(name="Local")
    modify_media(media=upload_clip(), fields={"media_class": local})
    tree = owners.get(reverse("console:categories")).context["tree"]
    assert [(level, one.name, one.number) for level, one, _ in tree] == [(0, "News", 0), (1, "Local", 1)]
    owners.post(reverse("console:category-rename", args=[local.pk]), {"name": "City"})
    assert owners.post(reverse("console:category-delete", args=[news.pk])).status_code == 409
    local.refresh_from_db()
    assert local.name == "City"
    again = owners.post(reverse("console:category-create"), {"name": "News"})
    assert again.context["form"].errors["name"] == ["There is already a class News here."]


@pytest.mark.parametrize(
    ("typed", "said"), [("News", "already a class News"), ("x" * 65, "at most 64"), ("", "required")]
)
def test_a_name_that_a_category_cant_have_stays_in_its_form_with_the_reason_beside_it(
    typed: str, said: str, owners: Client, application: Application
) -> None:
    create_class(application=application, name="News")
    city = create_class(application=application, name="City")
    page = owners.post(reverse("console:category-rename", args=[city.pk]), {"name": typed})
    words = page.content.decode()
    assert page.status_code == 200
    assert words.count(" open>") == 1, "only the row's own form"
    form = words[words.index(f'id="rename-{city.pk}"') : words.index(f'id="rename-{city.pk}-errors"') + 500]
    assert f'value="{typed}"' in form
    assert said in form
    assert f'aria-describedby="rename-{city.pk}-errors"' in form
    city.refresh_from_db()
    assert city.name == "City"


def test_a_category_of_others_is_not_there(owners: Client, other_application: Application) -> None:
    theirs = create_class(application=other_application, name="Theirs")
    assert owners.post(reverse("console:category-delete", args=[theirs.pk])).status_code == 404
    assert b"Theirs" not in owners.get(reverse("console:categories")).content


def test_applications_are_created_renamed_switched_off_and_on(
    owners: Client, owner: User, application: Application
) -> None:
    owners.post(reverse("console:application-create"), {"name": "Second", "description": "Ours"})
    second = Application.objects.get(name="Second")
    owners.post(reverse("console:application-edit", args=[second.app_id]), {"name": "Next", "description": ""})
    off = owners.post(reverse("console:application-switch", args=[second.app_id]), follow=True).content.decode()
    assert "Next" in off
    assert "is switched off" in off
    second.refresh_from_db()
    assert (second.name, second.status) == ("Next", "Off")
    assert "Enable Next" in owners.get(reverse("console:applications")).content.decode()
    owners.post(reverse("console:application-switch", args=[second.app_id]))
    second.refresh_from_db()
    assert second.status == "On"
    refused = owners.post(reverse("console:application-create"), {"name": "x" * 41})
    assert "name" in refused.context["form"].errors
    assert owners.post(reverse("console:application-switch", args=[application.app_id])).status_code == 409
    fixed = owners.post(reverse("console:application-edit", args=[application.app_id]), {"name": "Other"})
    assert "fixed" in str(fixed.context["form"].errors)


def test_an_application_is_terminated_by_its_name_and_taken_back(owners: Client, application: Application) -> None:
    owners.post(reverse("console:application-create"), {"name": "Second"})
    second = Application.objects.get(name="Second")
    terminate = reverse("console:application-terminate", args=[second.app_id])
    still_on = owners.post(terminate, {"typed": "Second"})
    assert "Switch the application off first" in str(still_on.context["form"].errors)
    owners.post(reverse("console:application-switch", args=[second.app_id]))
    wrong = owners.post(terminate, {"typed": "second"})
    assert "Type: Second" in str(wrong.context["form"].errors)
    assert Application.objects.get(pk=second.pk).status == "Off"
    done = owners.post(terminate, {"typed": "Second"}, follow=True).content.decode()
    assert "is terminated" in done
    assert "Take back" in done
    assert "Enable Second" not in done
    owners.post(reverse("console:application-take-back", args=[second.app_id]))
    assert Application.objects.get(pk=second.pk).status == "Off"
    in_both = [AuditEntry.objects.filter(application=one) for one in (application, second)]
    actions = {"application-terminate", "application-take-back"}
    assert [{entry.action for entry in entries} & actions for entries in in_both] == [actions, actions]


def test_only_an_owner_of_an_application_changes_it(
    owners: Client, owner: User, application: Application, stranger: User
) -> None:
    theirs = create_application(name="Theirs", owner=stranger)
    assert owners.post(reverse("console:application-switch", args=[theirs.app_id])).status_code == 404
    set_role(application=theirs, user=owner, role=Role.OPERATOR)
    assert owners.post(reverse("console:application-switch", args=[theirs.app_id])).status_code == 403
    assert b"Disable Theirs" not in owners.get(reverse("console:applications")).content
    set_application_status(application=theirs, status="Off")
    ended = owners.post(reverse("console:application-terminate", args=[theirs.app_id]), {"typed": "Theirs"})
    assert ended.status_code == 403
    assert b"Terminate Theirs" not in owners.get(reverse("console:applications")).content
    terminate_application(application=theirs)
    assert owners.post(reverse("console:application-take-back", args=[theirs.app_id])).status_code == 403


def test_every_page_leads_to_the_place_that_tells_of_it(owners: Client) -> None:
    for pattern in urlpatterns:
        document, _, heading = place_about(pattern.name or "").partition("#")
        assert document in documents(), pattern.name
        assert not heading or f'id="{heading}"' in page_of(document), (pattern.name, heading)
    page = owners.get(reverse("console:tasks")).content.decode()
    assert 'href="/api/v1/docs"' in page.partition('id="menu"')[2].partition("</nav>")[0]
    assert f'href="{reverse("console:help-page", args=["user-guide"])}#task-management"' in page
    assert set(ABOUT) <= {name for name in ABOUT if any((one.name or "").startswith(name) for one in urlpatterns)}


def test_documents_are_pages_whose_links_lead_to_each_other(owners: Client) -> None:
    for name in documents():
        page = owners.get(reverse("console:help-page", args=[name]))
        assert page.status_code == 200
        assert not re.search(r'href="[\w-]+\.md', page.content.decode()), name
        assert not re.search(r"<th[^>]*>\s*</th>", page.content.decode()), name
    assert owners.get(reverse("console:help")).status_code == 200
    assert owners.get(reverse("console:help-page", args=["settings"])).status_code == 404
