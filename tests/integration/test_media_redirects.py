"""Readers of media are sent to the bucket, if they may fetch there themselves (moto's server plays it)."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from config.checks import check_settings
from media_jobs.library.services import delete_media
from media_jobs.models import Media
from media_jobs.store import storage as storages
from media_jobs.store.storage import storage, url_of
from media_jobs.uploads.push import push_waiting, pusher
from tests.integration.test_storage_s3 import server  # noqa: F401  a fixture

pytestmark = [pytest.mark.xdist_group("moto"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def media(
    server: str,  # noqa: F811
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    upload_clip: Callable[..., Media],
) -> Media:
    """In the bucket, and on no host."""
    monkeypatch.setattr(pusher, "wake", lambda: None)
    settings.STORAGE_URL = server
    settings.ZOETROPE_MEDIA_REDIRECT = f"http://127.0.0.1:{urlsplit(server).port}"
    storages.storage.cache_clear()
    media = upload_clip()
    push_waiting()
    return media


def _path(media: Media) -> str:
    return urlsplit(url_of(media.storage_key)).path


@pytest.mark.parametrize(
    ("wanted", "faults"),
    [
        ({"ZOETROPE_ACCEL": "/_media/"}, {"zoetrope.E022"}),
        ({"ZOETROPE_ACCEL": "_media", "STORAGE_URL": "file:///x"}, {"zoetrope.E022"}),
        ({"ZOETROPE_ACCEL": "/_media/", "STORAGE_URL": "file:///x", "ZOETROPE_TRUSTED_PROXIES": []}, {"zoetrope.E023"}),
        ({"ZOETROPE_ACCEL": "/_media/", "STORAGE_URL": "file:///x"}, set()),
    ],
)
def test_nginx_sends_media_only_from_the_disk_and_for_a_trusted_proxy(
    settings: LazySettings, wanted: dict[str, Any], faults: set[str]
) -> None:
    settings.STORAGE_URL, settings.ZOETROPE_TRUSTED_PROXIES = "s3://a:b@127.0.0.1/c", ["127.0.0.1"]
    for name, value in wanted.items():
        setattr(settings, name, value)
    storages.storage.cache_clear()
    assert {found.id for found in check_settings()} & {"zoetrope.E022", "zoetrope.E023"} == faults
    storages.storage.cache_clear()


def test_a_reader_gets_the_bytes_and_what_a_browser_must_know_from_the_bucket(client: Client, media: Media) -> None:
    answer = client.get(_path(media))
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, max-age=150"
    got = httpx.get(answer["Location"], headers={"Range": "bytes=4-11"}, trust_env=False)
    assert got.status_code == 206
    with storage().open(media.storage_key) as file:
        assert got.content == file.read()[4:12]
    assert got.headers["Content-Type"] == "video/mp4"
    assert got.headers["Content-Disposition"] == f'inline; filename="{media.name}.mp4"'
    assert got.headers["Cache-Control"] == "private, max-age=86400, immutable"


def test_an_address_is_for_one_method_and_saves_when_asked_to(client: Client, media: Media) -> None:
    answer = client.head(f"{_path(media)}?download")
    assert answer.status_code == 302
    got = httpx.head(answer["Location"], trust_env=False)
    assert int(got.headers["Content-Length"]) == storage().size(media.storage_key)
    assert parse_qs(urlsplit(answer["Location"]).query)["response-content-disposition"][0].startswith("attachment")
    assert client.post(_path(media)).status_code == 405


def test_an_address_works_no_longer_than_the_media_is_public(client: Client, media: Media) -> None:
    media.expires_at = timezone.now() + timedelta(seconds=40)
    media.save(update_fields=["expires_at"])
    answer = client.get(_path(media))
    assert int(parse_qs(urlsplit(answer["Location"]).query)["X-Amz-Expires"][0]) <= 40
    given_out = client.get(_path(media))["Location"]
    Media.objects.filter(pk=media.pk).update(status=Media.Status.FORBIDDEN)
    assert client.get(_path(media)).status_code == 404
    assert httpx.get(given_out, trust_env=False).status_code == 200
    delete_media(media=media)
    gone = {403, 404}  # a server tells only those who may list that there is nothing
    assert httpx.get(given_out, trust_env=False).status_code in gone


def test_what_waits_to_be_pushed_is_served_from_here(
    client: Client, media: Media, upload_clip: Callable[..., Media]
) -> None:
    waiting = upload_clip()
    answer = client.get(_path(waiting))
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("outside", ["s3.example.com", "ftp://s3.example.com", "https://s3.example.com/media"])
def test_an_address_that_would_lead_nowhere_is_refused_at_the_start(settings: LazySettings, outside: str) -> None:
    settings.STORAGE_URL, settings.ZOETROPE_MEDIA_REDIRECT = "s3://k:s@store/bucket", outside
    storages.storage.cache_clear()
    assert "zoetrope.E018" in {message.id for message in check_settings()}


def test_pages_may_show_what_comes_from_there() -> None:
    program = "from config.settings import CONTENT_SECURITY_POLICY as policy; print(policy['DIRECTIVES'])"
    environment = {**os.environ, "ZOETROPE_MEDIA_REDIRECT": "https://s3.example.com/"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.count("'https://s3.example.com'") == 2
