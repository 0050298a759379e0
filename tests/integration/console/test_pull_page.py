"""Pulling files from addresses: typed or from a list, checked before, begun, and what failed."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from console.forms.pull_form import rows_in
from media_jobs.models import MediaClass, PullTask
from media_jobs.pulls.services import pull_upload
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def _rows(*rows: tuple[str, str], procedure: str = "", do: str = "pull", class_id: str = "") -> dict[str, object]:
    return {
        "do": do,
        "procedure": procedure,
        "url": [url for url, _ in rows],
        "name": [name for _, name in rows],
        "cover_url": [""] * len(rows),
        "class_id": [class_id] * len(rows),
    }


def test_addresses_are_pulled_each_with_its_name_and_category(
    operators: Client, application: Application, procedure: Procedure
) -> None:
    news = MediaClass.objects.create(application=application, name="News")
    two = (("https://files.example/a.mp4", "Morning"), ("https://files.example/b.mov", ""), ("", ""))
    page = operators.post(
        reverse("console:pull"), _rows(*two, procedure=procedure.name, class_id=str(news.pk)), follow=True
    )
    assert page.redirect_chain[-1][0] == reverse("console:uploading")
    second, first = PullTask.objects.all()
    assert (first.upload.name, first.upload.media_type, second.upload.name) == ("Morning", "mp4", "b")
    assert (first.upload.media_class, first.upload.procedure) == (news, procedure.name)
    assert page.content.count(b"state-secondary") >= 2, "both wait"


def test_what_cant_be_pulled_is_said_beside_its_row_and_nothing_begins(operators: Client) -> None:
    wrong = (
        ("ftp://files.example/a.mp4", ""),
        ("https://files.example/a.txt", ""),
        ("https://files.example/b.mp4", ""),
    )
    page = operators.post(reverse("console:pull"), _rows(*wrong))
    assert [sorted(row.errors) for row in page.context["form"].rows] == [["url"], ["name"], []]
    assert not PullTask.objects.exists()


def test_check_tells_that_all_is_well_and_begins_nothing(operators: Client) -> None:
    page = operators.post(reverse("console:pull"), _rows(("https://files.example/a.mp4", ""), do="check"))
    assert b"1 address can be pulled" in page.content
    assert not PullTask.objects.exists()


def test_a_list_becomes_rows_beside_those_that_were_typed(operators: Client) -> None:
    listed = SimpleUploadedFile(
        "l.csv", b'url,name\nhttps://files.example/b.mp4,"B, or not"\n\nhttps://files.example/c.txt\n'
    )
    asked = _rows(("https://files.example/a.mp4", "A"), do="read") | {"list": listed}
    rows = operators.post(reverse("console:pull"), asked).context["form"].rows
    assert [(row["url"].value(), row["name"].value() or "") for row in rows] == [
        ("https://files.example/a.mp4", "A"),
        ("https://files.example/b.mp4", "B, or not"),
        ("https://files.example/c.txt", ""),
    ]
    assert rows[2].errors, "what is wrong in it is said at once"


def test_the_sample_file_that_the_page_offers_is_a_list_as_the_page_reads_it(operators: Client) -> None:
    page = operators.get(reverse("console:pull")).content.decode()
    (name,) = re.findall(r'href="/static/([^"]+)" download>Sample file<', page)
    found = finders.find(name)
    assert isinstance(found, str)
    rows = list(rows_in(SimpleUploadedFile("sample.csv", Path(found).read_bytes())))
    assert len(rows) > 1 and all(row["url"].startswith("https://") for row in rows)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "no text in UTF-8"),
        (b"url,name\n", "no address"),
        (b"https://files.example/a.mp4\n" * 101, "101 addresses"),
        (b"x" * (1024**2 + 1), "larger than 1 MB"),
    ],
)
def test_a_list_that_cant_be_read_says_why(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(rows_in(SimpleUploadedFile("l.txt", content)))


def test_a_pull_that_failed_is_told_of_and_can_be_tried_again(operators: Client, application: Application) -> None:
    pull = pull_upload(application=application, url="https://files.example/a%20b.mp4", wanted=Wanted(name=""))
    PullTask.objects.filter(pk=pull.pk).update(err_code=60000, message="The source answered 404.", status="FINISH")
    page = operators.get(reverse("console:uploading")).content.decode()
    assert "The source answered 404." in page
    assert "?url=https%3A%2F%2Ffiles.example%2Fa%2520b.mp4" in page
    again = operators.get(reverse("console:pull"), {"url": pull.url}).context["form"].rows
    assert [row["url"].value() for row in again] == [pull.url]
