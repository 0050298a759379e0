"""How long somebody at the studio waits for a picture: rough and true, on an idle machine and while all slots encode.

A private console and worker on the embedded default, spoken to as the page's script does.
"""

import os
import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from animator.make.sample import render_sample
from tests.faults.instance import Instance, wait_for

CHANGES = 20  # of the seconds, one after the other, as somebody drags
SECONDS, WIDTH, FPS = 3.0, 640, 15
SLOTS = os.cpu_count() or 1
QUEUED = 40  # pictures that keep the slots busy; more are asked for while it is measured
TEMPLATE = {"format": "webp", "width": 1280, "fps": 30, "effort": 3}


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds of the wall from a change to a rough picture, and to the true one."""

    rough: list[float]
    true: list[float]


def p50(times: list[float]) -> float:
    return statistics.median(times)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def measured(folder: Path) -> tuple[Waits, Waits]:
    """Idle, and under load."""
    clip = render_sample(folder / "sample.mp4", seconds=30, width=1280, height=720)
    instance = Instance(folder / "var")
    (folder / "var").mkdir()
    try:
        instance.start()
        file_id = _uploaded(instance, clip)
        with closing(_signed_in(instance)) as browser:
            _waits(browser, file_id, first=0.0, changes=2)  # starts the web process' own child
            idle = _waits(browser, file_id, first=1.0, changes=CHANGES)
            task = _keep_busy(instance, file_id)
            loaded = _waits(browser, file_id, first=1.02, changes=CHANGES)
            assert _unended(instance, task) >= SLOTS, "the slots were not busy all the while"
        return idle, loaded
    finally:
        instance.close()


def _uploaded(instance: Instance, clip: Path) -> str:
    answer = instance.api.post("/media", files={"file": (clip.name, clip.read_bytes())}).raise_for_status()
    file_id = str(answer.json()["file_id"])
    path = f"/media/{file_id}"
    wait_for(lambda: instance.api.get(path).json().get("metadata"), seconds=60, what="the analysis")
    return file_id


def _signed_in(instance: Instance) -> httpx.Client:
    browser = httpx.Client(base_url=instance.url, timeout=60, trust_env=False, follow_redirects=True)
    browser.get("/login").raise_for_status()
    given = {
        "username": "admin",
        "password": "fault test password",
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
    }
    landed = browser.post("/login", data=given, headers={"Referer": instance.url}).raise_for_status()
    browser.base_url = httpx.URL(str(landed.url).split("?")[0].rstrip("/"))  # with the application in it
    return browser


def _waits(browser: httpx.Client, file_id: str, *, first: float, changes: int) -> Waits:
    rough, true = [], []
    for number in range(changes):
        start = first + number * 0.92
        picture = {"format": "webp", "width": WIDTH, "fps": FPS, "quality": 75, "resolution_adaptive": "on"}
        given = {**picture, "media": file_id, "start": f"{start:g}", "end": f"{start + SECONDS:g}", "pane": "pane-1"}
        rough.append(_seconds(browser, "rough", given))
        true.append(_seconds(browser, "preview", given))
    return Waits(rough, true)


def _seconds(browser: httpx.Client, what: str, given: dict[str, object]) -> float:
    headers = {"X-CSRFToken": browser.cookies["csrftoken"], "Referer": str(browser.base_url)}
    began = time.perf_counter()
    answer = browser.post(f"/vod/studio/{what}", data=given, headers=headers)
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - began


def _keep_busy(instance: Instance, file_id: str) -> str:
    """Long pictures, more of them than are made meanwhile; the task's id."""
    template = {**TEMPLATE, "name": "busy"}
    definition = instance.api.post("/templates", json=template).raise_for_status().json()["definition"]
    steps = [{"definition": definition, "start": 0.1 * number, "end": 20.0} for number in range(QUEUED)]
    answer = instance.api.post(f"/media/{file_id}/process", json={"steps": steps}).raise_for_status()
    task = str(answer.json()["task_id"])
    busy = lambda: [one["state"] for one in _jobs(instance, task)].count("PROCESSING") >= SLOTS  # noqa: E731
    wait_for(busy, seconds=60, what="busy slots")
    return task


def _unended(instance: Instance, task: str) -> int:
    return sum(one["state"] in ("WAITING", "PROCESSING") for one in _jobs(instance, task))


def _jobs(instance: Instance, task: str) -> list[dict[str, str]]:
    return list(instance.api.get(f"/tasks/{task}").raise_for_status().json()["jobs"])
