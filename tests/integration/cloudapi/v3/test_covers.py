"""CoverBySnapshotTaskSet: a poster beside the animation (docs/protocol 2.3.1)."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from applications.models import Application, User
from media_jobs.library.services import delete_media
from media_jobs.models import Job, Media
from media_jobs.store.storage import storage, url_of

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]


def _cover(kind: str, value: float) -> dict[str, Any]:
    return {"Definition": 10, "PositionType": kind, "PositionValue": value}


def _picture(key: str) -> bytes:
    with storage().open(key) as file:
        return file.read()


def test_a_flow_with_a_cover_makes_it_the_medias_cover(
    call: Call, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    animated = {"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 1}
    flow = {"AnimatedGraphicTaskSet": [animated], "CoverBySnapshotTaskSet": [_cover("Time", 2)]}
    call("CreateProcedureTemplate", Name="cover", MediaProcessTask=flow)
    media = upload_clip(procedure="cover")
    assert run_jobs() == 3
    media.refresh_from_db()
    detail = call("DescribeTaskDetail", TaskId=media.tasks.get().task_id).ProcedureTask
    gif, cover = detail.MediaProcessResultSet
    assert (gif.Type, gif.AnimatedGraphicTask.Status) == ("AnimatedGraphics", "SUCCESS")
    assert (cover.Type, cover.CoverBySnapshotTask.Status) == ("CoverBySnapshot", "SUCCESS")
    assert cover.CoverBySnapshotTask.Input.PositionValue == 2
    assert cover.CoverBySnapshotTask.Output.CoverUrl == url_of(media.poster_key)
    with Image.open(BytesIO(_picture(media.poster_key))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 180))


def test_time_and_percent_mean_the_same_moment(call: Call, uploaded: Media, run_jobs: Callable[[], int]) -> None:
    covers = [_cover("Time", 1.5), _cover("Percent", 50), _cover("Percent", 100)]
    call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask={"CoverBySnapshotTaskSet": covers})
    run_jobs()
    by_time, by_percent, last = (_picture(job.cover_key) for job in Job.objects.filter(kind=Job.Kind.COVER))
    assert by_time == by_percent != last


def test_the_first_look_at_a_media_does_not_undo_its_cover(
    call: Call, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    media = upload_clip()
    Job.objects.filter(kind=Job.Kind.ANALYSE).update(priority=-10)
    call("ProcessMedia", FileId=media.file_id, MediaProcessTask={"CoverBySnapshotTaskSet": [_cover("Time", 1)]})
    run_jobs()
    media.refresh_from_db()
    assert media.metadata
    assert media.poster_key == Job.objects.get(kind=Job.Kind.COVER).cover_key


def test_a_deleted_media_takes_its_covers_along(call: Call, uploaded: Media, run_jobs: Callable[[], int]) -> None:
    covers = [_cover("Time", 0), _cover("Time", 2)]
    call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask={"CoverBySnapshotTaskSet": covers})
    run_jobs()
    keys = [job.cover_key for job in Job.objects.filter(kind=Job.Kind.COVER)]
    assert all(storage().exists(key) for key in keys)
    delete_media(media=uploaded)
    assert not any(storage().exists(key) for key in keys)


SENSELESS_COVERS: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.Definition", {"Definition": 11}),
    ("InvalidParameterValue", {"PositionType": "Frame"}),
    ("InvalidParameterValue", {"PositionValue": -1}),
    ("InvalidParameterValue", {"PositionType": "Percent", "PositionValue": 101}),
]


def test_a_cover_that_makes_no_sense_is_refused(
    refused: Callable[..., str], application: Application, uploaded: Media
) -> None:
    for code, given in SENSELESS_COVERS:
        covers = [{**_cover("Time", 1), **given}]
        task = {"CoverBySnapshotTaskSet": covers}
        assert refused("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=task) == code, given
    assert not application.tasks.exists()


def test_the_console_and_rest_show_a_cover_beside_the_images(
    call: Call, uploaded: Media, owner: User, run_jobs: Callable[[], int]
) -> None:
    work = {"AnimatedGraphicTaskSet": [{"Definition": 20000}], "CoverBySnapshotTaskSet": [_cover("Percent", 25)]}
    task_id = call("ProcessMedia", FileId=uploaded.file_id, MediaProcessTask=work).TaskId
    run_jobs()
    browser = Client()
    browser.force_login(owner)
    page = browser.get(f"/app/1500000001/vod/task/{task_id}").content.decode()
    cover = Job.objects.get(kind=Job.Kind.COVER)
    assert "Cover at 25 %" in page
    assert cover.cover_key in page
    assert browser.get(f"/media/{cover.cover_key}")["Content-Type"] == "image/jpeg"
    image, still = browser.get(f"/api/v1/tasks/{task_id}").json()["jobs"]
    assert (image["state"], still["state"], still["start"], still["output"]) == ("SUCCESS", "SUCCESS", None, None)
