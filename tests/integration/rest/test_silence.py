"""Nothing that a client writes is passed over in silence: what nobody here knows is refused by name."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile

from media_jobs.models import Media, ProcedureTask, Upload
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db

UNKNOWN_FIELDS: dict[tuple[str, str], tuple[dict[str, Any], dict[str, str]]] = {
    ("POST", "templates"): ({"fps": 5, "qality": 9}, {"qality": "quality"}),
    ("POST", "procedures"): (
        {"name": "x", "coment": "", "steps": [{"definition": 20000}, {"definition": 20000, "strat": 1}]},
        {"coment": "comment", "steps.1.strat": "start"},
    ),
    ("POST", "classes"): ({"name": "x", "parent": 1}, {"parent": "parent_id"}),
    ("POST", "pulls"): ({"url": "https://a.example/a.mp4", "proceduer": "loops"}, {"proceduer": "procedure"}),
    ("POST", "procedures/loops/clone"): ({"name": "copy"}, {"name": ""}),
    ("POST", "tokens"): ({"name": "x", "exipry": 1}, {"exipry": ""}),
    ("PATCH", "event-config"): ({"notification_ur": "https://a.example"}, {"notification_ur": "notification_url"}),
}


@pytest.mark.parametrize("address", UNKNOWN_FIELDS)
def test_an_unknown_field_is_named_with_the_nearest_known_one(
    as_owner: Api, procedure: Procedure, address: tuple[str, str]
) -> None:
    body, wanted = UNKNOWN_FIELDS[address]
    answer = as_owner(*address, body)
    assert answer.status_code == 400, answer.content
    errors = answer.json()["errors"]
    assert errors.keys() == wanted.keys()
    for name, near in wanted.items():
        assert errors[name][0].startswith(f"There is no {name} here."), errors
        assert not near or f"Did you mean {near}?" in errors[name][0], errors


_STEPS = [{"definition": 20000}]
WRONG: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("POST", "templates", {"fps": "many", "width": True, "format": "mpeg", "qality": 5}, set()),
    (
        "POST",
        "templates",
        {"fps": 999, "quality": 999, "width": 5, "speed": 99, "crossfade": 9, "siblings": "x"},
        set(),
    ),
    ("PATCH", "templates/{template}", {"fps": 999, "effort": 9, "speed": 99}, set()),
    (
        *("POST", "snapshot-templates"),
        *(
            {"kind": "sprite", "sample_type": "Percent", "sample_interval": 999, "rows": 999, "columns": 999},
            {"kind", "sample_type"},
        ),
    ),
    ("POST", "procedures", {"name": "", "comment": "x" * 300, "steps": [{"definition": 1, "auto": 99}], "x": 1}, set()),
    ("POST", "media/{media}/process", {"priority": 99, "notify_mode": "x", "steps": [{"auto": "x"}]}, set()),
    ("POST", "media/{media}/process", {"picture": {"fps": 999}, "priority": 99, "steps": _STEPS}, {"steps"}),
    ("POST", "batches", {"priority": 99, "filter": {"state": "x"}, "again": 1, "steps": _STEPS}, {"steps"}),
    ("POST", "batches", {"priority": 99, "file_ids": "x", "steps": [{"definition": "x", "auto": 99}], "zzz": 1}, set()),
    ("POST", "templates", {"fps": "many", "quality": 999, "width": 7, "crop": "x", "zzz": 1}, set()),
    ("PATCH", "templates/{template}", {"fps": "many", "quality": 999, "siblings": "x", "zzz": 1}, set()),
    (
        "POST",
        "snapshot-templates",
        {"kind": "sprite", "width": 7, "rows": 0, "columns": "x", "sample_interval": 0, "sample_type": "x"},
        {"kind"},
    ),
    (
        "POST",
        "highlights",
        {"file_id": 1.5, "seconds": 99, "start": 5, "end": 2, "skip_first": "x"},
        {"end"},
    ),
    ("POST", "estimates", {"file_id": [], "start": 5, "end": 2, "picture": {"fps": 999}, "definition": "x"}, {"end"}),
    ("PATCH", "event-config", {"mode": "x", "notification_url": "ftp://x", "sign_key": "?", "zzz": 1}, set()),
    ("POST", "pulls", {"url": "x", "cover_url": "ftp://x"}, set()),
    ("POST", "pulls", {"url": "http://a.example/a.mp4", "tasks_priority": 99, "notify_mode": "x"}, {"url"}),
    ("PATCH", "media/{media}", {"name": "", "description": "x" * 200, "status": "x", "class_id": -1}, set()),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "right"), WRONG, ids=[f"{n} {case[0]} {case[1]}" for n, case in enumerate(WRONG)]
)
def test_all_wrong_fields_are_named_at_once(
    as_operator: Api,
    uploaded: Media,
    gif_template: AnimatedImageTemplate,
    method: str,
    path: str,
    body: dict[str, Any],
    right: set[str],
) -> None:
    answer = as_operator(method, path.format(media=uploaded.file_id, template=gif_template.definition), body)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, body.keys() - right)


def test_each_wrong_step_is_named_at_its_place(as_operator: Api) -> None:
    steps = [{"definition": 20000, "auto": 99}, {"definition": 20000}, {"definition": 20000, "pieces": 1}]
    errors = as_operator("POST", "procedures", {"name": "x", "steps": steps}).json()["errors"]
    assert {place: list(wrong) for place, wrong in errors["steps"].items()} == {"0": ["auto"], "2": ["pieces"]}


def test_all_that_a_form_and_an_empty_batch_lack_is_named_at_once(as_operator: Api) -> None:
    wrong = {"zzz": "1", "yyy": "1"}
    assert _post(as_operator, wrong, {}).json()["errors"].keys() == {"zzz", "yyy", "file"}
    assert _post(as_operator, wrong, {"file": _file(b"x")}).json()["errors"].keys() == {"zzz", "yyy"}
    assert as_operator("POST", "batches", {}).json()["errors"].keys() == {"file_ids", "procedure"}
    assert not Upload.objects.exists()


@pytest.mark.parametrize("path", ["media", "tasks", "outputs", "events", "templates", "pulls", "uploads", "audit"])
def test_an_unknown_query_parameter_is_no_filter_that_finds_all(as_owner: Api, path: str) -> None:
    answer = as_owner("GET", f"{path}?creted_after=2026-01-01T00:00:00Z&application=1500000001")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["creted_after"])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("media", "tag="),
        ("media", "name=%20"),
        ("tasks", "status="),
        ("templates", "preset=yes"),
        ("snapshot-templates", "preset=x"),
        ("snapshots", "definition=1.0"),
        ("media", "class_id=%D9%A3"),
    ],
)
def test_a_filter_that_says_nothing_finds_not_everything(as_viewer: Api, path: str, query: str) -> None:
    answer = as_viewer("GET", f"{path}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])


def test_a_list_s_headers_are_asked_for_with_the_list_s_own_parameters(as_owner: Api) -> None:
    assert as_owner("HEAD", "media?name=clip&limit=1").status_code == 200
    assert as_owner("HEAD", "media?nmae=clip").status_code == 400


@pytest.mark.parametrize("text", ["-1", "abc", "0", "1e3", "", "٣", "9" * 5000])
def test_a_limit_that_is_no_number_is_refused_by_name(as_viewer: Api, text: str) -> None:
    answer = as_viewer("GET", f"media?limit={text}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["limit"])
    assert as_viewer("GET", "media?offset=-1").status_code == 400
    assert as_viewer.get("media?limit=1&offset=0")["count"] == 0


def test_pages_lead_on_by_their_own_addresses(as_viewer: Api) -> None:
    page = as_viewer.get("templates?limit=1&preset=true")
    assert as_viewer.get(page["next"].partition("/api/v1/")[2])["results"]


def test_a_misspelt_field_of_the_form_is_refused_before_anything_is_kept(
    as_operator: Api, procedure: Procedure
) -> None:
    answer = _post(as_operator, {"proceduer": "loops"}, {"file": _file(b"x" * 100)})
    assert answer.json()["errors"] == {"proceduer": ["There is no proceduer here. Did you mean procedure?"]}
    assert not Media.objects.exists()


def test_generated_clients_send_the_file_first_and_an_empty_filename(
    as_operator: Api, procedure: Procedure, clip: Path
) -> None:
    fields = {"filename": "", "procedure": "loops", "session_context": "late", "class_id": "0"}
    answer = _post(as_operator, {}, {"file": _file(clip.read_bytes()), **fields})
    assert answer.status_code == 201, answer.content
    task = ProcedureTask.objects.select_related("media").get(task_id=answer.json()["task_id"])
    assert (task.session_context, task.media.name, task.media.media_type) == ("late", "beach", "mp4")
    refused = _post(as_operator, {}, {"file": _file(clip.read_bytes()), "procedure": "gone"})
    assert refused.status_code == 404
    assert Media.objects.count() == 1


def test_a_misspelt_metadata_name_is_refused_and_habits_are_not(as_operator: Api, settings: LazySettings) -> None:
    usual = {"filename": "a.mp4", "filetype": "video/mp4", "name": "a.mp4", "type": "video/mp4", "relativePath": "null"}
    assert _begin(as_operator, usual).status_code == 201
    answer = _begin(as_operator, {**usual, "proceduer": "loops"})
    assert answer.json()["errors"] == {"proceduer": ["There is no proceduer here. Did you mean procedure?"]}
    settings.ZOETROPE_PASS_UNKNOWN_NAMES = True
    assert _begin(as_operator, {**usual, "proceduer": "loops"}).status_code == 201
    assert Upload.objects.count() == 2


def _begin(api: Api, metadata: dict[str, str]) -> Any:
    text = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "100", "Upload-Metadata": text}
    return api("POST", "uploads", **headers)


def _file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("beach.mp4", data, content_type="video/mp4")


def _post(api: Api, before: dict[str, Any], rest: dict[str, Any]) -> Any:
    """The test client keeps the order of the parts."""
    headers = {"Authorization": f"Bearer {api.token}"}
    return api.client.post("/api/v1/media", {**before, **rest}, headers=headers)


def test_each_step_tells_all_that_is_wrong_with_it_whatever_else_cannot_be_read(as_operator: Api) -> None:
    steps = [{"definition": "x", "auto": 99, "start": 5, "end": 2}, {"definition": 20000, "pieces": 1, "skip_last": -1}]
    errors = as_operator("POST", "procedures", {"name": 7.5, "steps": steps, "zzz": 1}).json()["errors"]
    assert {place: set(wrong) for place, wrong in errors["steps"].items()} == {
        "0": {"definition", "auto", "start"},
        "1": {"pieces", "skip_last"},
    }
    assert "zzz" in errors


def test_all_that_is_wrong_with_a_query_is_named_at_once(as_operator: Api) -> None:
    answer = as_operator("GET", "media?limit=-1&offset=many&status=x&created_after=never&zzz=1")
    assert (answer.status_code, set(answer.json()["errors"])) == (
        400,
        {"limit", "offset", "status", "created_after", "zzz"},
    )


@pytest.mark.parametrize("query", ["tag=a&tag=b", "limit=5&limit=5", "file_id=1&file_id=2", "zzz=1&zzz=2"])
def test_a_filter_that_is_given_twice_is_not_half_passed_over(as_operator: Api, query: str) -> None:
    """As clients write lists: the last alone counted."""
    answer = as_operator("GET", f"media?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])
    assert answer.json()["detail"].endswith("is given twice.")


@pytest.mark.parametrize("body", [b'{"fps": 5, "fps": 7}', b'{"fps": 5, "\\ud800": 1, "\\ud800": 2}'])
def test_a_field_that_is_given_twice_makes_nothing(as_operator: Api, body: bytes) -> None:
    answer = as_operator("POST", "templates", body)
    assert answer.status_code == 400 and "is given twice" in answer.json()["detail"]
    nested = b'{"name": "x", "steps": [{"definition": 20000, "definition": 20001}]}'
    assert as_operator("POST", "procedures", nested).status_code == 400


def test_one_mistake_alone_is_the_detail(as_operator: Api) -> None:
    told = as_operator("POST", "templates", {"fps": 999}).json()
    assert told["detail"] == told["errors"]["fps"][0] == "The frame rate is 1 to 60 frames a second."


@pytest.mark.parametrize(
    ("address", "body", "named"),
    [
        (("POST", "tokens"), {"name": 0}, "name"),
        (("POST", "templates"), {"fps": 5, "name": 7, "comment": 1.5}, "name"),
        (("POST", "classes"), {"name": 3}, "name"),
        (("POST", "procedures"), {"name": "x", "comment": 5, "steps": _STEPS}, "comment"),
        (("POST", "media/{media}/process"), {"steps": _STEPS, "session_id": 1}, "session_id"),
        (("PATCH", "media/{media}"), {"name": 0}, "name"),
        (("PATCH", "media/{media}"), {"tags": ["a", 1]}, "tags"),
    ],
)
def test_a_number_is_no_text(
    as_owner: Api, uploaded: Media, address: tuple[str, str], body: dict[str, Any], named: str
) -> None:
    method, path = address
    answer = as_owner(method, path.format(media=uploaded.file_id), body)
    assert answer.status_code == 400, answer.content
    assert named in answer.json()["errors"], answer.content


@pytest.mark.parametrize("address", ["highlights", "estimates"])
def test_a_media_that_is_not_there_is_told_beside_what_else_is_wrong(as_operator: Api, address: str) -> None:
    answer = as_operator("POST", f"{address}?limitt=1", {"file_id": "nothing", "fpss": 1})
    assert answer.status_code == 404
    assert {"file_id", "fpss", "limitt"} <= answer.json()["errors"].keys()
    answer = as_operator("POST", address, {"file_id": ["nothing"], "fpss": 1})
    assert (answer.status_code, {"file_id", "fpss"} <= answer.json()["errors"].keys()) == (400, True)


@pytest.mark.parametrize(
    ("method", "place", "said"),
    [("PATCH", "", {"class_id": 99}), ("POST", "/process", {"procedure": "there is none"})],
)
def test_a_name_that_stands_for_nothing_is_told_beside_a_field_that_nobody_knows(
    as_operator: Api, uploaded: Media, method: str, place: str, said: dict[str, Any]
) -> None:
    answer = as_operator(method, f"media/{uploaded.file_id}{place}", {**said, "nmae": "x"})
    assert answer.status_code == 404
    assert set(answer.json()["errors"]) == {*said, "nmae"}
