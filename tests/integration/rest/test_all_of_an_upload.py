"""All that is wrong with an upload is told in one answer: its query, its headers, and what is said of the file."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from media_jobs.models import Media, Upload
from media_jobs.states import UploadState
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db
TUS = {"Tus-Resumable": "1.0.0"}
NOWHERE = "uploads/00000000-0000-0000-0000-000000000099"


def _form(api: Api, fields: dict[str, Any], *, query: str = "?proceduer=x") -> Any:
    """The test client keeps the order of the parts."""
    return api.client.post(f"/api/v1/media{query}", fields, headers={"Authorization": f"Bearer {api.token}"})


def _file(data: bytes = b"x" * 100) -> SimpleUploadedFile:
    return SimpleUploadedFile("beach.mp4", data, content_type="video/mp4")


WRONG = {"class_id": "many", "tasks_priority": "99", "notify_mode": "loud", "zzz": "1", "session_context": "x" * 1001}


@pytest.mark.parametrize("file_first", [False, True])
def test_a_form_s_fields_and_query_are_told_at_once_wherever_its_file_stands(
    as_operator: Api, file_first: bool
) -> None:
    for query, wrong in (("?proceduer=x", {"proceduer", *WRONG}), ("", {*WRONG})):
        fields = {"file": _file(), **WRONG} if file_first else {**WRONG, "file": _file()}
        answer = _form(as_operator, fields, query=query)
        assert (answer.status_code, answer.json()["errors"].keys()) == (400, wrong)
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()


def test_a_form_without_a_file_or_with_an_empty_one_tells_the_rest_too(as_operator: Api) -> None:
    assert _form(as_operator, WRONG).json()["errors"].keys() == {"proceduer", *WRONG, "file"}
    empty_last = {**WRONG, "file": _file(b"")}
    assert _form(as_operator, empty_last).json()["errors"].keys() >= {"proceduer", *WRONG}
    empty_first = _form(as_operator, {"file": _file(b""), "class_id": "many", "zzz": "1"}, query="")
    assert empty_first.json()["errors"].keys() == {"file", "class_id", "zzz"}
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()


def test_a_large_file_that_is_refused_anyway_is_not_read_for_what_stands_behind_it(as_operator: Api) -> None:
    large = _file(b"x" * 3 * 1024 * 1024)
    answer = _form(as_operator, {"zzz": "1", "file": large, "class_id": "many"})
    assert answer.json()["errors"].keys() == {"proceduer", "zzz"}


def test_a_file_of_a_wrong_name_is_refused_whatever_name_comes_behind_it(as_operator: Api) -> None:
    wrong = SimpleUploadedFile("beach.exe", b"x" * 100, content_type="video/mp4")
    answer = _form(as_operator, {"file": wrong, "filename": "beach.mp4"}, query="")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["filename"])


def test_a_wrong_query_alone_keeps_a_file_out(as_operator: Api, clip: Path) -> None:
    answer = _form(as_operator, {"file": _file(clip.read_bytes())})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["proceduer"])
    assert not Media.objects.exists()
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()


def test_a_field_that_is_no_text_and_one_that_is_too_long_are_told_beside_others(as_operator: Api) -> None:
    answer = _form(as_operator, {"procedure": "a\0b", "source_context": "x" * 70_000, "zzz": "1", "file": _file()})
    assert answer.json()["errors"].keys() == {"procedure", "source_context", "zzz", "proceduer"}


def _metadata(**said: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


def test_what_begins_an_upload_is_told_of_its_query_its_headers_and_its_metadata_at_once(as_operator: Api) -> None:
    headers = {
        **TUS,
        "Upload-Length": "many",
        "Upload-Checksum": "md5 x",
        "Upload-Metadata": _metadata(filename="a.exe", class_id="many", zzz="1"),
    }
    answer = as_operator("POST", "uploads?limitt=1", **headers)
    named = {"limitt", "Upload-Length", "Upload-Checksum", "filename", "class_id", "zzz"}
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, named)
    headers |= {"Upload-Concat": "nothing", "Upload-Metadata": "a b c"}
    answer = as_operator("POST", "uploads?limitt=1", **headers)
    named = {"limitt", "Upload-Length", "Upload-Checksum", "Upload-Concat", "Upload-Metadata"}
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, named)
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()


def test_a_query_alone_begins_nothing_and_neither_does_a_wrong_checksum(as_operator: Api) -> None:
    good = {**TUS, "Upload-Length": "100", "Upload-Metadata": _metadata(filename="a.mp4")}
    assert list(as_operator("POST", "uploads?zzz=1", **good).json()["errors"]) == ["zzz"]
    kind = "application/offset+octet-stream"
    answer = as_operator("POST", "uploads", b"x" * 50, content_type=kind, **good, **{"Upload-Checksum": "crc32 x"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Upload-Checksum"])
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()


def test_next_bytes_are_told_of_the_query_and_every_header_and_that_the_upload_is_not_there(as_operator: Api) -> None:
    good = {**TUS, "Upload-Length": "100", "Upload-Metadata": _metadata(filename="a.mp4")}
    there = as_operator("POST", "uploads", **good)["Location"].partition("/api/v1/")[2]
    wrong = {**TUS, "Upload-Offset": "x", "Upload-Length": "0", "Upload-Checksum": "sha1 !"}
    named = {"zzz", "Upload-Offset", "Upload-Length", "Upload-Checksum"}
    for method, override in (("PATCH", {}), ("POST", {"X-HTTP-Method-Override": "PATCH"})):
        kind = "application/offset+octet-stream"
        answer = as_operator(method, f"{there}?zzz=1", b"x", content_type=kind, **wrong, **override)
        assert (answer.status_code, answer.json()["errors"].keys()) == (400, named)
        answer = as_operator(method, f"{NOWHERE}?zzz=1", b"x", content_type=kind, **wrong, **override)
        assert (answer.status_code, answer.json()["errors"].keys()) == (404, {*named, "id"})
    for method, override in (("DELETE", {}), ("POST", {"X-HTTP-Method-Override": "DELETE"})):
        assert as_operator(method, f"{there}?zzz=1", **TUS, **override).status_code == 400
    assert Upload.objects.get().offset == 0


def test_what_is_given_twice_is_told_by_name(as_operator: Api) -> None:
    answer = _form(as_operator, {"procedure": ["a", "b"], "class_id": "many", "file": _file()}, query="")
    assert answer.json()["errors"].keys() == {"procedure", "class_id"}
    twice = f"{_metadata(filename='a.mp4')},{_metadata(filename='b.mp4')}"
    answer = as_operator("POST", "uploads", **TUS, **{"Upload-Length": "100", "Upload-Metadata": twice})
    assert answer.json()["errors"] == {"Upload-Metadata": ["filename is given twice."]}
    assert not Upload.objects.exclude(state=UploadState.ABORTED).exists()


def test_a_query_is_told_beside_whatever_else_refuses_a_request(as_operator: Api) -> None:
    broken = as_operator("POST", "classes?zzz=1", b"{", content_type="application/json")
    assert (broken.status_code, list(broken.json()["errors"])) == (400, ["zzz"])
    other = as_operator("POST", "classes?zzz=1", b"x", content_type="text/plain")
    assert (other.status_code, list(other.json()["errors"])) == (415, ["zzz"])
