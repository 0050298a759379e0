"""F8–F10, F18, F19, F22, F23: what clients do, at the wrong moment, twice, at once, or a great deal of."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx

from tests.faults.instance import wait_for
from tests.faults.suite.world import TUS, Figures, World

AT_ONCE = 10


def web_killed(world: World, n: int) -> Figures:
    """F8: the web server dies at the point that ZOETROPE_FAULT names; clients come again, and get one media each."""
    point = world.instance.environment["ZOETROPE_FAULT"].partition(":")[0]
    figures = world.begin(f"F8 web killed when {point}")
    before = _media(world)
    for number in range(n):
        began = time.monotonic()
        world.upload(f"f8-{number}.mp4")
        figures.recoveries.append(time.monotonic() - began)
    figures.n = world.instance.log().count(f"fault: {point}\n")
    world.settle(figures)
    figures.accepted, figures.doubled = n, figures.doubled + max(0, _media(world) - before - n)
    figures.lost += max(0, n - (_media(world) - before))
    return figures


def committed_twice(world: World, n: int) -> Figures:
    """F9: the last byte of an upload comes ten times at once: one media."""
    figures = world.begin("F9 one upload committed many times")
    before = _media(world)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(n):
            told = base64.b64encode(f"f9-{number}.mp4".encode()).decode()
            headers = {**TUS, "Upload-Length": str(len(world.clip)), "Upload-Metadata": f"filename {told}"}
            place = world.call("POST", "/uploads", headers=headers).headers["Location"]
            send = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            list(
                pool.map(
                    lambda _, place=place, send=send: (
                        world.instance.api.patch(  # type: ignore[misc]
                            world.absolute(place), headers=send, content=world.clip
                        ).status_code
                    ),
                    range(AT_ONCE),
                )
            )
            figures.n += AT_ONCE
    world.settle(figures)
    figures.accepted, figures.doubled = n, figures.doubled + max(0, _media(world) - before - n)
    figures.lost += max(0, n - (_media(world) - before))
    return figures


def submitted_twice(world: World, n: int) -> Figures:
    """F10: the same SessionId twenty times at once: one task, the others are refused with 409."""
    figures = world.begin("F10 one SessionId many times")
    wrong = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(n):
            body = {"steps": world.steps, "session_id": f"f10-{world.chance.random()}-{number}"[:50]}
            answers = list(
                pool.map(
                    lambda _, body=body: world.instance.api.post(f"/media/{world.media}/process", json=body),  # type: ignore[misc]
                    range(AT_ONCE),
                )
            )
            codes = sorted(answer.status_code for answer in answers)
            wrong += codes != [201, *[409] * (AT_ONCE - 1)]
            world.tasks += [answer.json()["task_id"] for answer in answers if answer.status_code == 201][:1]
            figures.doubled += max(0, codes.count(201) - 1)
            figures.n += AT_ONCE
    doubled = figures.doubled
    world.settle(figures)
    figures.doubled += doubled
    figures.note += f"rounds with another answer than one 201 and nine 409: {wrong}" if wrong else ""
    return figures


def deleted_meanwhile(world: World, n: int) -> Figures:
    """F18: a media is deleted while pictures of it are made: its tasks end, and nothing of it can be reached."""
    figures = world.begin("F18 media deleted during its jobs")
    for number in range(n):
        media = world.upload(f"f18-{number}.mp4")
        world.submit(media=media, steps=world.steps * 3)
        time.sleep(world.chance.uniform(0, 0.8))
        assert world.call("DELETE", f"/media/{media}").status_code in (204, 404)
        figures.n += 1
    world.settle(figures)
    left = world.rows(
        "SELECT count(*) FROM media_jobs_animatedimage i JOIN media_jobs_media m ON m.id = i.media_id"
        " WHERE m.deleted_at IS NOT NULL"
    )
    figures.missing += int(left[0][0])
    return figures


def template_changed(world: World, n: int) -> Figures:
    """F19: a template changes while its tasks wait: pictures are as wide as it was when they were asked for."""
    figures = world.begin("F19 template edited during its jobs")
    template = world.call("POST", "/templates", json={"format": "gif", "width": 128, "fps": 5}).json()
    place, wanted = f"/templates/{template['definition']}", {}
    for number in range(n):
        width = 128 + 16 * (number % 4)
        assert world.call("PATCH", place, json={"width": width}).status_code == 200
        (task,) = world.submit(steps=[{"definition": template["definition"], "start": 0, "end": 0.4}])
        wanted[task] = width
        figures.n += 1
    world.call("PATCH", place, json={"width": 256})
    world.settle(figures)
    made = world.rows(
        "SELECT t.task_id, i.width FROM media_jobs_animatedimage i JOIN media_jobs_job j ON j.id = i.job_id"
        " JOIN media_jobs_proceduretask t ON t.id = j.task_id"
    )
    wrong = sum(width != wanted[str(task)] for task, width in made if str(task) in wanted)
    figures.missing += wrong
    return figures


def upload_interrupted(world: World, n: int) -> Figures:
    """F22: uploads that break off again and again, and are repeated from a wrong place: byte by byte what was sent."""
    figures = world.begin("F22 uploads interrupted")
    data = world.clip + world.chance.randbytes(200_000)
    for number in range(n):
        told = base64.b64encode(f"f22-{number}.mp4".encode()).decode()
        headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {told}"}
        place = world.absolute(world.call("POST", "/uploads", headers=headers).headers["Location"])
        file_id = ""
        while not file_id:
            head = world.call("HEAD", place, headers=TUS).headers
            file_id = head.get("Zoetrope-File-Id", "")
            if not file_id:
                _send_some(world, place, data, offset=int(head["Upload-Offset"]))
                figures.n += 1
        stored = world.rows(f"SELECT sha256 FROM media_jobs_media WHERE file_id = '{file_id}'")[0][0]
        got = bytes(stored).hex() if isinstance(stored, bytes | memoryview) else str(stored)
        figures.missing += got not in (sha256(data).hexdigest(), "")
    world.settle(figures, failures=n)
    figures.accepted = n
    return figures


def _send_some(world: World, place: str, data: bytes, *, offset: int) -> None:
    """A piece that is announced whole and breaks off, or one that begins where it mustn't, or all the rest."""
    kind = world.chance.randrange(4)
    headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    if kind == 0:
        headers["Upload-Offset"] = str(offset + 7)
    piece = data[offset:] if kind == 3 else data[offset : offset + world.chance.randrange(1, 80_000)]

    def broken() -> object:
        yield piece
        raise httpx.WriteError("the client's network is gone")

    try:
        world.instance.api.patch(place, headers=headers, content=broken() if kind == 1 else piece)  # type: ignore[arg-type]
    except httpx.TransportError:
        return


