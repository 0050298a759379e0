"""In which language a page answers, and that the doors for programs answer in English whatever is asked for."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from applications.models import Application, User
from config.urls import urlpatterns
from console.address import ConsoleAddresses
from console.words.languages import DOORS, NAMES
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
KOREAN = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.1"}
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


def language_of(client: Client, path: str = "/login", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert f'<html lang="{answer["Content-Language"]}">'.encode() in answer.content
    return answer["Content-Language"]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.1", "ko"),
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("de,fr;q=0.5", "en"),
        ("en-GB,ko;q=0.5", "en"),
        ("", "en"),
        ("xx-" * 300, "en"),
    ],
)
def test_the_browser_chooses_as_long_as_nobody_else_does(client: Client, asked: str, language: str) -> None:
    assert language_of(client, **{"Accept-Language": asked}) == language


def test_the_switch_on_the_sign_in_page_outweighs_the_browser_and_keeps_the_page(client: Client) -> None:
    answer = client.post(reverse("console:language"), {"language": "ko", "back": "/login?next=/vod/task"})
    assert answer["Location"] == "/login?next=/vod/task"
    assert language_of(client, **CHINESE) == "ko"


def test_the_switch_of_somebody_signed_in_is_remembered_with_the_person(owner: User, application: Application) -> None:
    client = Client()
    client.force_login(owner)
    client.post(reverse("console:language"), {"language": "zh-hans", "back": "/"})
    elsewhere = Client()
    elsewhere.force_login(owner)
    assert language_of(elsewhere, reverse("console:account"), **KOREAN) == "zh-hans"


def test_the_person_outweighs_the_browsers_cookie(client: Client, owner: User, application: Application) -> None:
    client.force_login(owner)
    client.post(reverse("console:account"), {"language": "ko"})
    client.cookies["language"] = "zh-hans"
    assert language_of(client, reverse("console:account")) == "ko"


def test_without_an_own_choice_the_browser_is_asked_again(
    client: Client, owner: User, application: Application
) -> None:
    client.force_login(owner)
    client.post(reverse("console:account"), {"language": "ko"})
    client.post(reverse("console:account"), {"language": ""})
    assert language_of(client, reverse("console:account"), **CHINESE) == "zh-hans"


def test_an_own_choice_that_is_no_longer_offered_counts_as_none(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(language="tlh")
    client.force_login(owner)
    assert language_of(client, reverse("console:account"), **KOREAN) == "ko"


@pytest.mark.parametrize("language", ["tlh", "../../etc", "ko\r\nX: y", "k" * 5000])
def test_a_language_that_isnt_offered_changes_nothing(client: Client, owner: User, language: str) -> None:
    client.force_login(owner)
    answer = client.post(reverse("console:language"), {"language": language, "back": "/account"})
    assert answer["Location"] == "/account"
    assert "language" not in answer.cookies
    owner.refresh_from_db()
    assert owner.language == ""


@pytest.mark.parametrize(
    "wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "", "/nothing/here"]
)
def test_the_switch_never_leads_to_another_site(client: Client, wanted: str) -> None:
    assert client.post(reverse("console:language"), {"language": "ko", "back": wanted})["Location"] == "/"


def test_the_switch_on_a_page_that_was_posted_leads_to_one_that_can_be_read(client: Client) -> None:
    answer = client.post(reverse("console:language"), {"language": "ko", "back": "/app/1500000001/vod/cam/capi/keys"})
    assert answer["Location"] == "/"


def test_the_switch_wants_a_post_with_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(reverse("console:language")).status_code == 405
    assert client.post(reverse("console:language"), {"language": "ko", "back": "/"}).status_code == 403


def test_a_visitor_has_no_account_page(client: Client) -> None:
    assert client.get(reverse("console:account"))["Location"].startswith(reverse("console:login"))


def test_caches_are_told_what_the_page_hangs_on(client: Client) -> None:
    vary = client.get("/login")["Vary"].lower()
    assert "accept-language" in vary
    assert "cookie" in vary


def test_a_wrong_password_is_told_in_the_readers_language(client: Client, owner: User) -> None:
    form = {"username": "owner", "password": "wrong"}
    answer = client.post("/login", form, headers=KOREAN)
    assert '<html lang="ko">' in answer.content.decode()
    assert "사용자 이름 또는 비밀번호가" in answer.content.decode()
    assert client.post("/login", {**form, "password": PASSWORD}, headers=KOREAN).status_code == 302


def test_one_readers_language_isnt_the_nexts(client: Client) -> None:
    assert [language_of(client, **headers) for headers in (KOREAN, {}, CHINESE, {})] == ["ko", "en", "zh-hans", "en"]


# --- Programs ---------------------------------------------------------------------------------------------------------
def test_every_address_that_is_no_page_is_one_of_the_doors() -> None:
    """A new one must say which it is: below DOORS, or the admin's and the console's pages."""

    def start(pattern: URLPattern | URLResolver) -> str:
        return "/" + str(pattern.pattern)

    others = [pattern for pattern in urlpatterns if not isinstance(pattern, ConsoleAddresses)]
    assert {start(pattern) for pattern in others if not start(pattern).startswith(DOORS)} == {"/admin/"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/media", None),
        ("GET", "/api/v1/nothing", None),
        ("POST", "/api/v1/media", "{"),
        ("GET", "/upload", None),
        ("POST", "/upload", "x=1"),
        ("GET", "/media/nothing.gif", None),
        ("GET", "/readyz", None),
        ("POST", "/?Action=DescribeMediaInfos", "{}"),
        ("PUT", "/vod-1500000001/a.mp4", "x"),
    ],
)
def test_doors_answer_in_english_whatever_is_asked_for(
    client: Client, method: str, path: str, body: str | None
) -> None:
    answers = []
    for headers in ({}, KOREAN, CHINESE):
        client.cookies["language"] = "ko" if headers else "en"
        answer = client.generic(method, path, body or "", headers=headers)
        answers.append((answer.status_code, _plain(answer.content)))
        assert "Content-Language" not in answer
    assert answers[0] == answers[1] == answers[2]


def _plain(content: bytes) -> bytes:
    """Without what is another each time: a request's id."""
    return re.sub(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-Za-z]{32,}={0,2}", b"", content)


def test_rest_tells_somebody_who_reads_korean_in_english(
    owner: User, application: Application, upload_clip: Callable[..., object]
) -> None:
    User.objects.filter(pk=owner.pk).update(language="ko")
    client = Client()
    client.force_login(owner)
    answer = client.post("/api/v1/templates", "{}", content_type="application/json", headers=KOREAN)
    assert answer.status_code == 400
    assert answer.content.isascii()
    assert b"frame rate" in answer.content


# --- Scripts ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", sorted(NAMES))
def test_scripts_have_their_texts_in_a_file_of_their_own(client: Client, language: str) -> None:
    page = client.get("/login", headers={"Accept-Language": language}).content.decode()
    address = page.split(f'<script defer src="/texts/{language}.js', 1)[1].split('"', 1)[0]
    answer = client.get(f"/texts/{language}.js{address}")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer["Cache-Control"]
    assert b"ngettext" in answer.content


def test_there_are_no_texts_in_a_language_that_isnt_offered(client: Client) -> None:
    assert client.get("/texts/tlh.js").status_code == 404
