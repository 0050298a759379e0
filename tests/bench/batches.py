"""What a dry run foretells beside what a batch came to, on a whole instance. Writes a section of docs/pictures.md.

Clips, and pieces cut out of them, are uploaded; batches over them are foretold, run, run twice, cancelled half-way and
tried again.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg

from tests.bench.document import commit, write_section
from tests.bench.jobs import SUFFIXES
from tests.faults.instance import Instance, wait_for

MEDIA, SEED = 40, 8
HEIGHTS, LENGTHS = (360, 480, 720), (4.0, 9.0)
TEMPLATE = {"name": "batch", "format": "webp", "width": 640, "fps": 15}
START, END = 0.5, 3.5
OVERRIDE = {"format": "gif", "fps": 8, "quality": 60, "width": 480}
CANCELLED_AFTER, MISSING, OFF = 8, 2, 0.2
# The defaults: the fault tests, whose Instance this is, are less patient, and make everything anew.
USUAL = {"ZOETROPE_LEASE_SECONDS": "30", "ZOETROPE_HEARTBEAT_SECONDS": "5", "ZOETROPE_REUSE_PICTURES": "1"}
_WORK = """
from media_jobs.models import Job
jobs = Job.objects.filter(task__batch="{batch}", state="SUCCESS")
print(sum((job.finished_at - job.began_at).total_seconds() for job in jobs))
"""
_KEY = "from media_jobs.models import Media; print(Media.objects.get(file_id='{file_id}').storage_key)"


@dataclass(frozen=True, slots=True)
class Run:
    """A batch: what was told of it in `answered` seconds, and what came of it; `work` is of all slots together. `left`
    was told when half of its tasks had ended, and at what moment.
    """

    name: str
    told: dict[str, Any]
    answered: float
    shown: dict[str, Any]
    work: float
    left: tuple[float, datetime] | None

    @property
    def elapsed(self) -> float:
        begun, ended = (datetime.fromisoformat(self.shown[name]) for name in ("created_at", "finished_at"))
        return (ended - begun).total_seconds()

    def __str__(self) -> str:
        figures, told = self.shown["figures"], self.told
        basis = f"{told['measured']} pictures" if told["measured"] else "estimates"
        pairs = (
            (told["bytes"], figures["bytes"], 1e6, "MB"),
            (told["seconds"], self.work, 1, "s"),
            (told["elapsed"], self.elapsed, 1, "s"),
        )
        came = (datetime.fromisoformat(self.shown["finished_at"]) - self.left[1]).total_seconds() if self.left else 0.0
        pairs = (*pairs, (self.left[0] if self.left else None, came, 1, "s"))
        cells = (_beside(foretold, came, unit) + f" {name}" for foretold, came, unit, name in pairs)
        number = f"{told['pictures']} | {figures['pictures']}"
        return f"| {self.name} | {basis}, {self.answered:.2f} s | {number} | {' | '.join(cells)} |"


@dataclass(frozen=True, slots=True)
class Bench:
    instance: Instance
    definition: int

    def ask(self, selected: dict[str, Any], **more: Any) -> dict[str, Any]:
        steps = [{"definition": self.definition, "start": START, "end": END}]
        answer = self.instance.api.post("/batches", json={**selected, "steps": steps, **more})
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    def foretold(self, selected: dict[str, Any], **more: Any) -> tuple[dict[str, Any], float]:
        began = time.perf_counter()
        told = self.ask(selected, dry_run=True, **more)
        return told, time.perf_counter() - began

    def run(self, name: str, selected: dict[str, Any], **more: Any) -> Run:
        told, answered = self.foretold(selected, **more)
        batch = self.ask(selected, **more)["id"]
        left = self.left(batch)
        shown = self.ended(batch)
        run = Run(name, told, answered, shown, self.work(batch), left)
        print(run, told["skipped"], shown["skipped"], shown["figures"], flush=True)
        return run

    def shown(self, batch: str) -> dict[str, Any]:
        told: dict[str, Any] = self.instance.api.get(f"/batches/{batch}").raise_for_status().json()
        return told

    def left(self, batch: str) -> tuple[float, datetime] | None:
        """As soon as half of it is there."""
        while not (shown := self.shown(batch))["finished_at"]:
            tasks = shown["figures"]["tasks"]
            if tasks.get("completed", 0) >= sum(tasks.values()) / 2 and shown["seconds_left"] is not None:
                return shown["seconds_left"], datetime.now(UTC)
            time.sleep(0.1)
        return None

    def ended(self, batch: str) -> dict[str, Any]:
        while not (shown := self.shown(batch))["finished_at"]:
            time.sleep(0.2)
        return shown

    def work(self, batch: str) -> float:
        """Seconds that pictures took in their slots."""
        return float(self.instance.manage("shell", "--no-imports", "-c", _WORK.format(batch=batch)).stdout)

    def file_of(self, file_id: str) -> Path:
        key = self.instance.manage("shell", "--no-imports", "-c", _KEY.format(file_id=file_id)).stdout.strip()
        return next(self.instance.folder.rglob(f"*{key}"))

    def changed(self, batch: str) -> list[Any]:
        """What the tasks of a batch say that their jobs have instead."""
        tasks = self.instance.api.get("/tasks", params={"batch": batch, "limit": 1}).json()["results"]
        return [job["changed"] for job in self.instance.api.get(f"/tasks/{tasks[0]['task_id']}").json()["jobs"]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder, instance = Path(name), Instance(Path(name) / "data", **USUAL)
        instance.folder.mkdir()
        try:
            text = _measured(instance.start(), library(options.media, folder))
        finally:
            instance.close()
    print(text)
    if options.docs:
        write_section(options.docs, "Batches", text, page="pictures.md")


def library(media: Path, folder: Path) -> Iterator[Path]:
    """Each clip, pieces cut out of them and coded anew, one that is too short, and a sound."""
    clips = sorted(path for path in media.iterdir() if path.suffix.lower() in SUFFIXES)
    yield from clips
    chance = random.Random(SEED)
    for number in range(MEDIA - len(clips)):
        clip = chance.choice(clips)
        with av.open(str(clip)) as container:
            length = (container.duration or 0) / av.time_base
        seconds = min(round(chance.uniform(*LENGTHS), 1), length)
        start = round(chance.uniform(0, length - seconds), 1)
        target = folder / f"{clip.stem[:20]} piece {number}.mp4"
        _ffmpeg("-ss", start, "-t", seconds, "-i", clip, "-an", "-vf", f"scale=-2:{chance.choice(HEIGHTS)}", target)
        yield target
    _ffmpeg("-t", 0.3, "-i", clips[0], "-an", "-vf", "scale=-2:240", folder / "too short.mp4")
    _ffmpeg("-f", "lavfi", "-i", "sine", "-t", 5, folder / "sound.m4a")
    yield from (folder / "too short.mp4", folder / "sound.m4a")


def _ffmpeg(*words: object) -> None:
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    coded = ["-c:v", "libx264", "-preset", "superfast", "-pix_fmt", "yuv420p"] if "-vf" in words else []
    subprocess.run([*program, *map(str, words[:-1]), *coded, str(words[-1])], check=True, stdin=subprocess.DEVNULL)


def _measured(instance: Instance, files: Iterator[Path]) -> str:
    definition = instance.api.post("/templates", json=TEMPLATE).raise_for_status().json()["definition"]
    bench = Bench(instance, definition)
    ids = [_uploaded(instance, file) for file in files]
    for file_id in ids:
        wait_for(partial(_is_looked_at, instance, file_id), seconds=120, what="a look at each upload")
    half: dict[str, Any] = {"file_ids": ids[::2]}
    every: dict[str, Any] = {"filter": {}}
    runs = [
        bench.run("every second media, nothing known", half),
        bench.run("all media: the others", every),
        bench.run("another frame rate and kind, nothing known", half, picture={**OVERRIDE, "fps": 10}),
    ]
    twice = bench.run("all once more", every)
    again = bench.run("all once more, `again`", every, again=True)
    told = _cancelled_and_tried_again(bench, every, ids)
    return report([*runs, twice, again], told)


def _uploaded(instance: Instance, file: Path) -> str:
    answer = instance.api.post("/media", files={"file": (file.name, file.read_bytes())})
    return str(answer.raise_for_status().json()["file_id"])


def _is_looked_at(instance: Instance, file_id: str) -> bool:
    return bool(instance.api.get(f"/media/{file_id}").json()["state"] == "normal")


def _cancelled_and_tried_again(bench: Bench, every: dict[str, Any], ids: Sequence[str]) -> list[str]:
    """A batch of which some files aren't in the store: cancelled half-way, tried again, and so the failed."""
    gone = [bench.file_of(file_id) for file_id in ids[:MISSING]]
    for file in gone:
        file.rename(file.with_suffix(".away"))
    batch = bench.ask(every, picture=OVERRIDE)
    path = f"/batches/{batch['id']}"
    enough = {"completed": 0}
    while enough.get("completed", 0) < CANCELLED_AFTER:
        time.sleep(0.1)
        enough = bench.shown(batch["id"])["figures"]["tasks"]
    began = time.perf_counter()
    bench.instance.api.post(f"{path}/cancel").raise_for_status()
    answered = time.perf_counter() - began
    cancelled = bench.ended(batch["id"])
    took = time.perf_counter() - began
    bench.instance.api.post(f"{path}/retry").raise_for_status()
    retried = bench.ended(batch["id"])
    for file in gone:
        file.with_suffix(".away").rename(file)
    bench.instance.api.post(f"{path}/retry").raise_for_status()
    whole = bench.ended(batch["id"])
    kept = [part["changed"] for part in whole["plan"]]
    return [
        f"- Cancelled when {CANCELLED_AFTER} were made: answered in {answered:.2f} s, ended after {took:.1f} s "
        f"({cancelled['state']}: {json.dumps(cancelled['figures']['tasks'])}, {cancelled['figures']['pictures']} "
        f"pictures kept)",
        f"- Tried again, {MISSING} files still away from the store: {json.dumps(retried['figures']['tasks'])}; "
        f"tried again with them: {json.dumps(whole['figures']['tasks'])}",
        f"- What that run had instead of its template is in the batch's plan ({json.dumps(kept)}) and in each job "
        f"({json.dumps(bench.changed(batch['id']))})",
    ]


