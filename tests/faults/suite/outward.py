"""F15–F17, F21, F24: stored bytes, receivers, pullers, sources and backups."""

import os
import signal
import socket
import time

from tests import receivers
from tests.faults.instance import wait_for
from tests.faults.suite.world import Figures, World
from tests.receivers import answer, ok, receiver


def bit_rot(world: World, n: int) -> Figures:
    """F15: one bit of a stored source is flipped: FAIL with a code, and no picture of it."""
    figures = world.begin("F15 a bit of the source flipped")
    media = [world.upload(f"f15-{number}.mp4") for number in range(n)]
    wait_for(lambda: not world.open_jobs(), seconds=60, what="the analyses")
    keys = {
        key for (key,) in world.rows(f"SELECT storage_key FROM media_jobs_media WHERE file_id IN ({_quoted(media)})")
    }
    wait_for(lambda: keys <= world.stored.keys(), seconds=60, what="the files in the store")
    for key in sorted(keys):
        world.stored.flip_a_bit(key, place=world.chance.random())
        figures.n += 1
    for pid in world.instance.supervised("celery"):  # what a worker has just found whole it believes for a while
        os.kill(pid, signal.SIGTERM)
    for file_id in media:
        world.submit(media=file_id)
    wait_for(lambda: not world.open_jobs(), seconds=120, what="their end")
    made = world.rows(
        "SELECT count(*) FROM media_jobs_animatedimage i JOIN media_jobs_media m ON m.id = i.media_id"
        f" WHERE m.file_id IN ({_quoted(media)})"
    )
    for file_id in media:
        world.call("DELETE", f"/media/{file_id}")
    world.settle(figures, failures=n)
    figures.missing += int(made[0][0])
    return figures


def bad_receiver(world: World, n: int) -> Figures:
    """F16: a receiver that fails more often than not: in the end every event has arrived, under one id each."""
    figures = world.begin("F16 callbacks refused, hung, reset, late")
    moods = [answer(500), answer(302, "Location: http://127.0.0.1:1/"), receivers.reset, receivers.late(1.0), ok]

    def moody(connection: socket.socket) -> None:
        mood = world.chance.choice(moods)
        figures.n += mood is not ok
        mood(connection)

    with receiver(moody) as listening:
        world.call("PATCH", "/event-config", json={"mode": "PUSH", "notification_url": listening.url})
        tasks = world.submit(n)
        wait_for(lambda: not world.open_jobs(), seconds=120, what="the tasks")
        moods[:] = [ok]
        began = time.monotonic()
        of_these = f"settled_at IS NULL AND subject IN ({_quoted(tasks)})"  # a first URL isn't told of what was before
        waiting = f"SELECT count(*) FROM media_jobs_event WHERE {of_these}"
        wait_for(lambda: world.rows(waiting)[0][0] == 0, seconds=90, what="the deliveries")
        figures.recoveries.append(time.monotonic() - began)
        told = {str(message.content) for message in listening.messages}
        figures.lost = sum(not any(task in text for text in told) for task in tasks)
    world.call("PATCH", "/event-config", json={"mode": "PUSH", "notification_url": ""})
    lost = figures.lost
    world.settle(figures)
    figures.lost += lost
    return figures


def puller_dies(world: World, n: int) -> Figures:
    """F17: events are handed out to somebody who never confirms: they come again, and none is lost."""
    figures = world.begin("F17 puller dies before it confirms")
    world.call("PATCH", "/event-config", json={"mode": "PULL"})
    tasks = world.submit(n)
    wait_for(lambda: not world.open_jobs(), seconds=120, what="the tasks")
    seen: set[str] = set()
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and not all(any(task in text for text in seen) for task in tasks):
        answer_ = world.call("POST", "/events/pull")
        events = answer_.json() if isinstance(answer_.json(), list) else answer_.json().get("results", [])
        if not events:
            time.sleep(0.5)
        elif not figures.n or world.chance.random() < 0.5:
            figures.n += len(events)  # dies here
        else:
            world.call("POST", "/events/confirm", json={"handles": [event["handle"] for event in events]})
            seen |= {str(event) for event in events}
    lost = sum(not any(task in text for text in seen) for task in tasks)
    world.call("PATCH", "/event-config", json={"mode": "PUSH"})
    world.settle(figures)
    figures.lost += lost
    return figures


def bad_source(world: World, n: int) -> Figures:
    """F21: sources that hang, drip, redirect in circles or never end: each pull ends, and a good one gets through."""
    figures = world.begin("F21 pulls from bad sources")
    kinds = [
        receivers.hang,
        receivers.drip,
        receivers.reset,
        receivers.endless,
        answer(404),
        answer(302, "Location: /"),
    ]
    bad = [receiver(kind) for kind in kinds]
    with receiver(answer(200, body=world.clip)) as good:
        opened = [one.__enter__() for one in bad]
        try:
            for number in range(n):
                url = f"{opened[number % len(opened)].url}.mp4"
                assert world.call("POST", "/pulls", json={"url": url}).status_code == 201
                figures.n += 1
            began = time.monotonic()
            asked = world.call("POST", "/pulls", json={"url": f"{good.url}.mp4"}).json()
            place = f"/pulls/{asked['task_id']}"
            wait_for(lambda: world.call("GET", place).json()["status"] == "FINISH", seconds=120, what="the good one")
            figures.recoveries.append(time.monotonic() - began)
            open_pulls = "SELECT count(*) FROM media_jobs_pulltask WHERE status IN ('WAITING', 'PROCESSING')"
            deadline = time.monotonic() + 420  # five tries of 20 seconds, with pauses of 10 to 80 between them
            while world.rows(open_pulls)[0][0] and time.monotonic() < deadline:
                time.sleep(0.5)
            stuck = int(world.rows(open_pulls)[0][0])
        finally:
            for one in bad:
                one.__exit__(None, None, None)
    world.settle(figures)
    figures.stuck += stuck
    return figures


def restored(world: World, n: int) -> Figures:
    """F24: an older database beside newer files: it starts, what it knows is whole, and no file is thrown away."""
    figures = world.begin("F24 older backup restored")
    for number in range(n):
        world.submit(2)
        wait_for(lambda: not world.open_jobs(), seconds=60, what="the tasks")
        backup = str(world.folder.parent / f"backup-{world.setup.name}-{number}")
        _managed(world, "backup", backup)
        known = list(world.tasks)
        world.submit(2)
        wait_for(lambda: not world.open_jobs(), seconds=60, what="the newer tasks")
        stored = world.stored.keys()
        world.instance.stop()
        began = time.monotonic()
        _managed(world, "restore", backup, "--force")
        world.instance.start()
        figures.recoveries.append(time.monotonic() - began)
        world.tasks = known
        _managed(world, "shell", "-c", _COLLECT)
        figures.missing += len(stored - world.stored.keys())
        figures.n += 1
    missing = figures.missing
    world.settle(figures)
    figures.missing += missing
    return figures


def _managed(world: World, *arguments: str) -> None:
    done = world.instance.manage(*arguments)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]


def _quoted(words: list[str]) -> str:
    return ",".join(f"'{word}'" for word in words)


_COLLECT = "from media_jobs.maintenance.cleaning import collect_garbage; collect_garbage()"
