"""What wouldn't fit beside what is promised already is refused at every door before its bytes come, as a full disk."""

import io
import shutil
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from applications.errors import NoSpace
from applications.models import Application, User
from applications.services.keys import issue_access_token
from media_jobs.models import Media, Upload
from media_jobs.store.scratch import promised, scratch
from media_jobs.uploads import services as uploads
from media_jobs.uploads.objects import begin_multipart, put_object, put_part
from media_jobs.uploads.services import Wanted
from tests.integration.rest.conftest import Api
from tests.integration.rest.tus_calls import ask, location_of, send, upload_metadata

pytestmark = pytest.mark.django_db(transaction=True)
_CLIP: dict[str, Any] = {"Upload-Metadata": upload_metadata(filename="clip.mp4")}


@pytest.fixture
def size(application: Application, settings: LazySettings) -> int:
    """Bytes of which one upload is promised already, and no other such would fit."""
    free = shutil.disk_usage(scratch()).free
    settings.ZOETROPE_MAX_UPLOAD_BYTES = 10**18
    settings.ZOETROPE_MIN_FREE_BYTES = free // 2
    size = free * 3 // 10
    uploads.begin(application=application, wanted=Wanted(name="first.mp4", length=size), door="test")
    return size


@pytest.fixture
def api(owner: User, application: Application) -> Api:
    return Api(issue_access_token(user=owner, application=application)[1])


def test_tus_refuses_a_length(api: Api, size: int) -> None:
    refused = ask(api, "POST", "uploads", **{**_CLIP, "Upload-Length": str(size)})
    assert (refused.status_code, refused.json()["type"]) == (507, "urn:zoetrope:NoSpace")
    assert Upload.objects.count() == 1


def test_tus_refuses_a_length_that_is_told_later(api: Api, size: int) -> None:
    location = location_of(ask(api, "POST", "uploads", **{**_CLIP, "Upload-Defer-Length": "1"}))
    refused = send(api, location, b"first bytes", offset=0, **{"Upload-Length": str(size)})
    assert refused.status_code == 507


def test_a_form_is_refused_by_its_length(api: Api, size: int) -> None:
    body = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nbytes\r\n--edge--\r\n'
    announced: dict[str, Any] = {"CONTENT_LENGTH": str(size), "wsgi.input": io.BytesIO(body)}
    refused = Client(headers={"Authorization": f"Bearer {api.token}"}).generic(
        "POST", "/api/v1/media", body, "multipart/form-data; boundary=edge", **announced
    )
    assert refused.status_code == 507, refused.content
    assert not Media.objects.exists()
    assert promised() <= size, "what was refused is promised nothing"


def test_an_object_and_a_part_are_refused_by_their_lengths(
    application: Application, size: int, settings: LazySettings
) -> None:
    wanted = Wanted(name="clip.mp4", by_objects=True)
    upload = uploads.begin(application=application, wanted=wanted, door="api3")
    multipart = begin_multipart(upload=upload, name="media.mp4")
    with pytest.raises(NoSpace):
        put_object(upload=upload, name="media.mp4", source=io.BytesIO(b"bytes"), length=size)
    settings.ZOETROPE_MIN_FREE_BYTES = shutil.disk_usage(scratch()).free - size - 10**9
    with pytest.raises(NoSpace):
        put_part(multipart=multipart, number=1, source=io.BytesIO(b"bytes"), length=2 * 10**9)
    assert not list(scratch().glob("*.object"))


def test_room_that_was_promised_can_be_used_though_nobody_else_gets_any(api: Api, size: int) -> None:
    first = Upload.objects.get()
    uploads.append(upload_id=first.id, offset=0, source=io.BytesIO(b"x" * 100_000))
    with pytest.raises(NoSpace):
        uploads.begin(application=first.application, wanted=Wanted(name="b.mp4", length=size), door="test")
    first.refresh_from_db()
    uploads.append(upload_id=first.id, offset=first.offset, source=io.BytesIO(b"x" * 100_000))
