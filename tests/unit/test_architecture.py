"""docs/architecture.md tells of every table and of the moves that a job makes, and of nothing that isn't there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

from media_jobs.states import ENDED, TRANSITIONS, JobState
from tests.rooms import picture

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
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
    assert told == allowed
    assert {end for _, end in told} == set(JobState.values)
    assert not {start for start, _ in told} & {state.value for state in ENDED}


def test_the_picture_of_the_rooms_is_the_one_that_the_imports_give() -> None:
    assert picture() in PAGE, "Draw it anew: make rooms"


def test_no_folders_members_import_each_other_in_a_circle() -> None:
    assert "0 circles" in picture()


def calls(method: str) -> Iterator[tuple[str, set[str | None]]]:
    """Where the rooms call a method of this name, and the keywords that they give."""
    for path in sorted(path for room in (*ROOMS, "console", "config") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", {word.arg for word in node.keywords}


def test_nobody_saves_a_whole_row_which_somebody_else_may_have_changed_or_deleted() -> None:
    bare = [place for place, words in calls("save") if not words & {"update_fields", "force_insert"}]
    assert not bare, "Lock the row, then name what changed: save(update_fields=[…]) (docs/architecture.md 7)"


def test_no_lock_keeps_rows_that_refer_to_the_locked_one_from_being_written() -> None:
    strong = [place for place, words in calls("select_for_update") if not words & {"no_key", "skip_locked"}]
    assert not strong, "select_for_update(no_key=True): any other lock waits in an order that nobody sees."
