"""The thin line through the house: an upload with a task flow ends as a GIF and a WebP that others can open."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from applications.models import Application
from media_jobs.models import AnimatedImage, Media, ProcedureTask
from media_jobs.states import JobState, TaskStatus
from media_jobs.store.storage import storage
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from tests.unit.animator.clips import Clip, render

pytestmark = pytest.mark.django_db(transaction=True)
BROADCAST = {"codec": "mpeg2video", "rate": 25, "pictures": 75}
# By the name that a camcorder, a telephone, a recorder or an older program gives it, what such a file holds.
AS_DEVICES_NAME_THEM = {
    "00001.MTS": Clip(container="mpegts", pictures=30),
    "00001.m2ts": Clip(container="mpegts", pictures=30, muxer={"mpegts_m2ts_mode": "1"}),
    "tape.m2t": Clip(container="mpegts", **BROADCAST),
    "tuner.tp": Clip(container="mpegts", **BROADCAST),
    "MOV001.MOD": Clip(container="vob", **BROADCAST),
    "MOV001.tod": Clip(container="mpegts", **BROADCAST),
    "disc.m2p": Clip(container="vob", **BROADCAST),
    "phone.3g2": Clip(container="3g2", codec="mpeg4", pictures=30),
    "phone.3gpp": Clip(container="3gp", codec="mpeg4", pictures=30),
    "GL010001.LRV": Clip(container="mp4", pictures=30),
    "film.divx": Clip(container="avi", codec="mpeg4", pictures=30),
    "screencast.ogv": Clip(container="ogg", codec="libvpx", pictures=30),
    "film.ogm": Clip(container="ogg", codec="libvpx", pictures=30),
    "camera.h264": Clip(container="h264", pictures=75, rate=25),
    "stream.m2v": Clip(container="mpeg2video", **BROADCAST),
    "deep.mk3d": Clip(container="matroska", pictures=30),
    "sticker.apng": Clip(codec="apng", pixel_format="rgb24", pictures=30),
    "camera.mjpg": Clip(codec="mjpeg", pixel_format="yuvj420p", container="mjpeg", pictures=75, rate=25),
    "edit.nut": Clip(container="nut", pictures=30),
}


def test_an_upload_with_a_task_flow_becomes_a_gif_and_a_webp(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    assert run_jobs() == 3
    task = ProcedureTask.objects.get(media=media)
    assert task.status == TaskStatus.FINISH
    assert [(job.state, job.message) for job in task.jobs.all()] == [(JobState.SUCCESS, "")] * 2
    gif, webp = AnimatedImage.objects.filter(media=media).order_by("definition")
    assert (gif.container, gif.width, gif.height, gif.start, gif.end) == ("gif", 160, 90, 0.5, 2.0)
    assert (webp.container, webp.width, webp.height, webp.start, webp.end) == ("webp", 160, 90, 1.0, 2.0)
    for image, seconds in ((gif, 1.6), (webp, 1.0)):
        with storage().open(image.storage_key) as file, Image.open(file) as picture:
            assert picture.size == (160, 90)
            durations = []
            for number in range(picture.n_frames):
                picture.seek(number)
                picture.load()
                durations.append(picture.info["duration"])
            assert picture.n_frames == image.frames > 1
            assert picture.info["loop"] == 0
            assert abs(sum(durations) / 1000 - seconds) <= 0.01
            assert image.storage_key.endswith(f"v.f{image.definition}.{image.container}")


def test_the_upload_is_looked_at_and_gets_a_poster(
    upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    media = upload_clip()
    run_jobs()
    media.refresh_from_db()
    assert media.metadata is not None
    assert (media.metadata["width"], media.metadata["height"], media.metadata["duration"]) == (320, 180, 3.0)
    with storage().open(media.poster_key) as file, Image.open(file) as poster:
        assert poster.format == "JPEG"
        assert poster.width <= 640


@pytest.mark.parametrize("name", AS_DEVICES_NAME_THEM)
def test_a_file_by_the_name_that_its_device_gave_it_becomes_pictures(
    application: Application, procedure: Procedure, run_jobs: Callable[[], int], tmp_path: Path, name: str
) -> None:
    data = render(tmp_path / name, AS_DEVICES_NAME_THEM[name]).read_bytes()
    begun = uploads.begin(
        application=application,
        wanted=uploads.Wanted(name=name, length=len(data), procedure=procedure.name),
        door="test",
    )
    uploads.append(upload_id=begun.id, offset=0, source=io.BytesIO(data))
    media = uploads.commit(upload_id=begun.id)
    run_jobs()
    assert [(job.state, job.message) for job in media.tasks.get().jobs.all()] == [(JobState.SUCCESS, "")] * 2
