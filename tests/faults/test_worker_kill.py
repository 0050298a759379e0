"""kill −9 of workers, again and again, while uploads pour in: every picture is made, none twice."""

import base64
import os
import random
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults.instance import Instance, children_of, wait_for

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("faults")]

UPLOADS = 50
WORKERS = 4
SEED = 20261122


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    started = Instance(tmp_path).start()
    yield started
    started.close()


def test_fifty_uploads_at_once_all_finish_while_a_worker_is_killed_every_second(instance: Instance, clip: Path) -> None:
    steps = [{"definition": 20002, "start": 0.5, "end": 1.5}, {"definition": 20000, "start": 0, "end": 1}]
    assert instance.api.post("/procedures", json={"name": "faults", "steps": steps}).status_code == 201
    data = clip.read_bytes()
    chance = random.Random(SEED)
    with ThreadPoolExecutor(UPLOADS) as pool:
        sent = [pool.submit(_upload, instance, data, number) for number in range(UPLOADS)]
        workers = [instance.start_worker() for _ in range(WORKERS)]
        kills = 0
        while not _all_ended(instance):
            time.sleep(1)
            victim = chance.randrange(WORKERS + 1)
            if victim == WORKERS:
                for pid in instance.supervised("celery"):
                    os.kill(pid, signal.SIGKILL)
            else:
                workers[victim].kill()
                workers[victim].wait()
                workers[victim] = instance.start_worker()
            kills += 1
            assert kills < 240, f"not done after {kills} kills: {_states(instance)}"
        assert all(upload.result() for upload in sent)
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


def _upload(instance: Instance, data: bytes, number: int, *, procedure: str = "faults") -> bool:
    """One tus upload in two requests, as a program would."""
    metadata = {"filename": f"clip{number}.mp4", "procedure": procedure}
    encoded = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
    headers = {"Tus-Resumable": "1.0.0"}
    begun = instance.api.post(
        "/uploads", headers={**headers, "Upload-Length": str(len(data)), "Upload-Metadata": encoded}
    )
    assert begun.status_code == 201, begun.text
    with httpx.Client(auth=instance.api.auth, timeout=120, trust_env=False) as client:
        sent = client.patch(
            str(httpx.URL(instance.url).join(begun.headers["Location"])),
            headers={**headers, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
            content=data,
        )
    assert sent.status_code == 204, sent.text
    return True


def _states(instance: Instance) -> list[str]:
    return [task["status"] for task in instance.api.get("/tasks", params={"limit": 100}).json()["results"]]


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
