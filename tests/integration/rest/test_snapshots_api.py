"""/api/v1/snapshot-templates and /api/v1/snapshots, and snapshots in task flows and single runs."""

from collections.abc import Callable
from typing import Any

import pytest

from media_jobs.models import Media
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db

SPRITE = {"kind": "sprite", "sample_type": "Time", "sample_interval": 1, "rows": 1, "columns": 2, "width": 64}


def test_a_template_is_created_shown_changed_copied_and_deleted(as_operator: Api) -> None:
    made = as_operator.post("snapshot-templates", SPRITE)
    address = f"snapshot-templates/{made['id']}"
    assert made["id"] == f"sprite-{made['definition']}"
    assert {name: made[name] for name in SPRITE} == SPRITE
    assert as_operator.get(address) == made
    changed = as_operator("PATCH", address, {"rows": 3, "format": "png"})
    assert (changed.status_code, changed.json()["rows"], changed.json()["format"]) == (200, 3, "png")
    assert as_operator.post(f"{address}/clone")["rows"] == 3
    assert as_operator("DELETE", address).status_code == 204
    assert as_operator("GET", address).status_code == 404
    listed = as_operator.get("snapshot-templates?kind=sprite")["results"]
    assert [one["preset"] for one in listed] == [True, False]
    assert as_operator("DELETE", "snapshot-templates/sprite-10").status_code == 403
    assert as_operator("GET", "snapshot-templates/poster-10").status_code == 404


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("rows", {**SPRITE, "rows": 101}),
        ("rows", {**SPRITE, "kind": "sample"}),
        ("sample_interval", {"kind": "sample", "sample_type": "Percent", "sample_interval": 101}),
        ("sample_type", {"kind": "sample"}),
        ("width", {"kind": "time", "width": 31}),
        ("fill_type", {"kind": "time", "fill_type": "red"}),
    ],
)
def test_what_a_kind_cannot_have_is_refused_by_name(as_operator: Api, field: str, body: dict[str, Any]) -> None:
    answer = as_operator("POST", "snapshot-templates", body)
    assert answer.status_code == 400
    assert field in str(answer.json()), answer.json()


def test_a_flow_and_a_single_run_make_snapshots(
    as_operator: Api, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    own = as_operator.post("snapshot-templates", SPRITE)
    asked = [
        {"kind": "time", "definition": 10, "moments": ["50%", "1.5s"]},
        {"kind": "sprite", "definition": own["definition"], "moments": []},
    ]
    flow = {"name": "stills", "steps": [{"definition": 20000}], "snapshots": asked}
    assert as_operator.post("procedures", flow)["snapshots"] == asked
    renamed = as_operator("PUT", "procedures/stills", {"name": "more", "steps": [{"definition": 20000}]})
    assert renamed.json()["snapshots"] == asked, "a client that doesn't know of them doesn't lose them"
    assert as_operator.post("procedures/more/clone")["snapshots"] == asked
    media = upload_clip(procedure="more")
    task = as_operator.post(f"media/{media.file_id}/process", {"snapshots": [asked[1]]})
    run_jobs()
    (job,) = as_operator.get(f"tasks/{task['task_id']}")["jobs"]
    sheets = job["snapshots"]
    assert (job["kind"], job["state"], job["output"]) == ("snapshot", "SUCCESS", None)
    assert (sheets["moments"], len(sheets["urls"]), sheets["width"]) == ([0, 1, 2], 2, 64)
    assert sheets["webvtt_url"].endswith(f"/v.f{own['definition']}.vtt")
    listed = as_operator.get(f"snapshots?file_id={media.file_id}&kind=sprite")["results"]
    assert (listed[0]["id"], len(listed)) == (sheets["id"], 2)
    (moments,) = as_operator.get("snapshots?kind=time")["results"]
    assert (moments["moments"], moments["webvtt_url"]) == ([1.5, 1.5], "")
    assert as_operator("DELETE", f"snapshots/{sheets['id']}").status_code == 204
    assert as_operator("GET", f"snapshots/{sheets['id']}").status_code == 404


@pytest.mark.parametrize(
    "snapshot",
    [
        {"kind": "time", "definition": 10},
        {"kind": "time", "definition": 10, "moments": ["soon"]},
        {"kind": "time", "definition": 10, "moments": ["1s"] * 101},
        {"kind": "sample", "definition": 10, "moments": ["1s"]},
        {"kind": "poster", "definition": 10},
    ],
)
def test_a_run_that_makes_no_sense_is_refused(as_operator: Api, uploaded: Media, snapshot: dict[str, Any]) -> None:
    answer = as_operator("POST", f"media/{uploaded.file_id}/process", {"snapshots": [snapshot]})
    assert answer.status_code == 400
    assert not uploaded.tasks.exists()
