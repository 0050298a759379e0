"""/api/v1/media, tasks and outputs: from a file to its pictures."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from applications.models import Application
from media_jobs.models import Media, MediaClass, Upload
from media_jobs.states import UploadState
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db


def test_a_posted_file_runs_its_task_flow_and_the_pictures_can_be_fetched(
    as_operator: Api, procedure: Procedure, clip: Path, run_jobs: Callable[[], int]
) -> None:
    made = _post_file(as_operator, clip.read_bytes(), procedure="loops", session_context="order 7").json()
    run_jobs()
    task = as_operator.get(f"tasks/{made['task_id']}")
    assert (task["status"], task["outcome"], task["images"], task["made"]) == ("FINISH", "completed", 2, 2)
    assert (task["file_id"], task["session_context"]) == (made["file_id"], "order 7")
    for job in task["jobs"]:
        picture = _bytes(job["output"]["url"])
        assert hashlib.md5(picture).hexdigest() == job["output"]["md5"]
        saved = Client().get(_path(job["output"]["download_url"]))
        assert saved["Content-Disposition"].startswith("attachment")


def test_the_source_comes_back_byte_for_byte(as_operator: Api, clip: Path, run_jobs: Callable[[], int]) -> None:
    made = _post_file(as_operator, clip.read_bytes(), tasks_priority="3").json()
    assert made["task_id"] == ""
    run_jobs()
    media = as_operator.get(f"media/{made['file_id']}")
    assert (media["name"], media["type"], media["state"]) == ("clip", "mp4", "normal")
    assert media["metadata"]["width"] == 320
    assert media["poster_url"].endswith(".jpg")
    source = _bytes(media["source_url"])
    assert source == clip.read_bytes()


@pytest.mark.parametrize(
    ("fields", "file", "status"),
    [
        ({}, b"", 400),
        ({}, None, 400),
        ({"procedure": "nothing"}, b"x", 404),
        ({"class_id": "99"}, b"x", 404),
        ({"class_id": "many"}, b"x", 400),
        ({"tasks_priority": "11"}, b"x", 400),
        ({"source_context": "x" * 251}, b"x", 400),
        ({"session_context": "a\0b"}, b"x", 400),
        ({"filename": "virus.exe"}, b"x", 400),
    ],
)
def test_a_form_that_is_wrong_leaves_nothing_behind(
    as_operator: Api, fields: dict[str, str], file: bytes | None, status: int
) -> None:
    answer = _post_file(as_operator, file, **fields)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    _nothing_is_left()


def test_a_wrong_field_behind_the_file_is_refused_rather_than_forgotten(as_operator: Api) -> None:
    answer = _post(as_operator, {"file": SimpleUploadedFile("a.mp4", b"x" * 5000), "procedure": "gone"})
    assert answer.status_code == 404
    _nothing_is_left()


def test_two_files_in_one_form_are_refused(as_operator: Api) -> None:
    files = [SimpleUploadedFile("a.mp4", b"x"), SimpleUploadedFile("b.mp4", b"y")]
    assert _post(as_operator, {"file": files}).status_code == 400
    _nothing_is_left()


def test_a_form_that_breaks_off_is_refused(as_operator: Api) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nhalf a vid'
    answer = as_operator("POST", "media", body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 400
    assert "broke off" in answer.json()["detail"]
    _nothing_is_left()


def test_a_file_over_the_limit_is_refused_while_it_streams(as_operator: Api, settings: Any) -> None:
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 1000
    assert _post_file(as_operator, b"x" * 1001).status_code == 413
    _nothing_is_left()


def test_json_is_no_form(as_operator: Api) -> None:
    assert as_operator("POST", "media", {"file": "x"}).status_code == 415


def test_media_are_found_by_what_is_known_of_them(
    as_operator: Api, application: Application, upload_clip: Callable[..., Media]
) -> None:
    first, second = upload_clip(name="Beach holiday.mp4"), upload_clip(name="City.mp4")
    shelf = MediaClass.objects.create(application=application, name="Travel")
    as_operator("PATCH", f"media/{first.file_id}", {"tags": ["sun", "sea"], "class_id": shelf.pk})
    as_operator("PATCH", f"media/{second.file_id}", {"status": "Forbidden"})
    created = first.created_at.isoformat().replace("+", "%2B")

    def found(query: str) -> list[str]:
        return [item["name"] for item in as_operator.get(f"media?{query}")["results"]]

    assert found("") == ["City", "Beach holiday"]
    assert found("name=BEACH") == ["Beach holiday"]
    assert found("name=%25") == []
    assert found(f"file_id={second.file_id}") == ["City"]
    assert found(f"file_id={first.file_id},{second.file_id}") == ["City", "Beach holiday"]
    assert found("tag=sea") == ["Beach holiday"]
    assert found(f"class_id={shelf.pk}") == ["Beach holiday"]
    assert found("status=Forbidden") == ["City"]
    assert found("state=processing") == ["Beach holiday"]
    assert found(f"created_before={created}") == ["Beach holiday"]
    assert found(f"created_after={created}&limit=1&offset=1") == ["Beach holiday"]


def test_a_media_is_changed_field_by_field(as_operator: Api, uploaded: Media) -> None:
    address = f"media/{uploaded.file_id}"
    answer = as_operator("PATCH", address, {"name": "New", "description": "d", "tags": ["b", "a", "b"]})
    assert (answer.json()["name"], answer.json()["tags"]) == ("New", ["a", "b"])
    assert as_operator("PATCH", address, {"tags": []}).json()["description"] == "d"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 65},
        {"tags": ["x" * 33]},
        {"tags": "x"},
        {"tags": [str(number) for number in range(17)]},
        {"tags": [""]},
        {"status": "Gone"},
        {"class_id": -1},
        {"class_id": True},
        {"description": "x" * 129},
    ],
)
def test_a_wrong_change_of_a_media_is_refused(as_operator: Api, uploaded: Media, body: Any) -> None:
    assert as_operator("PATCH", f"media/{uploaded.file_id}", body).status_code == 400


def test_classes_are_a_tree_of_names(as_operator: Api, uploaded: Media) -> None:
    top = as_operator.post("classes", {"name": "Travel"})
    below = as_operator.post("classes", {"name": "Sea", "parent_id": top["id"]})
    assert below == {"id": below["id"], "name": "Sea", "parent_id": top["id"]}
    assert as_operator("POST", "classes", {"name": "Sea", "parent_id": top["id"]}).status_code == 409
    assert as_operator("PATCH", f"classes/{below['id']}", {"name": "Ocean"}).json()["name"] == "Ocean"
    as_operator("PATCH", f"media/{uploaded.file_id}", {"class_id": below["id"]})
    assert as_operator("DELETE", f"classes/{below['id']}").status_code == 409
    as_operator("PATCH", f"media/{uploaded.file_id}", {"class_id": 0})
    assert as_operator("DELETE", f"classes/{below['id']}").status_code == 204
    assert [item["name"] for item in as_operator.get("classes")["results"]] == ["Travel"]
    assert as_operator("GET", "classes/0").status_code == 404


def test_a_deleted_media_is_gone_with_its_bytes(as_operator: Api, uploaded: Media) -> None:
    source = as_operator.get(f"media/{uploaded.file_id}")["source_url"]
    assert as_operator("DELETE", f"media/{uploaded.file_id}").status_code == 204
    assert as_operator("GET", f"media/{uploaded.file_id}").status_code == 404
    assert as_operator("POST", f"media/{uploaded.file_id}/process", {"procedure": "loops"}).status_code == 404
    assert Client().get(_path(source)).status_code == 404


def test_a_media_is_processed_with_steps_given_one_by_one(
    as_operator: Api, uploaded: Media, gif_template: AnimatedImageTemplate, run_jobs: Callable[[], int]
) -> None:
    steps = [{"definition": gif_template.definition, "start": -2, "end": -1}]
    task = as_operator.post(f"media/{uploaded.file_id}/process", {"steps": steps, "priority": 5})
    assert (task["outcome"], task["images"], task["priority"]) == ("waiting", 1, 5)
    run_jobs()
    [output] = as_operator.get(f"outputs?task_id={task['task_id']}")["results"]
    assert (output["start"], output["end"], output["duration"], output["width"]) == (1.0, 2.0, 1.0, 160)
    assert as_operator.get(f"outputs/{output['id']}") == output
    assert as_operator.get(f"outputs?file_id={uploaded.file_id}&container=gif")["count"] == 1
    assert as_operator.get("outputs?definition=20000")["count"] == 0
    assert as_operator("DELETE", f"outputs/{output['id']}").status_code == 204
    assert as_operator.get(f"tasks/{task['task_id']}")["jobs"][0]["output"] is None


def test_a_session_id_is_good_for_one_task(as_operator: Api, uploaded: Media, procedure: Procedure) -> None:
    body = {"procedure": "loops", "session_id": "order-7"}
    first = as_operator.post(f"media/{uploaded.file_id}/process", body)
    again = as_operator("POST", f"media/{uploaded.file_id}/process", body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:zoetrope:TaskDuplicated")
    assert [task["task_id"] for task in as_operator.get("tasks?session_id=order-7")["results"]] == [first["task_id"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"procedure": "loops", "steps": [{"definition": 20000}]}, 400),
        ({"procedure": "nothing"}, 404),
        ({"procedure": 5}, 400),
        ({"steps": []}, 400),
        ({"steps": [{"definition": 99999}]}, 404),
        ({"procedure": "loops", "priority": 11}, 400),
        ({"procedure": "loops", "priority": True}, 400),
        ({"procedure": "loops", "notify_mode": "Always"}, 400),
        ({"procedure": "loops", "session_id": "x" * 51}, 400),
        ({"procedure": "loops", "session_context": "x" * 1001}, 400),
    ],
)
def test_a_wrong_order_makes_no_task(
    as_operator: Api, uploaded: Media, procedure: Procedure, body: Any, status: int
) -> None:
    assert as_operator("POST", f"media/{uploaded.file_id}/process", body).status_code == status
    assert as_operator.get("tasks")["count"] == 0


def test_a_task_is_cancelled_and_tried_again(
    as_operator: Api, uploaded: Media, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    task = as_operator.post(f"media/{uploaded.file_id}/process", {"procedure": "loops"})
    cancelled = as_operator.post(f"tasks/{task['task_id']}/cancel", status=200)
    assert (cancelled["status"], cancelled["outcome"]) == ("ABORTED", "cancelled")
    again = as_operator.post(f"tasks/{task['task_id']}/retry")
    assert again["task_id"] != task["task_id"]
    run_jobs()
    assert as_operator.get(f"tasks/{again['task_id']}")["outcome"] == "completed"
    assert as_operator("POST", f"tasks/{again['task_id']}/retry").status_code == 409
    assert as_operator.get("tasks?outcome=completed")["count"] == 1
    assert as_operator.get("tasks?status=ABORTED&procedure=loops")["count"] == 1


def test_a_failure_says_which_and_why(as_operator: Api, uploaded: Media, run_jobs: Callable[[], int]) -> None:
    steps = [{"definition": 20000, "start": 1, "end": 2}, {"definition": 20000, "start": 99, "end": 100}]
    task = as_operator.post(f"media/{uploaded.file_id}/process", {"steps": steps})
    run_jobs()
    seen = as_operator.get(f"tasks/{task['task_id']}")
    assert (seen["status"], seen["outcome"], seen["made"]) == ("FINISH", "partly-failed", 1)
    assert seen["jobs"][1]["err_code"] == "InvalidInput.InvalidTimeOffset"
    assert seen["jobs"][1]["message"]


def _post_file(api: Api, data: bytes | None, **fields: str) -> Any:
    file = {} if data is None else {"file": _named("clip.mp4", data)}
    return _post(api, {**fields, **file})


def _named(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def _post(api: Api, fields: dict[str, Any]) -> Any:
    return api.client.post("/api/v1/media", fields, headers={"Authorization": f"Bearer {api.token}"})


def _bytes(url: str) -> bytes:
    answer: Any = Client().get(_path(url))
    return b"".join(answer.streaming_content)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def _nothing_is_left() -> None:
    assert not Media.objects.exists()
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()
