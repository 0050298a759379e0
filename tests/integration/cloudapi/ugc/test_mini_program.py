"""vod-wx-sdk-v2, unmodified: it puts objects to the upload host, with the bucket's name in Vod-Forward-Cos."""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pytest_django.live_server_helper import LiveServer

from media_jobs.models import Media
from media_jobs.store.storage import storage
from tests.integration.cloudapi.conftest import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1024 * 1024
PROGRAM = ROOT / "tests/clients/programs/mini_program.cjs"


@pytest.mark.parametrize("size", [MIB, 20 * MIB], ids=["one part", "three parts"])
def test_a_mini_program_uploads_a_video_with_its_cover(
    live_server: LiveServer,
    signature: Callable[..., str],
    clip_of: Callable[[int], Path],
    tmp_path: Path,
    size: int,
) -> None:
    path, cover = clip_of(size), tmp_path / "cover.png"
    Image.new("RGB", (64, 36), "red").save(cover)
    server = live_server.url.removeprefix("http://")
    asked = {"server": server, "file": str(path), "cover": str(cover), "signature": signature()}
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(ROOT / "tests/sdk/node_modules")}
    command = ["node", str(PROGRAM), "whole upload", json.dumps(asked)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout, done.stderr[-2000:]
    told = json.loads(done.stdout)
    media = Media.objects.get()
    assert told.get("fileId") == media.file_id, told
    assert {host for _, host, forwarded in told["asked"] if forwarded} == {"vod2.qcloud.com"}
    assert _stored(media.storage_key) == hashlib.sha256(path.read_bytes()).digest()
    assert _stored(media.poster_key) == hashlib.sha256(cover.read_bytes()).digest()


def _stored(key: str) -> bytes:
    with storage().open(key) as file:
        return hashlib.file_digest(file, "sha256").digest()