def burst(world: World, n: int) -> Figures:
    """F23: one application asks for a great deal, then another for one picture: that one comes soon."""
    figures = world.begin("F23 burst of one application")
    made = world.instance.manage("shell", "-c", _SECOND_TENANT)
    secret_id, secret_key = made.stdout.split()[-2:]
    world.submit(n)
    with httpx.Client(base_url=world.instance.api.base_url, auth=(secret_id, secret_key), trust_env=False) as other:
        files = {"filename": (None, "b.mp4"), "file": ("b.mp4", world.clip)}
        media = other.post("/media", files=files, timeout=60).json()["file_id"]
        before = _ended(world)
        task = other.post(f"/media/{media}/process", json={"steps": world.steps}).json()["task_id"]
        wait_for(
            lambda: other.get(f"/tasks/{task}").json()["status"] == "FINISH", seconds=120, what="the other's picture"
        )
    figures.n = n
    figures.note = f"{_ended(world) - before} jobs of all ended before the other's one did, of {n}"
    return world.settle(figures)


_SECOND_TENANT = """
from applications.models import User
from applications.services.applications import create_application
from applications.services.keys import issue_api_key
owner = User.objects.order_by("pk").first()
application = create_application(name="Another", owner=owner)
key, secret = issue_api_key(user=owner, application=application)
print(key.secret_id, secret)
"""


def _ended(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM media_jobs_job WHERE state = 'SUCCESS'")[0][0])


def _media(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM media_jobs_media WHERE deleted_at IS NULL")[0][0])
