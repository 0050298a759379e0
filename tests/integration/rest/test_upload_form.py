"""POST /upload: a form on a customer's own page, with a client upload signature as its right."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import time_machine
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey, Application
from applications.roles import Role
from applications.services.applications import set_role
from applications.services.keys import restrict_api_key, set_api_key_enabled
from cloudapi.models import UsedSignature
from media_jobs.models import AnimatedImage, Media, MediaClass, ProcedureTask, Upload
from media_jobs.states import UploadState
from procedures.models import Procedure
from tests.faults.instance import SECRET_ID, SECRET_KEY, Instance

pytestmark = pytest.mark.django_db

DATA = b"not really a video " * 1000


@pytest.fixture(autouse=True)
def shop(settings: LazySettings) -> None:
    settings.ZOETROPE_UPLOAD_REDIRECTS = ["https://shop.example", "http://shop.example:8080"]


def test_a_signed_form_is_stored_processed_and_sent_on(
    api_key: ApiKey, procedure: Procedure, clip: Path, run_jobs: Callable[[], int]
) -> None:
    shelf = MediaClass.objects.create(application=api_key.application, name="Visitors")
    signature = _signature(
        api_key,
        procedure="loops",
        classId=shelf.pk,
        sourceContext="page 7",
        sessionContext="a & b",
        taskPriority=2,
        vodSubAppId=api_key.application.app_id,
    )
    answer = _post(signature, data=clip.read_bytes(), success_url="https://shop.example/thanks?order=7&x=#top")
    assert answer.status_code == 303
    target = urlsplit(answer["Location"])
    query = parse_qs(target.query, keep_blank_values=True)
    media = Media.objects.get(file_id=query["file_id"][0])
    task = ProcedureTask.objects.get(task_id=query["task_id"][0])
    assert (target.netloc, target.path, target.fragment) == ("shop.example", "/thanks", "top")
    assert (query["order"], query["x"]) == (["7"], [""])
    assert (media.name, media.media_class, media.source_context) == ("clip", shelf, "page 7")
    assert (task.media, task.session_context, task.priority) == (media, "a & b", 2)
    run_jobs()
    assert AnimatedImage.objects.filter(media=media).count() == 2


def test_without_a_place_to_go_the_visitor_gets_a_page_and_a_program_json(api_key: ApiKey) -> None:
    page = _post(_signature(api_key), accept="text/html,*/*")
    assert (page.status_code, page["Content-Type"]) == (201, "text/html; charset=utf-8")
    assert Media.objects.get().file_id in page.content.decode()
    answer = _post(_signature(api_key), accept="application/json")
    assert set(answer.json()) == {"file_id", "task_id"}


def test_the_visitor_is_told_what_to_do_when_it_fails(api_key: ApiKey) -> None:
    page = _post(_signature(api_key, procedure="<b>gone</b>"), accept="text/html")
    assert page.status_code == 404
    assert "&lt;b&gt;gone" in page.content.decode()
    assert "Nothing was kept" in page.content.decode()
    problem = _post("forged", accept="application/json")
    assert (problem.status_code, problem["Content-Type"]) == (403, "application/problem+json")


def test_a_script_of_any_page_may_send_the_form_and_read_what_became_of_it(api_key: ApiKey) -> None:
    """A browser asks first as soon as the script wants to know of progress, as Uppy's XHR plug-in does."""
    page = {"Origin": "https://shop.example", "Accept": "application/json"}
    asked = Client().options("/upload", headers={**page, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 200
    assert "POST" in asked["Access-Control-Allow-Methods"]
    sent, refused, other = _post(_signature(api_key)), _post("forged"), Client().get("/upload", headers=page)
    assert [answer.status_code for answer in (sent, refused, other)] == [201, 403, 405]
    for answer in (asked, sent, refused, other):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://shop.example:pw@shop.example/",
        "https://evil.example\\@shop.example/",
        "https://evil.example#@shop.example/",
        "https://evil.example?https://shop.example/",
        "http://shop.example/",
        "https://shop.example:444/",
        "https://shop.example:x/",
        "http://shop.example:08080@evil.example/",
        "//shop.example/",
        "/thanks",
        "thanks",
        "javascript:alert(1)//https://shop.example",
        "https:shop.example",
        "https:///shop.example",
        "https://shop.example.",
        "https://sub.shop.example/",
        "https://shop.exаmple/",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "\thttps://shop.example/",
        "https://shop.example\t.evil.example/",
        "https://[shop.example]/",
        "ftp://shop.example/",
        "data:text/html,x",
    ],
)
def test_a_form_sends_nobody_to_a_place_that_is_not_listed(api_key: ApiKey, url: str) -> None:
    answer = _post(_signature(api_key), success_url=url)
    assert answer.status_code == 400
    assert "Location" not in answer
    _nothing_is_left()


