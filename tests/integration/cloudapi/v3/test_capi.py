"""@tencent-sdk/capi, unmodified: it calls its form JSON."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey
from media_jobs.models import Media, ProcedureTask
from tests.integration.cloudapi.v3.test_node import PACKAGES

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = Path(__file__).with_name("programs") / "capi.cjs"


def test_a_form_that_is_called_json_is_read_as_what_it_is(
    live_server: LiveServer, api_key: ApiKey, uploaded: Media
) -> None:
    tasks = {"AnimatedGraphicTaskSet": [{"Definition": 20001, "StartTimeOffset": 0.5, "EndTimeOffset": 1}]}
    asked = {
        "secretId": api_key.secret_id,
        "secretKey": api_key.secret_key,
        "host": live_server.url.removeprefix("http://"),
        "calls": [
            ("SearchMedia", {"Limit": 1}),
            ("ProcessMedia", {"FileId": uploaded.file_id, "MediaProcessTask": tasks}),
            ("SearchMedia", {"Lmit": 1}),
        ],
    }
    environment = {**os.environ, "NODE_PATH": str(PACKAGES), "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(
        ["node", PROGRAM], input=json.dumps(asked), env=environment, capture_output=True, text=True, timeout=120
    )
    found, processed, refused = (answer["Response"] for answer in json.loads(done.stdout))
    assert found["TotalCount"] == 1, found
    assert ProcedureTask.objects.get().task_id == processed["TaskId"]
    assert refused["Error"]["Code"] == "UnknownParameter"
