"""/upload/resumable: tus for visitors, with a client upload signature as their right."""

import time
from typing import Any

import pytest
import time_machine
from django.test import Client

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey, Application
from media_jobs.models import Media, ProcedureTask, Upload
from procedures.models import Procedure
from tests.integration.rest.conftest import Api
from tests.integration.rest.tus_calls import BYTES, DATA, begin, upload_metadata

pytestmark = pytest.mark.django_db
ADDRESS = "/upload/resumable"


def test_a_visitors_video_comes_in_two_pieces_and_starts_the_signed_flow(api_key: ApiKey, procedure: Procedure) -> None:
    signature = _signature(api_key, procedure=procedure.name, sourceContext="page 7")
    begun = _create(signature)
    assert (begun.status_code, begun["Access-Control-Allow-Origin"]) == (201, "*")
    assert _send(signature, begun["Location"], DATA[:99], offset=0)["Upload-Offset"] == "99"
    asked = _ask("HEAD", begun["Location"], signature)
    assert (asked.status_code, asked["Upload-Offset"]) == (200, "99")
    file_id = _send(signature, begun["Location"], DATA[99:], offset=99)["Zoetrope-File-Id"]
    media = Media.objects.get(file_id=file_id)
    assert (media.source_context, media.size) == ("page 7", len(DATA))
    assert ProcedureTask.objects.get(media=media).procedure == procedure.name
    assert Upload.objects.get().door == "visitor"


def test_a_browser_that_asks_first_is_told_that_any_page_may(db: None) -> None:
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,tus-resumable"}
    for address in (ADDRESS, f"{ADDRESS}/any"):
        answer = Client().options(address, headers={"Origin": "https://shop.example", **asked})
        assert answer.status_code == 204
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "PATCH" in answer["Access-Control-Allow-Methods"]
        assert answer["Access-Control-Allow-Headers"] == "authorization,tus-resumable"
        assert "concatenation" in answer["Tus-Extension"]
    exposed = answer["Access-Control-Expose-Headers"].split(", ")
    assert {"Location", "Upload-Offset", "Upload-Length", "Zoetrope-File-Id"} <= set(exposed)


def test_without_a_signature_that_holds_nothing_is_begun_and_the_page_may_read_why(api_key: ApiKey) -> None:
    late = _signature(api_key, now=time.time() - 7200)
    forged = "A" * 28 + _signature(api_key)[28:]
    wrong = [{}, {"Authorization": "Bearer x"}, *({"Authorization": f"Signature {one}"} for one in (late, forged, ""))]
    for headers in wrong:
        answer = Client().post(ADDRESS, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5", **headers})
        assert answer.status_code == 403
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "signature" in answer.json()["detail"].lower()
    assert not Upload.objects.exists()


def test_what_began_in_time_goes_on_when_the_signature_has_run_out(api_key: ApiKey) -> None:
    signature = _signature(api_key, life=60)
    location = _create(signature)["Location"]
    with time_machine.travel(time.time() + 3600):
        assert _create(signature).status_code == 403
        assert "Zoetrope-File-Id" in _send(signature, location, DATA, offset=0)


def test_a_disabled_key_stops_what_its_visitors_began(api_key: ApiKey) -> None:
    signature = _signature(api_key)
    location = _create(signature)["Location"]
    ApiKey.objects.update(enabled=False)
    assert _send(signature, location, DATA, offset=0).status_code == 403


@pytest.mark.parametrize("status", ["Off", "Destroying"])
def test_an_application_that_is_off_or_terminated_takes_nothing_of_visitors(api_key: ApiKey, status: str) -> None:
    signature = _signature(api_key)
    location = _create(signature)["Location"]
    Application.objects.update(status=status)
    assert _send(signature, location, DATA, offset=0).status_code == 403
    assert _create(signature).status_code == 403


def test_a_one_time_signature_is_good_for_one_file_however_it_comes(api_key: ApiKey) -> None:
    signature = _signature(api_key, oneTimeValid=1)
    assert _create(signature, filename="clip.exe").status_code == 400
    pieces = [_create(signature, **{"Upload-Concat": "partial"})["Location"] for _ in range(2)]
    for piece in pieces:
        assert _send(signature, piece, DATA, offset=0).status_code == 204
    assert _ask("DELETE", pieces[1], signature).status_code == 204
    final = _ask("POST", ADDRESS, signature, **{"Upload-Concat": f"final;{pieces[0]}", **_named("clip.mp4")})
    assert final.status_code == 201
    again = _create(signature)
    assert (again.status_code, Media.objects.count()) == (403, 1)
    assert "used before" in again.json()["detail"]


def test_a_visitor_who_cancels_may_use_the_one_time_signature_again(api_key: ApiKey) -> None:
    signature = _signature(api_key, oneTimeValid=1)
    location = _create(signature)["Location"]
    assert _create(signature).status_code == 403
    assert _ask("DELETE", location, signature).status_code == 204
    assert _create(signature).status_code == 201


def test_what_belongs_into_the_signature_is_refused_beside_it(api_key: ApiKey) -> None:
    signature = _signature(api_key)
    for name in ("procedure", "classId", "filenam"):
        refused = _create(signature, **{name: "1"})
        assert (refused.status_code, name in refused.json()["detail"]) == (400, True)
    assert _create(signature, order="7", filetype="video/mp4").status_code == 201


def test_a_signature_reaches_no_upload_of_the_team(api_key: ApiKey, as_operator: Api) -> None:
    team = begin(as_operator).rpartition("/")[2]
    signature = _signature(api_key)
    for method in ("HEAD", "PATCH", "DELETE"):
        assert _ask(method, f"{ADDRESS}/{team}", signature, DATA, content_type=BYTES).status_code == 404
    assert _ask("GET", ADDRESS, signature).status_code == 405


def _signature(key: ApiKey, *, now: float = 0, life: int = 600, **wishes: str | int) -> str:
    fields = {**fresh_fields(secret_id=key.secret_id, now=now or time.time(), life=life), **wishes}
    return sign(fields, secret_key=key.secret_key)


def _named(filename: str, **more: str) -> dict[str, str]:
    return {"Upload-Metadata": upload_metadata(filename=filename, **more)}


def _create(signature: str, *, filename: str = "clip.mp4", **more: str) -> Any:
    headers = {name: value for name, value in more.items() if name.startswith("Upload-")}
    metadata = {name: value for name, value in more.items() if name not in headers}
    given = {"Upload-Length": str(len(DATA)), **_named(filename, **metadata), **headers}
    return _ask("POST", ADDRESS, signature, **given)


def _send(signature: str, location: str, data: bytes, *, offset: int) -> Any:
    return _ask("PATCH", location, signature, data, content_type=BYTES, **{"Upload-Offset": str(offset)})


def _ask(method: str, address: str, signature: str, data: bytes = b"", content_type: str = "", **headers: str) -> Any:
    given = {"Tus-Resumable": "1.0.0", "Authorization": f"Signature {signature}", **headers}
    return Client().generic(method, address, data, content_type=content_type, headers=given)
