"""How many of the product's files a newcomer reads to follow a story: a promise of the house (tests/walks.py)."""

import json
import threading
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from media_jobs.jobs import leases
from media_jobs.jobs.execute import execute
from media_jobs.models import AnimatedImage, Job, Media
from procedures.models import Procedure
from tests.integration.cloudapi.v3.signing import Signed
from tests.integration.rest.conftest import Api
from tests.integration.rest.tus_calls import create, location_of, send, upload_metadata
from tests.walks import walked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain_static(settings: LazySettings) -> None:
    """The hashed names are made by collectstatic, at start."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def test_from_an_upload_to_the_picture_on_the_page(
    owner: User, application: Application, procedure: Procedure, clip: Path
) -> None:
    api, page, data = Api(issue_access_token(user=owner, application=application)[1]), Client(), clip.read_bytes()
    page.force_login(owner)
    metadata = upload_metadata(filename="clip.mp4", procedure=procedure.name)
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata}

    def story() -> None:
        location = location_of(create(api, **headers))
        assert send(api, location, data, offset=0).status_code == 204
        while lease := leases.claim(worker="walk"):
            execute(lease, stopping=threading.Event())
        assert page.get("/").status_code == 200

    walk = walked(story)
    print("\nupload → picture on the page:", walk.told())
    assert AnimatedImage.objects.count() == 4
    assert len(walk.files) <= 40


def test_from_process_media_to_its_rows(api_key: ApiKey, uploaded: Media) -> None:
    tasks = {"AnimatedGraphicTaskSet": [{"Definition": 20001, "StartTimeOffset": 1, "EndTimeOffset": 2}]}
    body = json.dumps({"FileId": uploaded.file_id, "MediaProcessTask": tasks}).encode()

    client = Client()

    def story() -> None:
        request = Signed(api_key.secret_id, api_key.secret_key, action="ProcessMedia", body=body)
        assert "TaskId" in request.send(client)

    walk = walked(story)
    print("\nProcessMedia → rows:", walk.told())
    assert Job.objects.filter(kind=Job.Kind.ANIMATE).count() == 2
    assert len(walk.files) <= 20
