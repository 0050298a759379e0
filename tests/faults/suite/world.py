"""A private instance under load, what it has acknowledged, and how soon it recovers from what is done to it."""

import base64
import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.faults.instance import Instance, children_of
from tests.faults.suite.setups import Setup
from tests.faults.suite.stored import Stored

TUS = {"Tus-Resumable": "1.0.0"}
QUIET = 150.0  # seconds that everything may take to end after the last fault


@dataclass
class Figures:
    """What one fault did: N injections; recoveries in seconds, one for each job that an injection hit."""

    fault: str
    n: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    missing: int = 0
    stuck: int = 0
    recoveries: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def survived(self) -> bool:
        return not (self.lost or self.doubled or self.missing or self.stuck) and not self.note.startswith("FAILED")


class World:
    """Load goes through REST, as any program's would; looks at the rows go past it."""

    def __init__(self, setup: Setup, folder: Path, *, seed: int, clip: bytes, **environment: str) -> None:
        self.setup = setup
        self.folder = folder
        self.chance = random.Random(seed)
        self.clip = clip
        self.stored = Stored(folder, setup.bucket)
        folder.mkdir(parents=True, exist_ok=True)
        self.instance = Instance(folder, **{"ZOETROPE_WORKERS": "2", **setup.environment, **environment})
        if setup.postgresql and self.instance._database:  # the set-up has its own
            self.instance._database.drop()
            self.instance._database = None
        self.tasks: list[str] = []
        self._failed_before = 0
        self.steps = [{"definition": 20000, "start": 0, "end": 0.4}]

    def __enter__(self) -> "World":
        try:
            self._begin()
        except BaseException:  # else its processes outlive the turn, and take what is meant for others
            self.instance.close()
            raise
        return self

    def _begin(self) -> None:
        self.instance.start()
        self.media = self.upload(f"{self.setup.name}.mp4")
        wanted = {"format": "webp", "width": 1280, "fps": 30}
        large = self.call("POST", "/templates", json=wanted).json()["definition"]
        self.heavy = [{"definition": large, "start": 0, "end": 0}]

    def __exit__(self, *_: object) -> None:
        self.instance.close()

    def upload(self, name: str, *, data: bytes | None = None, procedure: str = "") -> str:
        """One tus upload; the file id. Every step is tried again, as a client would."""
        data = self.clip if data is None else data
        words = {"filename": name, **({"procedure": procedure} if procedure else {})}
        told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())
        begun = self.call("POST", "/uploads", headers={**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": told})
        place = begun.headers["Location"]
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            head = self.call("HEAD", place, headers=TUS)
            if found := head.headers.get("Zoetrope-File-Id"):
                return found
            offset = int(head.headers.get("Upload-Offset", "0"))
            try:
                headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                sent = self.instance.api.patch(self.absolute(place), headers=headers, content=data[offset:])
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if found := sent.headers.get("Zoetrope-File-Id"):
                return found
        raise AssertionError(f"{name} wasn't taken in")

    def absolute(self, path: str) -> str:
        return str(httpx.URL(self.instance.url).join(path)) if "/api/" in path else path

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Tried again for a minute while no answer or 5xx comes."""
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = self.instance.api.request(method, self.absolute(path), **options)
                if answer.status_code < 500 or time.monotonic() > deadline:
                    return answer
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def submit(self, count: int = 1, *, steps: Sequence[dict[str, Any]] | None = None, media: str = "") -> list[str]:
        """Tasks that were acknowledged: whatever happens from here on, each has to end once."""
        made = []
        for _ in range(count):
            body = {"steps": list(steps or self.steps)}
            answer = self.call("POST", f"/media/{media or self.media}/process", json=body)
            assert answer.status_code in (200, 201, 202), answer.text
            made.append(str(answer.json()["task_id"]))
        self.tasks += made
        return made

    @contextmanager
    def load(self, *, waiting: int = 6) -> Iterator[None]:
        """Somebody goes on submitting, so that a few tasks always wait; each takes some tenths of a second."""
        over = threading.Event()

        def feed() -> None:
            while not over.wait(0.05):
                try:
                    if self.open_jobs() < waiting:
                        self.submit(steps=self.heavy)
                except (httpx.HTTPError, AssertionError, sqlite3.Error, psycopg.Error):
                    time.sleep(0.3)

        feeding = threading.Thread(target=feed, daemon=True)
        feeding.start()
        try:
            yield
        finally:
            over.set()
            feeding.join(90)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.setup.postgresql:
            with psycopg.connect(self.setup.postgresql, autocommit=True) as connection:
                return connection.execute(query.encode()).fetchall()
        with closing(sqlite3.connect(self.folder / "zoetrope.sqlite3", timeout=30)) as database:
            return database.execute(query).fetchall()

    def open_jobs(self) -> int:
        return int(self.rows("SELECT count(*) FROM media_jobs_job WHERE state IN ('WAITING', 'PROCESSING')")[0][0])

    def running(self) -> dict[str, tuple[str, str]]:
        """(token, worker) of every job that is held at the moment."""
        found = self.rows("SELECT id, lease_token, worker FROM media_jobs_job WHERE state = 'PROCESSING'")
        return {str(job): (str(token), str(worker)) for job, token, worker in found}

    def recovery(self, hit: dict[str, tuple[str, str]], *, since: float, seconds: float = 90.0) -> list[float]:
        """For each job that was held: how long until somebody else had it, or it ended."""
        found: list[float] = []
        left = dict(hit)
        while left and time.monotonic() - since < seconds:
            now = self.running()
            waiting = {str(job) for (job,) in self.rows("SELECT id FROM media_jobs_job WHERE state = 'WAITING'")}
            for job in [job for job in left if job not in waiting and now.get(job, ("", ""))[0] != left[job][0]]:
                del left[job]
                found.append(time.monotonic() - since)
            time.sleep(0.1)
        return found + [seconds] * len(left)

    def codec_children(self) -> list[int]:
        return [child for server in self.codec_servers() for child in children_of(server, "animator.confine.warm")]

    def codec_servers(self) -> list[int]:
        return [pid for worker in self.instance.workers() for pid in children_of(worker, "animator.confine.warm")]

    def begin(self, fault: str) -> Figures:
        """What was accepted before is another fault's."""
        self.tasks, self._failed_before = [], self._failed()
        return Figures(fault)

    def _failed(self) -> int:
        return int(self.rows("SELECT count(*) FROM media_jobs_job WHERE state = 'FAIL'")[0][0])

    def settle(self, figures: Figures, *, failures: int = 0, seconds: float = QUIET) -> Figures:
        """Wait for the end of everything, then count. `failures`: tasks that may have failed, truthfully."""
        deadline = time.monotonic() + seconds
        while self.open_jobs() and time.monotonic() < deadline:
            time.sleep(0.3)
        figures.stuck = self.open_jobs()
        figures.accepted = len(self.tasks)
        known = {str(task): state for task, state in self.rows(_OUTCOMES)}
        figures.lost = sum(known.get(task) not in ("FINISH", "ABORTED") for task in self.tasks)
        figures.doubled = len(self.rows(_DOUBLED))
        failed = self._failed() - self._failed_before
        checked = self.instance.manage("verify")
        figures.missing = 0 if checked.returncode == 0 else max(1, checked.stdout.count("\n") - 1)
        if failed > failures:
            figures.note = f"FAILED: {failed} jobs, {failures} may have; {figures.note}"
        if figures.missing:
            figures.note = f"{checked.stdout[:300]} {figures.note}"
        return figures


_OUTCOMES = "SELECT task_id, status FROM media_jobs_proceduretask"
_DOUBLED = "SELECT job_id FROM media_jobs_animatedimage GROUP BY job_id HAVING count(*) > 1"
