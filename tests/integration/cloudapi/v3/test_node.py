"""The Node SDKs of today and of vod-node-sdk's time, unmodified (docs/protocol 1.3, 1.4)."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey
from media_jobs.models import Media, ProcedureTask

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = Path(__file__).with_name("programs") / "calls.cjs"
PACKAGES = Path(__file__).parents[3] / "sdk" / "node_modules"
TODAY, OLD = "tencentcloud-sdk-nodejs-vod", "tencentcloud-sdk-nodejs"

Calls = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def node(live_server: LiveServer, api_key: ApiKey) -> Calls:
    def run(
        *calls: tuple[str, dict[str, Any]],
        package: str = TODAY,
        host: str = "127.0.0.1",
        method: str = "TC3-HMAC-SHA256",
        verb: str = "POST",
    ) -> list[dict[str, Any]]:
        port = live_server.url.rpartition(":")[2]
        http = {"endpoint": f"{host}:{port}", "protocol": "http://", "reqMethod": verb, "reqTimeout": 60}
        asked = {
            "package": package,
            "secretId": api_key.secret_id,
            "secretKey": api_key.secret_key,
            "profile": {"signMethod": method, "httpProfile": http},
            "calls": calls,
        }
        environment = {**os.environ, "NODE_PATH": str(PACKAGES), "NODE_NO_WARNINGS": "1"}
        done = subprocess.run(
            ["node", PROGRAM], input=json.dumps(asked), env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return run


VARIANTS = [
    (TODAY, "127.0.0.1", "TC3-HMAC-SHA256", "POST"),
    (TODAY, "localhost", "TC3-HMAC-SHA256", "POST"),
    (TODAY, "127.0.0.1", "TC3-HMAC-SHA256", "GET"),
    (TODAY, "127.0.0.1", "HmacSHA256", "POST"),
    (TODAY, "localhost", "HmacSHA1", "GET"),
    (OLD, "127.0.0.1", "TC3-HMAC-SHA256", "POST"),
    (OLD, "127.0.0.1", "HmacSHA256", "POST"),
    (OLD, "localhost", "HmacSHA1", "GET"),
]


@pytest.mark.parametrize(("package", "host", "method", "verb"), VARIANTS)
def test_every_way_to_sign_starts_a_task(
    node: Calls, uploaded: Media, package: str, host: str, method: str, verb: str
) -> None:
    step = {"Definition": 20001, "StartTimeOffset": 0.5, "EndTimeOffset": 1}
    task = {"FileId": uploaded.file_id, "SessionContext": "上下文 a&b=c+d", "TasksPriority": 1}
    task["MediaProcessTask"] = {"AnimatedGraphicTaskSet": [step]}
    (answer,) = node(("ProcessMedia", task), package=package, host=host, method=method, verb=verb)
    assert "result" in answer, answer
    made = ProcedureTask.objects.get(task_id=answer["result"]["TaskId"])
    assert (made.session_context, made.priority, made.jobs.get().plan["start"]) == ("上下文 a&b=c+d", 1, 0.5)


def test_a_program_makes_a_flow_runs_it_and_reads_the_images(
    node: Calls, uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    flow = {"AnimatedGraphicTaskSet": [{"Definition": 30001, "StartTimeOffset": 0, "EndTimeOffset": 1}]}
    made, _, started = node(
        ("CreateAnimatedGraphicsTemplate", {"Fps": 5, "Width": 160, "Format": "webp"}),
        ("CreateProcedureTemplate", {"Name": "loop", "MediaProcessTask": flow}),
        ("ProcessMediaByProcedure", {"FileId": uploaded.file_id, "ProcedureName": "loop"}),
    )
    assert made["result"]["Definition"] == 30001
    run_jobs()
    detail, infos = node(
        ("DescribeTaskDetail", {"TaskId": started["result"]["TaskId"]}),
        ("DescribeMediaInfos", {"FileIds": [uploaded.file_id]}),
    )
    (result,) = detail["result"]["ProcedureTask"]["MediaProcessResultSet"]
    (image,) = infos["result"]["MediaInfoSet"][0]["AnimatedGraphicsInfo"]["AnimatedGraphicsSet"]
    assert result["AnimatedGraphicTask"]["Output"] == image
    assert (image["Container"], image["Width"]) == ("webp", 160)


def test_errors_have_their_code_and_request_id(node: Calls) -> None:
    answers = node(
        ("CreateAnimatedGraphicsTemplate", {"Fps": 0}),
        ("DescribeTaskDetail", {"TaskId": "none"}),
        ("ComposeMedia", {}),
        ("CommitUpload", {}),
    )
    assert [answer["code"] for answer in answers] == [
        "InvalidParameterValue.Fps",
        "InvalidParameterValue.TaskId",
        "UnsupportedOperation",
        "MissingParameter",
    ]
    assert all(answer["requestId"] for answer in answers)
