"""tus 1.0.0, header by header, at /api/v1/uploads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from applications.models import Application
from media_jobs.models import Media, MediaClass, ProcedureTask, Upload
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from media_jobs.uploads.part import part_path
from procedures.models import Procedure
from tests.integration.rest.conftest import Api
from tests.integration.rest.tus_calls import (
    BYTES,
    DATA,
    Bytes,
    ask,
    begin,
    checksum_of,
    create,
    head,
    location_of,
    send,
)

pytestmark = pytest.mark.django_db


def test_options_tells_anybody_what_the_server_can_do(nobody: Api) -> None:
    answer = nobody("OPTIONS", "uploads")
    assert answer.status_code == 204
    assert answer["Tus-Resumable"] == answer["Tus-Version"] == "1.0.0"
    assert "creation-with-upload" in answer["Tus-Extension"].split(",")
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert int(answer["Tus-Max-Size"]) == 60 * 1024**3


def test_a_file_in_two_pieces_becomes_a_media_with_its_task(
    as_operator: Api, application: Application, procedure: Procedure
) -> None:
    shelf = MediaClass.objects.create(application=application, name="Travel")
    wanted = {"procedure": "loops", "class_id": str(shelf.pk), "session_context": "Bestellung №7"}
    location = begin(as_operator, source_context="шоп", tasks_priority="-3", **wanted)
    first = send(as_operator, location, DATA[:5000], offset=0)
    assert (first.status_code, first["Upload-Offset"], first.headers.get("Zoetrope-File-Id")) == (204, "5000", None)
    last = send(as_operator, location, DATA[5000:], offset=5000)
    media = Media.objects.get(file_id=last["Zoetrope-File-Id"])
    task = ProcedureTask.objects.get(media=media)
    assert (media.name, media.source_context, media.media_class) == ("clip", "шоп", shelf)
    assert (task.procedure, task.session_context, task.priority) == ("loops", "Bestellung №7", -3)
    assert _stored(media) == DATA


def test_a_small_file_comes_with_its_creation(as_operator: Api) -> None:
    answer = create(as_operator, DATA, content_type=BYTES)
    assert answer.status_code == 201
    assert answer["Upload-Offset"] == str(len(DATA))
    assert Media.objects.filter(file_id=answer["Zoetrope-File-Id"]).exists()


def test_asking_tells_offset_length_and_expiry(as_operator: Api) -> None:
    location = begin(as_operator)
    send(as_operator, location, DATA[:100], offset=0)
    answer = head(as_operator, location)
    assert (answer.status_code, answer["Upload-Offset"], answer["Upload-Length"]) == (200, "100", "10240")
    assert answer["Cache-Control"] == "no-store"
    assert answer["Upload-Expires"].endswith("GMT")
    assert as_operator.get(location)["offset"] == 100
    assert as_operator.get("uploads?state=OPEN")["results"] == [as_operator.get(location)]
    assert as_operator.get("uploads?state=COMMITTED")["count"] == 0


def test_a_lost_last_answer_does_no_harm(as_operator: Api) -> None:
    location = begin(as_operator)
    last = send(as_operator, location, DATA, offset=0)
    asked = head(as_operator, location)
    assert (asked.status_code, asked["Upload-Offset"]) == (200, asked["Upload-Length"])
    again = send(as_operator, location, b"", offset=len(DATA))
    assert again.status_code == 204
    assert last["Zoetrope-File-Id"] == asked["Zoetrope-File-Id"] == again["Zoetrope-File-Id"]
    behind = send(as_operator, location, DATA, offset=0)
    assert (behind.status_code, behind["Upload-Offset"]) == (409, str(len(DATA)))
    assert Media.objects.count() == 1


def test_asking_completes_what_a_crash_before_the_commit_left(as_operator: Api) -> None:
    location = begin(as_operator)
    upload = Upload.objects.get()
    uploads.append(upload_id=upload.pk, offset=0, source=Bytes(DATA))
    assert Media.objects.count() == 0
    assert head(as_operator, location)["Zoetrope-File-Id"] == Media.objects.get().file_id


def test_a_crash_between_the_file_and_its_row_is_made_good_by_the_next_request(as_operator: Api) -> None:
    location = begin(as_operator)
    upload = Upload.objects.get()
    uploads.append(upload_id=upload.pk, offset=0, source=Bytes(DATA))
    storage().adopt(part_path(upload.pk), upload.storage_key)
    answer = send(as_operator, location, b"", offset=len(DATA))
    assert answer["Zoetrope-File-Id"] == Media.objects.get().file_id


def test_a_wrong_offset_is_a_conflict_that_says_where_to_go_on(as_operator: Api) -> None:
    location = begin(as_operator)
    send(as_operator, location, DATA[:100], offset=0)
    for offset in (0, 99, 101, 10**17):
        answer = send(as_operator, location, DATA[:10], offset=offset)
        assert (answer.status_code, answer["Upload-Offset"]) == (409, "100")
    assert head(as_operator, location)["Upload-Offset"] == "100"


def test_a_piece_with_the_wrong_checksum_is_thrown_away(as_operator: Api) -> None:
    location = begin(as_operator)
    send(as_operator, location, DATA[:100], offset=0)
    wrong = send(as_operator, location, DATA[100:], offset=100, checksum=checksum_of("sha1", DATA))
    assert (wrong.status_code, wrong["Content-Type"]) == (460, "application/problem+json")
    assert head(as_operator, location)["Upload-Offset"] == "100"
    right = send(as_operator, location, DATA[100:], offset=100, checksum=checksum_of("sha256", DATA[100:]))
    assert right.status_code == 204
    assert _stored(Media.objects.get()) == DATA


@pytest.mark.parametrize("checksum", ["md4 AAAA", "sha1", "sha1 !!!", "sha1 é", ""])
def test_a_checksum_that_cannot_be_checked_is_refused(as_operator: Api, checksum: str) -> None:
    location = begin(as_operator)
    assert send(as_operator, location, DATA, offset=0, checksum=checksum).status_code in (400, 460)
    assert head(as_operator, location)["Upload-Offset"] == "0"


def test_a_deferred_length_is_declared_with_a_piece(as_operator: Api) -> None:
    answer = create(as_operator, **{"Upload-Length": None, "Upload-Defer-Length": "1"})
    location = location_of(answer)
    assert head(as_operator, location)["Upload-Defer-Length"] == "1"
    send(as_operator, location, DATA[:100], offset=0)
    assert head(as_operator, location).headers.get("Upload-Length") is None
    last = send(as_operator, location, DATA[100:], offset=100, **{"Upload-Length": str(len(DATA))})
    assert "Zoetrope-File-Id" in last
    changed = send(as_operator, location, b"", offset=5, **{"Upload-Length": "7"})
    assert changed.status_code in (400, 409)


def test_a_cancelled_upload_is_gone(as_operator: Api, django_capture_on_commit_callbacks: Any) -> None:
    location = begin(as_operator)
    upload = Upload.objects.get()
    send(as_operator, location, DATA[:100], offset=0)
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(as_operator, "DELETE", location).status_code == 204
    assert not part_path(upload.pk).exists()
    assert head(as_operator, location).status_code == 410
    assert send(as_operator, location, DATA[100:], offset=100).status_code == 410
    assert ask(as_operator, "DELETE", location).status_code == 410


def test_a_complete_upload_is_not_cancelled(as_operator: Api) -> None:
    location = begin(as_operator)
    send(as_operator, location, DATA, offset=0)
    assert ask(as_operator, "DELETE", location).status_code == 410
    assert Media.objects.present().count() == 1


def test_an_expired_upload_is_gone(as_operator: Api) -> None:
    location = begin(as_operator)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert send(as_operator, location, DATA, offset=0).status_code == 410
        assert head(as_operator, location).status_code == 410


def test_more_bytes_than_declared_are_too_many(as_operator: Api) -> None:
    location = begin(as_operator)
    assert send(as_operator, location, DATA + b"x", offset=0).status_code == 413
    assert head(as_operator, location)["Upload-Offset"] == "0"


def test_a_file_over_the_limit_is_refused_before_its_first_byte(as_operator: Api) -> None:
    answer = create(as_operator, **{"Upload-Length": str(60 * 1024**3 + 1)})
    assert answer.status_code == 413
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": None}, 412),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": None}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({"Upload-Length": "٣"}, 400),
        ({"Upload-Metadata": "filename !!!"}, 400),
        ({"Upload-Metadata": "filename /w=="}, 400),
        ({"Upload-Metadata": "filename a b"}, 400),
        ({"Upload-Metadata": "filename dGV4dC50eHQ="}, 400),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": "filename Y2xpcC5tcDQ=,procedure bm90aGluZw=="}, 404),
        ({"Upload-Metadata": "filename Y2xpcC5tcDQ=,class_id OTk="}, 404),
        ({"Upload-Metadata": "filename Y2xpcC5tcDQ=,class_id eA=="}, 400),
        ({"Upload-Metadata": "filename Y2xpcC5tcDQ=,session_context AA=="}, 400),
    ],
)
def test_a_creation_that_is_wrong_creates_nothing(as_operator: Api, headers: dict[str, Any], status: int) -> None:
    answer = create(as_operator, **headers)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert answer["Tus-Resumable"] == "1.0.0"
    assert status != 412 or answer["Tus-Version"] == "1.0.0"
    assert not Upload.objects.exists()


def test_bytes_under_another_content_type_are_refused(as_operator: Api) -> None:
    location = begin(as_operator)
    assert send(as_operator, location, DATA, offset=0, content_type="video/mp4").status_code == 415
    assert create(as_operator, DATA, content_type="application/json").status_code == 415
    assert head(as_operator, location)["Upload-Offset"] == "0"


@pytest.mark.parametrize("offset", [None, "", "-1", "x", "1.5"])
def test_a_piece_without_a_proper_offset_is_refused(as_operator: Api, offset: str | None) -> None:
    location = begin(as_operator)
    assert send(as_operator, location, DATA, offset=offset).status_code == 400


def test_a_second_writer_is_locked_out(as_operator: Api) -> None:
    location = begin(as_operator)
    upload = Upload.objects.get()

    class Meanwhile(Bytes):
        def read(self, size: int, /) -> bytes:
            assert send(as_operator, location, DATA, offset=0).status_code == 423
            return super().read(size)

    uploads.append(upload_id=upload.pk, offset=0, source=Meanwhile(DATA[:10]))
    assert send(as_operator, location, DATA[10:], offset=10).status_code == 204


def test_a_network_that_lets_only_post_through_is_served(as_operator: Api) -> None:
    location = begin(as_operator)
    override = {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert ask(as_operator, "POST", location, DATA, content_type=BYTES, **override).status_code == 204
    assert ask(as_operator, "POST", location, DATA, content_type=BYTES, **{"Upload-Offset": "0"}).status_code == 405


def test_the_page_that_chose_an_application_keeps_it(
    upload_clip: Callable[..., Media], owner: Any, application: Application
) -> None:
    api = Api()
    api.client.force_login(owner)
    answer = create(api, path=f"uploads?application={application.app_id}")
    assert answer["Location"].endswith(f"?application={application.app_id}")
    assert head(api, location_of(answer)).status_code == 200


def test_a_viewer_may_look_at_uploads_but_not_send(as_viewer: Api, as_operator: Api) -> None:
    location = begin(as_operator)
    assert as_viewer.get(location)["length"] == len(DATA)
    assert head(as_viewer, location).status_code == 403
    assert send(as_viewer, location, DATA, offset=0).status_code == 403


def _stored(media: Media) -> bytes:
    with storage().open(media.storage_key) as file:
        return file.read()