@pytest.mark.parametrize(
    "url",
    ["https://shop.example", "https://SHOP.example:443/a/b", "http://shop.example:8080/?next=//evil.example"],
)
def test_a_form_sends_its_visitor_anywhere_on_a_listed_origin(api_key: ApiKey, url: str) -> None:
    answer = _post(_signature(api_key), success_url=url)
    assert answer.status_code == 303
    assert urlsplit(answer["Location"]).hostname == "shop.example"


def test_a_one_time_signature_is_good_for_one_file(api_key: ApiKey) -> None:
    signature = _signature(api_key, oneTimeValid=1)
    assert _post(signature).status_code == 201
    assert _post(signature).status_code == 403
    assert Media.objects.count() == 1


def test_a_failed_upload_does_not_use_a_signature_up(api_key: ApiKey) -> None:
    signature = _signature(api_key, oneTimeValid=1)
    assert _post(signature, data=b"").status_code == 400
    assert _post(signature, name="virus.exe").status_code == 400
    assert _post(signature).status_code == 201


def test_used_signatures_are_forgotten_when_they_have_expired(api_key: ApiKey) -> None:
    UsedSignature.objects.create(mac="0" * 40, expires=int(time.time()) - 8 * 24 * 3600)
    _post(_signature(api_key, oneTimeValid=1))
    assert not UsedSignature.objects.filter(mac="0" * 40).exists()


def test_a_clock_that_was_ahead_for_a_moment_lets_no_one_time_signature_be_used_twice(api_key: ApiKey) -> None:
    signature = _signature(api_key, oneTimeValid=1)
    assert _post(signature).status_code == 201
    with time_machine.travel(time.time() + 2 * 24 * 3600, tick=True):
        assert _post(_signature(api_key, oneTimeValid=1)).status_code == 201  # another visitor's
    assert _post(signature).status_code == 403


def test_a_many_times_signature_is_good_until_it_expires(api_key: ApiKey) -> None:
    signature = _signature(api_key)
    assert [_post(signature).status_code for _ in range(3)] == [201, 201, 201]


def test_forged_expired_and_foreign_signatures_are_refused(
    api_key: ApiKey, other_application: Application, procedure: Procedure
) -> None:
    fields = fresh_fields(secret_id=api_key.secret_id, now=time.time(), life=60)
    expired = fresh_fields(secret_id=api_key.secret_id, now=time.time() - 100, life=60)
    bad = [
        sign(fields, secret_key="another"),
        sign({**fields, "secretId": "AKIDnobody"}, secret_key=api_key.secret_key),
        sign(expired, secret_key=api_key.secret_key),
        sign({**fields, "vodSubAppId": other_application.app_id}, secret_key=api_key.secret_key),
        sign({**fields, "vodSubAppId": "x"}, secret_key=api_key.secret_key),
        sign({**fields, "oneTimeValid": "yes"}, secret_key=api_key.secret_key),
        sign({**fields, "classId": "1.5"}, secret_key=api_key.secret_key),
        sign({**fields, "taskPriority": "9" * 40}, secret_key=api_key.secret_key),
    ]
    assert {_post(signature).status_code for signature in bad} == {403}
    _nothing_is_left()


def test_what_the_signature_asks_for_must_exist(api_key: ApiKey) -> None:
    assert _post(_signature(api_key, procedure="gone")).status_code == 404
    assert _post(_signature(api_key, classId=99)).status_code == 404
    assert _post(_signature(api_key, taskPriority=11)).status_code == 400
    assert _post(_signature(api_key, taskNotifyMode="Always")).status_code == 400
    assert _post(_signature(api_key, sessionContext="x" * 1001)).status_code == 400
    _nothing_is_left()


def test_a_key_signs_only_while_it_is_enabled_and_its_owner_may_write(api_key: ApiKey) -> None:
    signature = _signature(api_key)
    set_role(application=api_key.application, user=api_key.user, role=Role.VIEWER)
    assert _post(signature).status_code == 403
    set_role(application=api_key.application, user=api_key.user, role=Role.OPERATOR)
    set_api_key_enabled(key=api_key, enabled=False)
    assert _post(signature).status_code == 403
    set_api_key_enabled(key=api_key, enabled=True)
    restrict_api_key(key=api_key, access=ApiKey.Access.READ_ONLY)
    assert _post(signature).status_code == 403
    restrict_api_key(key=api_key, access=ApiKey.Access.FULL)
    assert _post(signature).status_code == 201


