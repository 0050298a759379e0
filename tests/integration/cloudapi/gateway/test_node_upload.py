"""vod-node-sdk, unmodified, behind the gateway: v1 signatures, and parts however small the file."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from media_jobs.models import Media, ProcedureTask
from media_jobs.store.storage import storage
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]
MIB = 1024 * 1024
Program = Callable[..., Any]


@pytest.mark.parametrize("size", [200_000, 5 * MIB])
def test_a_file_with_a_procedure_arrives_and_starts_it(
    program: Program, clip_of: Callable[[int], Path], procedure: Procedure, size: int
) -> None:
    path = clip_of(size)
    answer = program("upload.js", MediaFilePath=str(path), Procedure=procedure.name)
    media = Media.objects.get(file_id=answer["FileId"])
    with storage().open(media.storage_key) as file:
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(path.read_bytes()).digest()
    assert ProcedureTask.objects.get().media == media


def test_a_cover_and_a_playlist_arrive(program: Program, playlist: Path, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    Image.new("RGB", (64, 36), "red").save(cover)
    answer = program("upload.js", MediaFilePath=str(playlist), CoverFilePath=str(cover))
    media = Media.objects.get()
    assert media.media_type == "ts"
    assert answer["CoverUrl"].endswith(media.poster_key)
    assert storage().size(media.poster_key) == cover.stat().st_size


def test_a_refusal_reaches_the_program(program: Program, clip: Path) -> None:
    answer = program("upload.js", MediaFilePath=str(clip), Procedure="nowhere")
    assert "InvalidParameterValue.Procedure" in answer["refused"]
