"""kill −9 of workers, again and again, while uploads pour in: every picture is made, none twice."""

import base64
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults.instance import Instance, children_of, wait_for

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("faults")]

UPLOADS = 24
LONGEST_REFUSAL = 120.0  # seconds for which a program asks again when it is told to come back later
WORKERS = 4
SEED = 20261122
MOST_KILLS = 40  # on a busy machine no worker would live until it has made a picture
LONGEST_RUN = 500.0  # seconds


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    started = Instance(tmp_path).start()
    yield started
    started.close()


def test_a_crowd_of_uploads_finishes_while_a_worker_is_killed_every_second(instance: Instance, clip: Path) -> None:
    steps = [{"definition": 20002, "start": 0.5, "end": 1.5}, {"definition": 20000, "start": 0, "end": 1}]
    assert instance.api.post("/procedures", json={"name": "faults", "steps": steps}).status_code == 201
    data = clip.read_bytes()
    chance = random.Random(SEED)
    with ThreadPoolExecutor(UPLOADS) as pool:
        sent = [pool.submit(_upload, instance, data, number) for number in range(UPLOADS)]
        workers = [instance.start_worker() for _ in range(WORKERS)]
        kills, deadline = 0, time.monotonic() + LONGEST_RUN
        while not _all_ended(instance):
            time.sleep(1)
            for upload in sent:
                assert not upload.done() or upload.result()
            assert time.monotonic() < deadline, f"not done after {kills} kills: {_states(instance)}"
            if kills == MOST_KILLS:
                continue
            kills += 1
            victim = chance.randrange(WORKERS + 1)
            if victim == WORKERS:
                for pid in instance.supervised("celery"):
                    os.kill(pid, signal.SIGKILL)
            else:
                workers[victim].kill()
                workers[victim].wait()
                workers[victim] = instance.start_worker()
    assert kills >= 5
    tasks = instance.api.get("/tasks", params={"limit": 100}).json()
    assert tasks["count"] == UPLOADS
    assert {task["status"] for task in tasks["results"]} == {"FINISH"}
    images = instance.api.get("/outputs", params={"limit": 1}).json()
    assert images["count"] == UPLOADS * len(steps)
    checked = instance.manage("verify")
    assert checked.returncode == 0, checked.stdout
    assert "0 violations; 0 jobs wait, 0 run" in checked.stdout


def test_no_codec_process_outlives_a_killed_worker(instance: Instance) -> None:
    instance.start_worker()
    servers = wait_for(lambda: _codec_servers(instance, at_least=2), seconds=30, what="two warm codec servers")
    for pid in instance.workers():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(_lives(pid) for pid in servers), seconds=5, what="the orphans' end")


def test_stopping_hands_jobs_back_and_the_next_start_finishes_them(tmp_path: Path, clip: Path) -> None:
    instance = Instance(tmp_path, ZOETROPE_STOP_GRACE_SECONDS="0.5").start()
    try:
        template = instance.api.post("/templates", json={"format": "webp", "fps": 60}).json()
        steps = [{"definition": template["definition"], "start": 0, "end": 0}] * 6
        assert instance.api.post("/procedures", json={"name": "many", "steps": steps}).status_code == 201
        _upload(instance, clip.read_bytes(), 0, procedure="many")
        assert "Stopped." in instance.stop()
        at_rest = instance.manage("verify").stdout
        assert re.search(r"^0 violations; [1-7] jobs wait, 0 run", at_rest, re.MULTILINE), at_rest
        instance.start()
        wait_for(lambda: _all_ended(instance, expected=1), seconds=60, what="the jobs that were handed back")
        assert instance.api.get("/outputs").json()["count"] == 6
        assert instance.manage("verify").returncode == 0
    finally:
        instance.close()


def test_a_worker_that_the_supervisor_sees_die_costs_its_jobs_no_lease(tmp_path: Path, clip: Path) -> None:
    """With leases of ten minutes nothing would go on before the test has failed."""
    instance = Instance(tmp_path, ZOETROPE_LEASE_SECONDS="600").start()
    try:
        template = instance.api.post("/templates", json={"format": "webp", "fps": 60}).json()
        steps = [{"definition": template["definition"], "start": 0, "end": 0}] * 4
        assert instance.api.post("/procedures", json={"name": "many", "steps": steps}).status_code == 201
        _upload(instance, clip.read_bytes(), 0, procedure="many")
        wait_for(lambda: "PROCESSING" in _states(instance), seconds=30, what="a job under way")
        for pid in instance.supervised("celery"):
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: _all_ended(instance, expected=1), seconds=60, what="the dead worker's jobs")
        assert instance.api.get("/outputs").json()["count"] == 4
    finally:
        instance.close()


def _upload(instance: Instance, data: bytes, number: int, *, procedure: str = "faults") -> bool:
    """One tus upload in two requests, as a program would."""
    metadata = {"filename": f"clip{number}.mp4", "procedure": procedure}
    encoded = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
    headers = {"Tus-Resumable": "1.0.0"}
    begun = _asked(
        lambda: instance.api.post(
            "/uploads", headers={**headers, "Upload-Length": str(len(data)), "Upload-Metadata": encoded}
        )
    )
    assert begun.status_code == 201, begun.text
    location = str(httpx.URL(instance.url).join(begun.headers["Location"]))
    offset = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    with httpx.Client(auth=instance.api.auth, timeout=120, trust_env=False) as client:
        sent = _asked(lambda: client.patch(location, headers={**headers, **offset}, content=data))
    assert sent.status_code == 204, sent.text
    return True


def _asked(request: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer that isn't 503: a machine that is busy says so, and when to come again."""
    deadline = time.monotonic() + LONGEST_REFUSAL
    while (answer := request()).status_code == 503 and time.monotonic() < deadline:
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


def _states(instance: Instance) -> list[str]:
    answer = _asked(lambda: instance.api.get("/tasks", params={"limit": 100}))
    return [task["status"] for task in answer.json()["results"]]


def _all_ended(instance: Instance, *, expected: int = UPLOADS) -> bool:
    states = _states(instance)
    return len(states) == expected and set(states) <= {"FINISH", "ABORTED"}


def _codec_servers(instance: Instance, *, at_least: int) -> list[int]:
    """The engine's child servers below the workers, once there are enough of them."""
    found = [pid for worker in instance.workers() for pid in children_of(worker, "animator.confine.warm")]
    return found if len(found) >= at_least else []


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
