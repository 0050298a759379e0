"""Files through a private instance by HTTP: what became of each, and whether anything was hurt on the way."""

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.faults.instance import Instance, children_of
from tests.unit.animator.clips import Clip, render

HANG = 60.0  # seconds that one file may take
AT_ONCE = 4
NEVER = "b-"  # the kind of made file that must never become a picture


class Canary:
    """A file and an address that only somebody who was led astray would read; `heard` counts who came there."""

    def __init__(self, folder: Path) -> None:
        self.file = render(folder / "canary.mp4", Clip(pictures=5))
        self.heard = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/canary.ts"

    def __enter__(self) -> "Canary":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.heard += 1
            connection.close()


@dataclass
class Outcomes:
    """How many files ended how, and what must be zero."""

    ended: Counter[str] = field(default_factory=Counter)
    hangs: list[str] = field(default_factory=list)
    led_astray: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)
    worker_crashes: int = 0
    codec_crashes: int = 0
    canary: int = 0
    slowest: tuple[float, str] = (0.0, "")

    @property
    def sound(self) -> bool:
        bad = (self.hangs, self.led_astray, self.unexplained, self.server_errors, self.worker_crashes, self.canary)
        return not any(bad)

    def table(self) -> str:
        rows = [f"| {outcome} | {number} |" for outcome, number in self.ended.most_common()]
        zeros = {
            "worker crashes": self.worker_crashes,
            "hangs": len(self.hangs),
            "foreign files read": len(self.led_astray),
            "canary hits": self.canary,
            "5xx": len(self.server_errors),
            "ends without a code": len(self.unexplained),
        }
        said = ", ".join(f"{name} {number}" for name, number in zeros.items())
        named = [*self.hangs, *self.led_astray, *self.unexplained, *self.server_errors][:20]
        slowest = f"slowest {self.slowest[0]:.1f} s ({self.slowest[1]})"
        last = f"{said}; codec children that died {self.codec_crashes}; {slowest}"
        return "\n".join(
            ["| outcome | files |", "|---|---|", *rows, f"| all | {self.ended.total()} |", "", last, *named]
        )


def through(
    files: Iterable[tuple[str, bytes]], *, folder: Path, canary: Canary, minutes: float = 24 * 60.0
) -> Outcomes:
    """Each file is uploaded whole, analysed, and a GIF of its first second is asked for; none after so many minutes."""
    folder.mkdir(parents=True)
    outcomes = Outcomes()
    instance = Instance(folder, ZOETROPE_WORKERS="2", ZOETROPE_LEASE_SECONDS="30").start()
    try:
        steps = [{"definition": 20000, "start": 0, "end": 1}]
        made = instance.api.post("/procedures", json={"name": "corpus", "steps": steps})
        assert made.status_code == 201, made.text
        queue, until = _Queue(iter(files)), time.monotonic() + minutes * 60
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for turn in [pool.submit(_turns, queue, instance, outcomes, until) for _ in range(AT_ONCE)]:
                turn.result()
        outcomes.worker_crashes = len(re.findall(r"ended with -?\d+; starting it again", instance.log()))
        outcomes.codec_crashes = instance.log().count("The child that read the file died")
        outcomes.canary = canary.heard
        assert any(children_of(worker, "animator.confine.warm") for worker in instance.workers())
    finally:
        instance.close()
    return outcomes


class _Queue:
    """One file after the other for several threads; none is made before somebody wants it."""

    def __init__(self, files: Iterator[tuple[str, bytes]]) -> None:
        self._files = files
        self._lock = threading.Lock()

    def next(self) -> tuple[str, bytes] | None:
        with self._lock:
            return next(self._files, None)


def _turns(queue: _Queue, instance: Instance, outcomes: Outcomes, until: float) -> None:
    while time.monotonic() < until and (file := queue.next()):
        _one(instance, outcomes, *file)


def _one(instance: Instance, outcomes: Outcomes, name: str, data: bytes) -> None:
    began = time.monotonic()
    files = {"procedure": (None, "corpus"), "file": (name, data)}
    try:
        answer = instance.api.post("/media", files=files, timeout=HANG)
    except httpx.TimeoutException:
        outcomes.hangs.append(name)
        return
    if answer.status_code != 201:
        _note(outcomes, f"refused at the door ({answer.status_code})", name, began)
        if answer.status_code >= 500:
            outcomes.server_errors.append(f"{name}: {answer.text[:200]}")
        return
    task = _ended(instance, str(answer.json()["task_id"]), until=began + HANG * 3)
    if task is None:
        outcomes.hangs.append(name)
        return
    job = next(job for job in task["jobs"] if job["kind"] == "animate")
    _note(outcomes, "picture" if job["state"] == "SUCCESS" else f"{job['state']} {job['err_code']}", name, began)
    if job["state"] == "SUCCESS" and name.startswith(NEVER):
        outcomes.led_astray.append(name)
    if job["state"] == "FAIL" and job["err_code"] in ("", "InternalError"):
        outcomes.unexplained.append(f"{name}: {job['err_code']} {job['message'][:200]}")


def _ended(instance: Instance, task_id: str, *, until: float) -> dict[str, list[dict[str, str]]] | None:
    while time.monotonic() < until:
        task = instance.api.get(f"/tasks/{task_id}").json()
        if task["status"] in ("FINISH", "ABORTED"):
            return dict(task)
        time.sleep(0.1)
    return None


def _note(outcomes: Outcomes, outcome: str, name: str, began: float) -> None:
    outcomes.ended[outcome] += 1
    outcomes.slowest = max(outcomes.slowest, (time.monotonic() - began, name))
