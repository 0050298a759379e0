"""The bucket storage against a real S3 server over HTTP (moto's), and the whole upload path on top of it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from django.conf import LazySettings
from moto.server import ThreadedMotoServer
from PIL import Image

from media_jobs.models import AnimatedImage, Media
from media_jobs.store import storage as storages
from media_jobs.store.s3 import S3Bucket, StorageUnavailable
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import Storage, storage
from media_jobs.store.stretch import Stretch
from procedures.models import Procedure

pytestmark = pytest.mark.xdist_group("moto")
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="AKIDTEST",
        aws_secret_access_key="top/secret+1",
        region_name="us-east-1",
    ).create_bucket(Bucket="media")
    yield f"s3://AKIDTEST:top%2Fsecret%2B1@{host}:{port}/media?tls=0"
    moto.stop()


@pytest.fixture
def bucket(server: str, settings: LazySettings) -> Storage:
    settings.STORAGE_URL = server
    storages.storage.cache_clear()
    return storage()


def _file(data: bytes) -> Path:
    path = scratch() / "made.bin"
    path.write_bytes(data)
    return path


def test_the_storage_url_chooses_the_bucket(bucket: Storage) -> None:
    assert isinstance(bucket, S3Bucket)


@pytest.mark.parametrize("size", [0, 1, 5 * MIB, 40 * MIB + 7])
def test_an_adopted_file_comes_back_byte_by_byte(bucket: Storage, size: int) -> None:
    data = os.urandom(size)
    path = _file(data)
    bucket.adopt(path, f"1/{size}/v.mp4")
    assert not path.exists()
    assert bucket.size(f"1/{size}/v.mp4") == size
    with bucket.open(f"1/{size}/v.mp4") as stream:
        assert hashlib.sha256(stream.read()).digest() == hashlib.sha256(data).digest()
    with bucket.local(f"1/{size}/v.mp4") as copy:
        assert copy.read_bytes() == data


def test_adopting_again_after_a_crash_does_no_harm(bucket: Storage) -> None:
    path = _file(b"once")
    bucket.adopt(path, "1/again/v.mp4")
    bucket.adopt(path, "1/again/v.mp4")
    assert bucket.size("1/again/v.mp4") == 4


@pytest.mark.parametrize("size", [3, 20 * MIB])
def test_a_copy_is_made_within_the_bucket(bucket: Storage, size: int) -> None:
    data = os.urandom(size)
    bucket.adopt(_file(data), "1/original/v.gif")
    bucket.copy("1/original/v.gif", "1/copy/v.gif")
    bucket.delete("1/original/v.gif")
    with bucket.open("1/copy/v.gif") as stream:
        assert stream.read() == data
    with pytest.raises(FileNotFoundError):
        bucket.copy("1/original/v.gif", "1/other/v.gif")


def test_adopting_what_never_was_is_an_error(bucket: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        bucket.adopt(scratch() / "nothing", "1/nothing/v.mp4")


def test_a_stream_can_be_read_from_anywhere(bucket: Storage) -> None:
    data = os.urandom(3 * MIB)
    bucket.adopt(_file(data), "1/seek/v.mp4")
    with bucket.open("1/seek/v.mp4") as stream:
        for offset in (2 * MIB, 10, 0, 3 * MIB - 1, 3 * MIB, 5 * MIB):
            stream.seek(offset)
            assert stream.read(1000) == data[offset : offset + 1000]
        assert stream.seek(-5, os.SEEK_END) == 3 * MIB - 5
        assert stream.read() == data[-5:]


def test_a_range_is_served_from_the_bucket(bucket: Storage) -> None:
    data = os.urandom(MIB)
    bucket.adopt(_file(data), "1/range/v.mp4")
    stretch = Stretch(lambda: storage().open("1/range/v.mp4"), first=1000, length=300_000)
    assert b"".join(iter(lambda: stretch.read(70_000), b"")) == data[1000:301_000]
    stretch.close()


def test_what_is_missing_is_missing_as_on_a_disk(bucket: Storage) -> None:
    assert not bucket.exists("1/none")
    for read in (bucket.size, bucket.open, lambda key: bucket.local(key).__enter__()):
        with pytest.raises(FileNotFoundError):
            read("1/none")
    bucket.delete("1/none")


def test_a_deleted_object_is_gone(bucket: Storage) -> None:
    bucket.adopt(_file(b"x"), "1/gone/v.mp4")
    bucket.delete("1/gone/v.mp4")
    assert not bucket.exists("1/gone/v.mp4")


def test_the_probe_tells_a_good_bucket_from_a_missing_one(bucket: Storage, server: str) -> None:
    bucket.probe()
    with pytest.raises(StorageUnavailable):
        S3Bucket.from_url(server.replace("/media?", "/other?")).probe()


def test_a_server_that_is_away_is_an_os_error() -> None:
    away = S3Bucket.from_url("s3://KEY:SECRET@127.0.0.1:9/media?tls=0")
    with pytest.raises(OSError, match=r"127\.0\.0\.1:9"):
        away.size("1/x")


@pytest.mark.parametrize("url", ["s3://K:S@host", "s3://K:S@host/", "s3://K:S@host/a/b", "s3:///media"])
def test_a_url_without_one_bucket_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL"):
        S3Bucket.from_url(url)


@pytest.mark.django_db
def test_an_upload_becomes_pictures_in_the_bucket(
    bucket: Storage, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    images = AnimatedImage.objects.filter(media=media)
    assert len(images) == 2
    for image in images:
        with bucket.open(image.storage_key) as file, Image.open(file) as picture:
            assert (picture.width, picture.height) == (image.width, image.height)
    assert not [path for path in scratch().iterdir() if path.suffix == ".copy"]
