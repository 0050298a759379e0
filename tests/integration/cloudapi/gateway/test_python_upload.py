"""vod-python-sdk, unmodified, as a program of its own: it knows of Zoetrope by environment variables alone."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import AnimatedImage, Media, ObjectPart, ProcedureTask, Upload
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
from procedures.models import Procedure
from tests.integration.cloudapi.conftest import HLS, RunningGateway
from tests.integration.cloudapi.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
MIB = 1024 * 1024
Program = Callable[..., Any]


def _assert_stored(media: Media, path: Path) -> None:
    with storage().open(media.storage_key) as file:
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(path.read_bytes()).digest()


def _assert_animated(media: Media) -> None:
    images = list(AnimatedImage.objects.filter(media=media).order_by("container"))
    assert [(image.container, image.frames) for image in images] == [("gif", 8), ("webp", 10)]
    for image in images:
        with storage().open(image.storage_key) as file, Image.open(file) as picture:
            assert picture.is_animated  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [MIB, 40 * MIB], ids=["single", "multipart"])
def test_a_file_with_a_procedure_becomes_animated_images(
    program: Program, clip_of: Callable[[int], Path], procedure: Procedure, run_jobs: Callable[[], int], size: int
) -> None:
    path = clip_of(size)
    answer = program("upload.py", MediaFilePath=str(path), Procedure=procedure.name, MediaName="my clip")
    media = Media.objects.get(file_id=answer["FileId"])
    assert media.name == "my clip"
    assert answer["MediaUrl"].endswith(media.storage_key)
    _assert_stored(media, path)
    run_jobs()
    _assert_animated(media)
    assert not list(scratch().iterdir())


def test_a_cover_becomes_the_poster_and_stays_it(
    program: Program, clip: Path, tmp_path: Path, run_jobs: Callable[[], int]
) -> None:
    cover = tmp_path / "cover.png"
    Image.new("RGB", (64, 36), "red").save(cover)
    answer = program("upload.py", MediaFilePath=str(clip), CoverFilePath=str(cover))
    run_jobs()
    media = Media.objects.get()
    assert answer["CoverUrl"].endswith(media.poster_key)
    with storage().open(media.poster_key) as file:
        assert file.read() == cover.read_bytes()
    assert media.metadata is not None


def test_a_playlist_and_its_segments_are_one_media(
    program: Program, playlist: Path, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    program("upload.py", MediaFilePath=str(playlist), Procedure=procedure.name)
    media = Media.objects.get()
    assert media.media_type == "ts"
    run_jobs()
    media.refresh_from_db()
    assert media.problem == ""
    assert media.metadata is not None
    assert abs(media.metadata["duration"] - 3) < 0.2
    _assert_animated(media)


@pytest.mark.parametrize(
    ("name", "form", "options"),
    [
        ("index.m3u8", "hls", {**HLS, "hls_segment_type": "fmp4"}),
        ("index.m3u8", "hls", {**HLS, "hls_flags": "single_file"}),
        ("index.mpd", "dash", {"seg_duration": "1"}),
        ("index.mpd", "dash", {"seg_duration": "1", "use_timeline": "0"}),
        ("index.mpd", "dash", {"seg_duration": "1", "single_file": "1"}),
    ],
    ids=["fragments", "ranges", "dash", "dash-numbers", "dash-ranges"],
)
def test_streams_of_every_shape_come_out_whole(
    program: Program,
    streamed: Callable[..., Path],
    run_jobs: Callable[[], int],
    name: str,
    form: str,
    options: dict[str, str],
) -> None:
    program("upload.py", MediaFilePath=str(streamed(name, form=form, **options)))
    run_jobs()
    media = Media.objects.get()
    assert media.problem == ""
    assert media.metadata is not None
    assert abs(media.metadata["duration"] - 3) < 0.2


def test_a_killed_upload_starts_again_and_leaves_one_media(
    start: Callable[..., subprocess.Popen[str]], program: Program, clip_of: Callable[[int], Path], procedure: Procedure
) -> None:
    path = clip_of(12 * MIB)
    killed = start("upload.py", MediaFilePath=str(path), ConcurrentUploadNumber=1)
    until(lambda: ObjectPart.objects.count() >= 3)
    killed.kill()
    killed.communicate()
    program("upload.py", MediaFilePath=str(path), Procedure=procedure.name)
    _assert_stored(Media.objects.get(), path)
    assert ProcedureTask.objects.count() == 1
    Upload.objects.filter(media=None).update(expires_at="2020-01-01T00:00:00Z")
    collect_garbage()
    assert not list(scratch().iterdir())


def test_the_documented_errors_reach_the_program(
    start: Callable[..., subprocess.Popen[str]], clip: Path, gateway: RunningGateway
) -> None:
    _, err = start("upload.py", MediaFilePath=str(clip), Procedure="nowhere").communicate(timeout=60)
    assert "InvalidParameterValue.Procedure" in err
    assert not Media.objects.exists()
