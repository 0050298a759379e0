"""Keeps the data folder of the release that is checked out: `python -m tests.upgrade.record`, once before its tag.

A real server does all of it, asked over HTTP only: a flow that has run, events nobody has pulled yet; then, with no
worker there, a job of every kind that waits with its frozen plan, and an upload that broke off half way.
"""

import base64
import sys
import tempfile
import tomllib
from pathlib import Path

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717 import models
from tencentcloud.vod.v20180717.vod_client import VodClient

from animator.make.sample import render_sample
from tests.faults.instance import ROOT, SECRET_ID, SECRET_KEY, Instance, wait_for
from tests.upgrade.folder import keep

TUS = {"Tus-Resumable": "1.0.0"}


def main() -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    kept = Path(__file__).parent / version
    if kept.exists():
        print(f"{kept} is there already.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "var"
        data.mkdir()
        clip = render_sample(Path(folder) / "clip.mp4", seconds=2, width=160, height=90, fps=10).read_bytes()
        _finished_work(data, clip)
        _waiting_work(data, clip)
        keep(data, kept)
    print(kept)
    return 0


def _finished_work(data: Path, clip: bytes) -> None:
    instance = Instance(data)
    try:
        instance.start()
        instance.api.patch("/event-config", json={"mode": "PULL"}).raise_for_status()
        _make_flow(instance)
        _upload(instance, clip, name="finished.mp4")
        wait_for(lambda: _outcomes(instance) == ["completed"], seconds=60, what="the first task")
    finally:
        instance.close()


def _make_flow(instance: Instance) -> None:
    """The task flow "everything": a GIF, a scored WebP and a cover."""
    definitions = [
        instance.api.post("/templates", json=fields).raise_for_status().json()["definition"]
        for fields in (
            {"name": "Small GIF", "format": "gif", "width": 128, "fps": 5, "quality": 60},
            {"name": "Small WebP", "format": "webp", "width": 160, "fps": 8, "score": True},
        )
    ]
    offsets = [{"StartTimeOffset": 0.5, "EndTimeOffset": 1.5}, {"StartTimeOffset": 0, "EndTimeOffset": -0.5}]
    request = models.CreateProcedureTemplateRequest()
    request._deserialize(
        {
            "Name": "everything",
            "MediaProcessTask": {
                "AnimatedGraphicTaskSet": [
                    {"Definition": definition, **offset}
                    for definition, offset in zip(definitions, offsets, strict=True)
                ],
                "CoverBySnapshotTaskSet": [{"Definition": 10, "PositionType": "Percent", "PositionValue": 50}],
            },
        }
    )
    http = HttpProfile(protocol="http", endpoint=instance.url.removeprefix("http://"))
    client = VodClient(Credential(SECRET_ID, SECRET_KEY), "ap-guangzhou", ClientProfile(httpProfile=http))
    client.CreateProcedureTemplate(request)


def _waiting_work(data: Path, clip: bytes) -> None:
    """A web server without a worker: what it accepts waits."""
    instance = Instance(data)
    try:
        instance.start_web()
        _upload(instance, clip, name="waiting.mp4")
        _upload(instance, clip, name="half.mp4", part=len(clip) // 2)
        assert _outcomes(instance) == ["waiting", "completed"]
    finally:
        instance.close()


def _upload(instance: Instance, clip: bytes, *, name: str, part: int | None = None) -> None:
    """By tus, with the task flow; only the first `part` bytes, if that is given."""
    metadata = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}"
        for key, value in {"filename": name, "procedure": "everything"}.items()
    )
    begun = instance.api.post(
        "/uploads", headers={**TUS, "Upload-Length": str(len(clip)), "Upload-Metadata": metadata}
    ).raise_for_status()
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    where = f"{instance.url}{begun.headers['Location']}"
    instance.api.patch(where, headers=headers, content=clip[:part]).raise_for_status()


def _outcomes(instance: Instance) -> list[str]:
    return [task["outcome"] for task in instance.api.get("/tasks").raise_for_status().json()["results"]]


if __name__ == "__main__":
    sys.exit(main())
