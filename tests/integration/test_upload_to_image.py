"""The thin line through the house: an upload with a task flow ends as a GIF and a WebP that others can open."""

from collections.abc import Callable

import pytest
from PIL import Image

from media_jobs.models import AnimatedImage, Media, ProcedureTask
from media_jobs.states import JobState, TaskStatus
from media_jobs.store.storage import storage
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)


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
