"""How many of the product's files a newcomer reads to follow a story: a promise of the house (tests/walks.py).

What guards every request at a door (proxies, guessing, rates, quotas, audit) is read once, and counted by itself.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from media_jobs.events.services import modify_event_config
from media_jobs.jobs import leases
from media_jobs.jobs.services import submit_task
from media_jobs.maintenance.worker import take_turn
from media_jobs.models import AnimatedImage, Delivery, Job, Media
from procedures.models import Procedure
from procedures.plan import StepInput, plan_from
from tests.brokers import using_broker
from tests.integration.cloudapi.v3.signing import Signed
from tests.integration.rest.conftest import Api
from tests.integration.rest.tus_calls import create, location_of, send, upload_metadata
from tests.receivers import receiver
from tests.walks import Walk, walked, walking

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker() -> Iterator[None]:
    """One without files of its own: what a broker does with a message is its own story."""
    with using_broker("memory://"):
        yield


def test_from_an_upload_to_the_picture_on_the_page(
    owner: User, application: Application, procedure: Procedure, clip: Path, broker: None
) -> None:
    api, page, data = Api(issue_access_token(user=owner, application=application)[1]), Client(), clip.read_bytes()
    page.force_login(owner)
    metadata = upload_metadata(filename="clip.mp4", procedure=procedure.name)
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata}

    overview = f"/app/{application.app_id}/"

    def story() -> None:
        location = location_of(create(api, **headers))
        assert send(api, location, data, offset=0).status_code == 204
        for queue in ("analyses", "pictures", "pictures"):
            assert take_turn(queue=queue, permit_id="")
        assert page.get(overview).status_code == 200

    def gate_story() -> None:
        assert api("GET", "me").status_code == 200
        assert page.get(f"{overview}vod/quota").status_code == 200

    gate = walked(gate_story)
    walk = walked(story).beyond(gate)
    print("\nupload → picture on the page:", walk.told(), "\nbefore it", gate.told())
    assert AnimatedImage.objects.count() == 4
    assert len(walk.files) <= 62 and len(gate.files) <= 32


def test_from_process_media_to_its_rows(api_key: ApiKey, uploaded: Media, broker: None) -> None:
    tasks = {"AnimatedGraphicTaskSet": [{"Definition": 20001, "StartTimeOffset": 1, "EndTimeOffset": 2}]}
    body = json.dumps({"FileId": uploaded.file_id, "MediaProcessTask": tasks}).encode()

    client = Client()

    def story() -> None:
        request = Signed(api_key.secret_id, api_key.secret_key, action="ProcessMedia", body=body)
        assert "TaskId" in request.send(client)

    def gate_story() -> None:
        request = Signed(api_key.secret_id, api_key.secret_key, action="DescribeStorageRegions", body=b"{}")
        assert "StorageRegionInfos" in request.send(client)

    gate = walked(gate_story)
    walk = walked(story).beyond(gate)
    print("\nProcessMedia → rows:", walk.told(), "\nbefore it", gate.told())
    assert Job.objects.filter(kind=Job.Kind.ANIMATE).count() == 2
    assert len(walk.files) <= 19 and len(gate.files) <= 23


def test_from_a_change_of_state_to_the_callback(
    application: Application, uploaded: Media, deliver_due: Callable[[], list[Delivery]], loopback_allowed: None
) -> None:
    with receiver() as hook:
        modify_event_config(application=application, fields={"notification_url": hook.url})

        def story() -> Walk:
            task = submit_task(media=uploaded, plan=plan_from(application, [StepInput(definition=20000)]))
            with walking() as walk:
                assert leases.request_abort(task)
                assert [delivery.status for delivery in deliver_due()] == [200]
            return walk

        story()
        walk = story()
    print("\nstate change → callback:", walk.told())
    assert len(walk.files) <= 15
