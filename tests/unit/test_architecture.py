"""docs/architecture.md tells of every table and of the moves that a job makes, and of nothing that isn't there."""

import re
from pathlib import Path

from django.apps import apps

from media_jobs.states import ENDED, TRANSITIONS, JobState
from tests.rooms import picture

PAGE = (Path(__file__).resolve().parents[2] / "docs/architecture.md").read_text(encoding="utf-8")
ROOMS = ("applications", "templates_app", "procedures", "media_jobs", "cloudapi")


def chapter(number: int) -> str:
    return PAGE.split(f"\n## {number} ", 1)[1].split("\n## ", 1)[0]


def mapped_tables() -> set[str]:
    """First cells such as `media_jobs_media`, `_mediatag`: a name without a room belongs to the one before it."""
    found = set()
    for line in chapter(6).splitlines():
        names = re.findall(r"`([a-z_]+)`", line.split("|")[1]) if line.startswith("| `") else []
        found |= {name if not name.startswith("_") else names[0].rpartition("_")[0] + name for name in names}
    return found


def test_the_map_names_every_table_and_no_other() -> None:
    """Django joins users with its own groups and permissions, which nothing here uses."""
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    assert mapped_tables() == {model._meta.db_table for model in models}


def test_the_moves_of_a_job_are_those_that_are_allowed() -> None:
    rows = re.findall(r"^\| ([A-Z]+) \| ([A-Z, ]+) \|", chapter(5), re.MULTILINE)
    told = {(start, end) for start, ends in rows for end in ends.split(", ")}
    allowed = {(start.value, end.value) for start, ends in TRANSITIONS.items() for end in ends}
    assert told <= allowed
    assert {end for _, end in told} == set(JobState.values)
    assert not {start for start, _ in told} & {state.value for state in ENDED}


def test_the_picture_of_the_rooms_is_the_one_that_the_imports_give() -> None:
    assert picture() in PAGE, "Draw it anew: make rooms"


def test_no_folders_members_import_each_other_in_a_circle() -> None:
    assert "0 circles" in picture()
