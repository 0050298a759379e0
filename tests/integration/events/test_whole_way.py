"""Web server and worker as people run them: a file is fetched from a URL, becomes pictures, and both ends are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.faults.instance import Instance
from tests.receivers import Receiver, answer, receiver

pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    (tmp_path / "instance").mkdir()
    running = Instance(tmp_path / "instance", ZOETROPE_OUTBOUND_ALLOW="127.0.0.1/32")
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture
def source(clip: Path) -> Iterator[Receiver]:
    with receiver(answer(200, body=clip.read_bytes())) as listening:
        yield listening


def test_from_a_url_to_two_callbacks(instance: Instance, source: Receiver) -> None:
    api = instance.api
    steps = [{"definition": 20000, "start": 0, "end": 1}]
    assert api.post("/procedures", json={"name": "loops", "steps": steps}).status_code == 201
    with receiver() as hook:
        changes = {"notification_url": hook.url, "upload_complete": True}
        assert api.patch("/event-config", json=changes).status_code == 200
        asked = api.post("/pulls", json={"url": f"http://127.0.0.1:{source.port}/clip.mp4", "procedure": "loops"})
        assert asked.status_code == 201
        messages = hook.wait(3, seconds=90)
    told = {message.content["EventType"]: message.content for message in messages}
    assert set(told) == {"NewFileUpload", "PullComplete", "ProcedureStateChanged"}
    assert told["PullComplete"]["PullCompleteEvent"]["TaskId"] == asked.json()["task_id"]
    (part,) = told["ProcedureStateChanged"]["ProcedureStateChangeEvent"]["MediaProcessResultSet"]
    picture = part["AnimatedGraphicTask"]["Output"]
    assert (picture["Container"], picture["EndTimeOffset"]) == ("gif", 1.0)
    assert all(len(message.headers["webhook-signature"]) > len("v1,") for message in messages)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook("whsec_" + "A" * 43 + "=").verify(messages[0].body, messages[0].headers)
