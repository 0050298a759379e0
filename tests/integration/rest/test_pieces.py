"""A file that comes in several pieces at once (tus concatenation), at /api/v1/uploads."""

from typing import Any

import pytest

from applications.models import Application
from applications.quotas import set_quota
from media_jobs.maintenance.cleaning import finish_uploads
from media_jobs.models import Media, ProcedureTask, Upload
from media_jobs.store.storage import storage
from media_jobs.uploads.concatenate import MOST_PIECES, concatenate, length_of
from media_jobs.uploads.part import part_path
from media_jobs.uploads.refusals import UploadClosed
from media_jobs.uploads.services import Wanted
from procedures.models import Procedure
from tests.integration.rest.conftest import Api
from tests.integration.rest.tus_calls import BYTES, DATA, ask, create, head, location_of, send, upload_metadata

pytestmark = pytest.mark.django_db

HALF = len(DATA) // 2


def test_pieces_that_came_side_by_side_become_one_media_with_its_task(as_operator: Api, procedure: Procedure) -> None:
    first, second = _piece(as_operator, DATA[:HALF]), _piece(as_operator, DATA[HALF:])
    assert head(as_operator, first)["Upload-Concat"] == "partial"
    assert not Media.objects.exists()
    assert as_operator.get("uploads")["count"] == 0
    answer = _final(as_operator, first, second, procedure="loops")
    assert answer.status_code == 201
    media = Media.objects.get(file_id=answer["Zoetrope-File-Id"])
    assert (media.name, ProcedureTask.objects.get(media=media).procedure) == ("clip", "loops")
    with storage().open(media.storage_key) as stored:
        assert stored.read() == DATA
    asked = head(as_operator, location_of(answer))
    assert asked["Upload-Concat"] == f"final;/api/v1/{first} /api/v1/{second}"
    assert asked["Upload-Offset"] == asked["Upload-Length"] == str(len(DATA))
    assert head(as_operator, first).status_code == 410
    assert [row["name"] for row in as_operator.get("uploads")["results"]] == ["clip"]


def test_a_piece_may_come_with_its_creation(as_operator: Api) -> None:
    whole = create(as_operator, DATA, content_type=BYTES, **{"Upload-Concat": "partial", "Upload-Metadata": None})
    assert (whole.status_code, whole["Upload-Offset"]) == (201, str(len(DATA)))
    assert _final(as_operator, location_of(whole)).status_code == 201


def test_a_file_of_pieces_takes_no_more_bytes(as_operator: Api) -> None:
    location = location_of(_final(as_operator, _piece(as_operator, DATA)))
    assert send(as_operator, location, b"more", offset=len(DATA)).status_code == 403


def test_a_file_is_made_once_of_complete_pieces_of_ones_own(as_operator: Api, as_stranger: Api) -> None:
    piece = _piece(as_operator, DATA[:HALF])
    half = location_of(create(as_operator, **{"Upload-Concat": "partial"}))
    ordinary = location_of(create(as_operator))
    assert _final(as_operator, piece, half).status_code == 409
    assert _final(as_operator, piece, ordinary).status_code == 400
    assert _final(as_operator, piece, piece).status_code == 400
    assert _final(as_operator, *[piece] * (MOST_PIECES + 1)).status_code == 400
    assert _final(as_operator, piece, "uploads/nonsense").status_code == 404
    assert _final(as_stranger, piece).status_code == 404
    for nonsense in ("final;", "final", "partial;x", "whole"):
        assert create(as_operator, **{"Upload-Concat": nonsense}).status_code == 400
    assert _final(as_operator, piece, name="clip.exe").status_code == 400
    assert _final(as_operator, piece).status_code == 201
    assert _final(as_operator, piece).status_code == 410
    assert Media.objects.count() == 1


def test_of_two_that_make_a_file_of_the_same_pieces_at_once_one_does(
    as_operator: Api, application: Application
) -> None:
    """Both found the pieces open, and the second gets at them when the first is done."""
    _piece(as_operator, DATA)
    pieces = [Upload.objects.get()]
    wanted = Wanted(name="clip.mp4", length=length_of(pieces), concat="final;x")
    made = concatenate(pieces, application=application, wanted=wanted, door="tus", user=None)
    with pytest.raises(UploadClosed):
        concatenate(pieces, application=application, wanted=wanted, door="tus", user=None)
    assert [one.pk for one in Upload.objects.filter(state="OPEN")] == [made.pk]


def test_pieces_whose_file_cannot_be_made_now_are_still_there(
    as_operator: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = _piece(as_operator, DATA)
    with monkeypatch.context() as patched:
        patched.setattr("media_jobs.uploads.concatenate.copy_bytes", _no_room)
        assert _final(as_operator, piece).status_code == 507
    assert _final(as_operator, piece).status_code == 201
    assert Upload.objects.filter(state="OPEN").count() == 0


def test_a_piece_is_never_taken_for_a_file_whose_answer_was_lost(as_operator: Api) -> None:
    piece = _piece(as_operator, DATA)
    Upload.objects.update(updated_at="2020-01-01T00:00:00Z")
    finish_uploads()
    assert not Media.objects.exists()
    assert part_path(Upload.objects.get().id).exists()
    assert _final(as_operator, piece).status_code == 201


def test_bytes_that_came_in_pieces_count_once_in_the_quota(as_operator: Api, application: Application) -> None:
    set_quota(application=application, limits={"max_bytes": len(DATA) + 1})
    piece = _piece(as_operator, DATA)
    assert create(as_operator, **{"Upload-Concat": "partial"}).status_code >= 400
    assert _final(as_operator, piece).status_code == 201


def _piece(api: Api, data: bytes) -> str:
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": None, "Upload-Concat": "partial"}
    location = location_of(create(api, **headers))
    assert send(api, location, data, offset=0)["Upload-Offset"] == str(len(data))
    return location


def _final(api: Api, *pieces: str, name: str = "clip.mp4", **metadata: str) -> Any:
    addresses = " ".join(f"/api/v1/{piece}" for piece in pieces)
    headers = {"Upload-Concat": f"final;{addresses}", "Upload-Metadata": upload_metadata(filename=name, **metadata)}
    return ask(api, "POST", "uploads", **headers)


def _no_room(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")
