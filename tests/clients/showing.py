"""One client does one thing that it is for, and what arrived is compared with what was sent."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from applications.client_signature import fresh_fields, sign
from tests.clients import browser
from tests.clients.pinned import HERE, Pinned
from tests.clients.service import Service, run
from tests.faults.instance import SECRET_ID, SECRET_KEY

# Bare, so that nothing of the tests' own packages is in reach.
PYTHON = getattr(sys, "_base_executable", sys.executable)
BY_SESSION = ("objects.py", "objects.cjs", "coscmd.py", "s3.py", "objects.html")
ALONE = ("webhook.py", "webhook.cjs")


@dataclass(frozen=True)
class Things:
    """Files by column, an empty folder, and a media that is there already."""

    files: dict[str, Path]
    home: Path
    file_id: str

    def of(self, column: str, *, seven_bits: bool = False) -> Path:
        if column == "resume" and seven_bits:
            return self.files["resume, seven bits"]
        return self.files.get(column, self.files["whole upload"])


def show(running: Service, one: Pinned, column: str, things: Things) -> None:
    """Raises what went wrong."""
    file, cover = things.of(column, seven_bits=one.seven_bits), things.files["cover picture"]
    given = _given(running, one, things, file=file) | ({"cover": str(cover)} if column == "cover" else {})
    commit_by = ""
    if one.program in ALONE:
        given["callback"] = running.callback()
    elif column == "events":
        running.pull_events()
    if one.program in BY_SESSION:
        given["session"], commit_by = running.session()
    told = _told(running, one, column, given, home=things.home)
    if column == "download" and not one.page:  # a page compares for itself
        assert (things.home / "back").read_bytes() == file.read_bytes(), "other bytes came back"
    file_id = _file_id(running, told, commit_by=commit_by)
    assert file_id or column in ("API", "events"), f"nothing was said to have arrived: {told}"
    if file_id:
        running.holds(file_id, file, cover=cover if column == "cover" else None)


def _given(running: Service, one: Pinned, things: Things, *, file: Path) -> dict[str, Any]:
    fields = fresh_fields(secret_id=SECRET_ID, now=time.time(), life=600)
    return {
        "file": str(file),
        "target": str(things.home / "back"),
        "package": one.package,
        "file_id": things.file_id,
        "endpoint": f"{running.instance.url}/api/v1/uploads",
        "visitors": f"{running.instance.url}/upload",
        "server": running.instance.url.removeprefix("http://"),
        "signature": sign(fields, secret_key=SECRET_KEY),
    }


def _told(running: Service, one: Pinned, column: str, given: dict[str, Any], *, home: Path) -> dict[str, Any]:
    if one.page:
        return browser.run(running, one, column, given)
    command = [PYTHON if one.python else "node", str(HERE / "programs" / one.program), column]
    return run(running, command, place=one.folder, home=home, given=given)


def _file_id(running: Service, told: dict[str, Any], *, commit_by: str) -> str:
    """The media's, as the client was told, or as the upload of a session becomes one."""
    if commit_by:
        return str(running.call("CommitUpload", VodSessionKey=commit_by)["FileId"])
    if "upload" in told:
        return str(running.instance.api.get(told["upload"]).json()["file_id"])
    return str(told.get("fileId", ""))