def report(runs: Sequence[Run], told: Sequence[str]) -> str:
    lines = [
        f"{MEDIA} clips and pieces of them, one video that is too short and a sound, three seconds of each at "
        f"{TEMPLATE['width']} pixels and {TEMPLATE['fps']} frames a second as WebP, on a whole instance with the "
        f"embedded default and {os.cpu_count()} processors, commit {commit()}. Work is what pictures took in "
        "their slots. Losses first.",
        "",
        _losses("Bytes", [(run.name, run.told["bytes"], run.shown["figures"]["bytes"]) for run in runs]),
        _losses("Work", [(run.name, run.told["seconds"], run.work) for run in runs]),
        _losses("Time", [(run.name, run.told["elapsed"], run.elapsed) for run in runs]),
        "",
        "| batch | told by, in | pictures told | made | bytes told, made | work told, done | time told, taken "
        "| left told half-way, taken |",
        "|---|---|---|---|---|---|---|---|",
        *map(str, runs),
        "",
        *told,
    ]
    return "\n".join(lines)


def _losses(what: str, figures: Sequence[tuple[str, float | None, float]]) -> str:
    """Of those that were told something, and came to something."""
    told = [(name, foretold / came - 1) for name, foretold, came in figures if foretold and came]
    off = [f"{name} ({error:+.0%})" for name, error in told if abs(error) > OFF]
    return f"- {what} off by more than {OFF:.0%}: {len(off)} of {len(told)}{''.join(f'; {one}' for one in off)}"


def _beside(foretold: float | None, came: float, unit: float) -> str:
    if foretold is None:
        return f"–, {came / unit:.1f}"
    off = f" ({foretold / came - 1:+.0%})" if came else ""
    return f"{foretold / unit:.1f}, {came / unit:.1f}{off}"


if __name__ == "__main__":
    main()