def test_the_signature_stands_before_the_file(api_key: ApiKey) -> None:
    answer = Client().post("/upload", {"file": SimpleUploadedFile("a.mp4", DATA), "signature": _signature(api_key)})
    assert answer.status_code == 400
    assert "must stand before the file" in answer.content.decode()
    _nothing_is_left()


@pytest.mark.parametrize("name", ["title", "profile", "send", "utm_source"])
def test_a_form_may_have_fields_of_its_page_s_own(api_key: ApiKey, name: str) -> None:
    assert _post(_signature(api_key), **{name: "anything"}).status_code == 201


@pytest.mark.parametrize("name", ["procedure", "Procedure", "classId", "sessionContext"])
def test_what_only_the_signature_can_say_is_refused_in_the_form(api_key: ApiKey, name: str) -> None:
    answer = _post(_signature(api_key), **{name: "loops"})
    assert answer.status_code == 400
    assert f"“{name}” belongs into the signature" in answer.json()["detail"]
    _nothing_is_left()


def test_a_misspelt_field_of_the_form_is_refused_with_the_one_that_was_meant(api_key: ApiKey) -> None:
    answer = _post(_signature(api_key), sucess_url="https://shop.example/thanks")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "There is no sucess_url here. Did you mean success_url?",
    )
    _nothing_is_left()


def test_a_form_without_a_file_or_that_is_no_form_is_refused(api_key: ApiKey) -> None:
    assert Client().post("/upload", {"signature": _signature(api_key)}).status_code == 400
    assert Client().post("/upload", {"signature": "x"}, content_type="application/json").status_code == 415
    assert Client().post("/upload").status_code == 400
    assert Client().get("/upload").status_code == 405
    _nothing_is_left()


def test_an_empty_file_field_asks_the_visitor_to_choose_one(api_key: ApiKey) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="signature"\r\n\r\n{_signature(api_key)}\r\n'
    body += '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    answer = Client().post("/upload", body.encode(), content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 400
    assert "No file was chosen" in answer.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        b"--b",
        b"--b--\r\n",
        b"nonsense",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==\r\n--b--',
        b'--b\r\nContent-Disposition: form-data; name="signature"\r\n\r\n' + b"x" * 100_000 + b"\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--b--',
        b'--b\r\nContent-Disposition: form-data; name="signature"\r\n\r\n\xff\xfe\r\n--b--',
        b"--b\r\n" + b"A: b\r\n" * 100_000 + b"\r\n\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n' * 1000 + b"--b--",
    ],
)
def test_a_broken_form_is_refused_and_breaks_nothing(db: None, body: bytes) -> None:
    answer = Client().post("/upload", body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 400
    _nothing_is_left()


def test_a_file_name_is_kept_as_the_visitor_wrote_it(api_key: ApiKey) -> None:
    _post(_signature(api_key), name='Grüße "nach" Köln.MP4')
    assert Media.objects.get().name == 'Grüße "nach" Köln'


def test_the_real_server_takes_a_form_and_sends_the_visitor_on(served: Instance, clip: Path) -> None:
    fields = fresh_fields(secret_id=SECRET_ID, now=time.time(), life=600)
    data = {"signature": sign(fields, secret_key=SECRET_KEY), "success_url": "https://shop.example/thanks"}
    with clip.open("rb") as file:
        answer = httpx.post(f"{served.url}/upload", data=data, files={"file": ("clip.mp4", file)}, trust_env=False)
    assert answer.status_code == 303
    file_id = parse_qs(urlsplit(answer.headers["Location"]).query)["file_id"][0]
    assert served.api.get(f"media/{file_id}").json()["size"] == clip.stat().st_size


def _signature(key: ApiKey, **fields: str | int) -> str:
    required = fresh_fields(secret_id=key.secret_id, now=time.time(), life=600)
    return sign({**required, **fields}, secret_key=key.secret_key)


def _post(
    signature: str, *, data: bytes = DATA, name: str = "clip.mp4", accept: str = "application/json", **fields: str
) -> Any:
    form = {"signature": signature, **fields, "file": SimpleUploadedFile("x", data)}
    form["file"].name = name
    return Client(enforce_csrf_checks=True).post("/upload", form, headers={"Accept": accept})


def _nothing_is_left() -> None:
    assert not Media.objects.exists()
    assert not UsedSignature.objects.exists()
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()
