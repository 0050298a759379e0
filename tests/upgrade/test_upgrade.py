"""The data folder of each earlier release is taken over by this one: nothing is lost, and what waited is done."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.instance import Instance, wait_for
from tests.upgrade.folder import lay_out
from tests.upgrade.record import TUS

RELEASES = sorted(folder for folder in Path(__file__).parent.iterdir() if (folder / "zoetrope.sql").exists())

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]


@pytest.fixture(params=RELEASES, ids=lambda folder: folder.name)
def upgraded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """This code on the folder of an earlier release, which keeps its SQLite and its embedded broker."""
    for name in ("DATABASE_URL", "BROKER_URL", "STORAGE_URL", "DJANGO_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "var"
    lay_out(request.param, data)
    instance = Instance(data)
    try:
        yield instance.start()
    finally:
        instance.close()


def test_an_earlier_releases_folder_is_taken_over_whole(upgraded: Instance, tmp_path: Path) -> None:
    wait_for(
        lambda: _states(upgraded, "waiting") == ["SUCCESS"] * 3, seconds=60, what="the jobs that were left waiting"
    )
    finished, waiting = (_task(upgraded, of=name) for name in ("finished", "waiting"))
    assert (finished["outcome"], waiting["outcome"]) == ("completed", "completed")
    _assert_the_same_was_made(upgraded, old=finished, new=waiting)
    _assert_events_are_handed_out(upgraded, finished, waiting)
    _assert_the_upload_goes_on(upgraded)
    _assert_pages_show(upgraded, finished, waiting)
    assert upgraded.manage("check", "--fail-level", "WARNING").returncode == 0
    verified = upgraded.manage("verify")
    assert verified.stdout == "0 violations; 0 jobs wait, 0 run.\n", verified.stdout + verified.stderr
    fresh = Instance(tmp_path / "fresh")
    assert fresh.manage("migrate", "--verbosity", "0").returncode == 0
    assert _schema(upgraded) == _schema(fresh)


def _schema(instance: Instance) -> list[tuple[str, ...]]:
    """To the letter of what made each table."""
    with closing(sqlite3.connect(instance.folder / "zoetrope.sqlite3")) as database:
        found = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    assert len(found) > 100
    return found


def _assert_the_same_was_made(instance: Instance, *, old: dict[str, Any], new: dict[str, Any]) -> None:
    """By the plan that was frozen then, from the same clip. The pictures of then are still served."""
    facts = ("definition", "container", "width", "height", "frames", "duration", "start", "end")
    before, after = (_outputs(instance, task) for task in (old, new))
    assert [[picture[fact] for fact in facts] for picture in after] == [
        [picture[fact] for fact in facts] for picture in before
    ]
    assert [(picture["container"], picture["score"] is None) for picture in after] == [("gif", True), ("webp", False)]
    for picture in (*before, *after):
        assert len(_served(instance, picture["url"])) == picture["size"]
    for task in (old, new):
        assert _served(instance, _media(instance, task)["poster_url"]).startswith(b"\xff\xd8")


def _assert_events_are_handed_out(instance: Instance, *tasks: dict[str, Any]) -> None:
    """The one that nobody had pulled before the upgrade, and the one of the job that was done after it."""
    pulled = instance.api.post("/events/pull").raise_for_status().json()
    told = [event["content"]["ProcedureStateChangeEvent"]["TaskId"] for event in pulled]
    assert sorted(told) == sorted(task["task_id"] for task in tasks)


def _assert_the_upload_goes_on(instance: Instance) -> None:
    """Where it broke off; its task flow then starts by itself."""
    (upload,) = instance.api.get("/uploads", params={"state": "OPEN"}).raise_for_status().json()["results"]
    assert 0 < upload["offset"] < upload["length"]
    clip = _served(instance, _media(instance, _task(instance, of="finished"))["source_url"])
    headers = {**TUS, "Upload-Offset": str(upload["offset"]), "Content-Type": "application/offset+octet-stream"}
    sent = instance.api.patch(f"/uploads/{upload['id']}", headers=headers, content=clip[upload["offset"] :])
    assert sent.status_code == 204, sent.text
    wait_for(lambda: _states(instance, "half") == ["SUCCESS"] * 3, seconds=60, what="the flow of the finished upload")


def _assert_pages_show(instance: Instance, *tasks: dict[str, Any]) -> None:
    """The administrator's password still fits, and the pages of what was done before the upgrade open."""
    with httpx.Client(base_url=instance.url, follow_redirects=True, timeout=60, trust_env=False) as browser:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/login").text)
        assert token
        signing_in = {"username": "admin", "password": "fault test password", "csrfmiddlewaretoken": token[1]}
        browser.post("/login", data=signing_in, headers={"Referer": instance.url}).raise_for_status()
        for task in tasks:
            assert task["task_id"] in browser.get(f"/vod/task/{task['task_id']}").raise_for_status().text
            assert "/v.f" in browser.get(f"/vod/media/{task['file_id']}").raise_for_status().text
        for page in ("/", "/vod/video-process/template", "/vod/video-process/taskflow", "/vod/callback"):
            browser.get(page).raise_for_status()


def _task(instance: Instance, *, of: str) -> dict[str, Any]:
    """The one task of the media of this name."""
    (media,) = instance.api.get("/media", params={"name": of}).raise_for_status().json()["results"]
    (listed,) = instance.api.get("/tasks", params={"file_id": media["file_id"]}).raise_for_status().json()["results"]
    task: dict[str, Any] = instance.api.get(f"/tasks/{listed['task_id']}").raise_for_status().json()
    return task


def _states(instance: Instance, name: str) -> list[str]:
    return [job["state"] for job in _task(instance, of=name)["jobs"]]


def _media(instance: Instance, task: dict[str, Any]) -> dict[str, Any]:
    media: dict[str, Any] = instance.api.get(f"/media/{task['file_id']}").raise_for_status().json()
    return media


def _outputs(instance: Instance, task: dict[str, Any]) -> list[dict[str, Any]]:
    listed = instance.api.get("/outputs", params={"task_id": task["task_id"]}).raise_for_status().json()["results"]
    return sorted(listed, key=lambda picture: str(picture["container"]))


def _served(instance: Instance, url: str) -> bytes:
    """What is behind an address that the server gave out, now that it listens on another port."""
    return instance.api.get(f"{instance.url}{urlsplit(url).path}").raise_for_status().content
