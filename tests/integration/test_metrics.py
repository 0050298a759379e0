"""/metrics tells what waits, runs and takes how long, across processes, and to nobody else than the operator."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from applications.measures import forget_dead_processes
from applications.models import ApiKey
from applications.tracing import JsonLines
from config.observing.health import forget_looks
from media_jobs.maintenance import worker
from media_jobs.models import Media, Worker
from procedures.models import Procedure
from tests.integration.cloudapi.v3.signing import Signed

# One after the other: one forgets what dead processes have counted, which another has added up before.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("metrics")]
ROOT = Path(__file__).resolve().parents[2]
Samples = dict[tuple[str, tuple[str, ...]], float]  # by name and the labels' values, sorted


def _samples(client: Client, **headers: str) -> Samples:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {(s.name, tuple(sorted(s.labels.values()))): s.value for family in families for s in family.samples}


def test_strangers_learn_not_even_that_there_are_metrics(client: Client, settings: LazySettings) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    # Through a proxy on this machine everybody has its address.
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 404, header
    settings.ZOETROPE_METRICS_TOKEN = "a token of the operator's"
    for token, status in (("a token of the operator's", 200), ("another", 404), ("", 404), ("ü", 404)):
        asked = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9"}
        assert client.get("/metrics", headers=asked, REMOTE_ADDR="10.0.0.1").status_code == status, token
    settings.ZOETROPE_METRICS_ALLOW = []
    assert client.get("/metrics").status_code == 404


def test_the_queue_the_work_and_the_requests_are_told(
    client: Client, upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    upload_clip(procedure=procedure.name)
    Worker.objects.create(name="a", slots=2, queues="pictures,analyses")
    before = _samples(client)
    assert before["zoetrope_queue_ready", ("pictures",)] == 2
    assert before["zoetrope_queue_ready", ("analyses",)] == 1
    assert before["zoetrope_queue_age_seconds", ("pictures",)] >= 0
    assert before["zoetrope_queue_workers", ("pictures",)] == 1
    assert before["zoetrope_queue_workers", ("transfers",)] == 0
    Worker.objects.create(name="of a release before 0.3", slots=2)
    assert _samples(client)["zoetrope_queue_workers", ("transfers",)] == 1
    assert before["zoetrope_jobs", ("ready",)] == 3
    assert before["zoetrope_database_bytes", ()] > 100_000
    run_jobs()
    assert client.get("/livez").status_code == 200
    after = _samples(client)
    assert after["zoetrope_jobs", ("ready",)] == 0
    # At least: whatever runs from this checkout counts in one folder, so other tests of the moment do, too.
    grown = {key: value - before.get(key, 0) for key, value in after.items()}
    assert grown["zoetrope_job_seconds_count", ("animate", "made")] >= 2
    assert grown["zoetrope_job_seconds_count", ("analyse", "made")] >= 1
    assert grown["zoetrope_encoded_pixels_total", ("gif",)] > 0
    assert grown["zoetrope_encoding_seconds_total", ("webp",)] > 0
    assert grown["zoetrope_http_seconds_count", ("2xx", "GET", "health")] >= 1


def test_labels_are_few_whatever_is_asked_for(client: Client) -> None:
    def counted_doors() -> set[tuple[str, ...]]:
        return {key[1] for key in _samples(client) if key[0] == "zoetrope_http_seconds_count"}

    before = counted_doors()
    for number in range(20):
        client.generic(f"METHOD{number}", f"/page{number}/thing")
        client.get(f"/media/{number}/no.gif")
    doors = counted_doors()
    assert ("4xx", "console", "other") in doors
    assert len(doors - before) < 10
    assert not any("page" in part or "METHOD" in part for labels in doors for part in labels)


def test_what_other_processes_of_the_folder_counted_is_added_and_the_dead_are_forgotten(client: Client) -> None:
    before = _samples(client).get(("zoetrope_transferred_bytes_total", ()), 0)
    count = "from applications.measures import transferred_bytes as b; b.inc(5)"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], cwd=ROOT, env={**os.environ}, check=True)
    assert _samples(client)["zoetrope_transferred_bytes_total", ()] >= before + 10
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    (folder / "counter_999999999.db").write_bytes(b"")
    forget_dead_processes(older_than=3600)
    assert (folder / "counter_999999999.db").exists()
    forget_dead_processes(older_than=-1)
    assert not (folder / "counter_999999999.db").exists()
    assert any(f"_{os.getpid()}.db" in path.name for path in folder.iterdir())


def test_a_request_has_one_id_in_its_answer_its_log_lines_and_api_3_0(
    client: Client, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = Signed(api_key.secret_id, api_key.secret_key, action="DescribeTasks", body=b"{}")
    headers = signed.headers()
    answer = client.generic("POST", "/", b"{}", content_type=signed.content_type, headers=headers)
    assert answer["X-Request-Id"] == answer.json()["Response"]["RequestId"]
    assert client.get("/livez")["X-Request-Id"] != answer["X-Request-Id"]
    lines = _json_log("django.request")
    missing = client.get("/api/v1/no-such-thing")
    told = [json.loads(line) for line in lines()]
    assert {line["request"] for line in told} == {missing["X-Request-Id"]}
    assert told[0]["level"] == "WARNING"


def test_a_jobs_log_lines_bear_its_id(
    uploaded: Media, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("media_jobs.jobs.run.reserve", full)
    lines = _json_log("media_jobs.jobs.run")
    run_jobs()
    (told,) = [json.loads(line) for line in lines()]
    assert told["job"] == str(uploaded.jobs.get().pk)
    assert "request" not in told


def test_a_traceback_is_one_line() -> None:
    lines = _json_log("a.fault")
    try:
        raise ValueError("ü\n")
    except ValueError:
        logging.getLogger("a.fault").exception("it %s", "broke")
    (line,) = lines()
    assert json.loads(line)["error"].endswith("ValueError: ü\n")
    assert json.loads(line)["message"] == "it broke"


def _json_log(name: str) -> Callable[[], list[str]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logging.getLogger(name).addHandler(handler)

    def lines() -> list[str]:
        logging.getLogger(name).removeHandler(handler)
        return written.getvalue().splitlines()

    return lines


def test_a_live_worker_says_which_queues_it_serves() -> None:
    worker.sign_of_life(slots=1)
    assert Worker.objects.get().queues.split(",") == ["pictures", "analyses", "transfers", "deliveries", "maintenance"]


def test_readiness_says_which_queues_nobody_serves(client: Client) -> None:
    Worker.objects.create(name="a", slots=4, queues="transfers,deliveries")
    forget_looks()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "none alive that takes from analyses, pictures"
    Worker.objects.create(name="b", slots=4, queues="pictures,analyses")
    forget_looks()
    assert client.get("/readyz").json()["worker"] == "ok"
    Worker.objects.all().delete()
    Worker.objects.create(name="of an older release", slots=4)
    forget_looks()
    assert client.get("/readyz").json()["worker"] == "ok"
