"""Every page of the console before a crowd of media and tasks; what console.py starts in a process of its own.

`python -m tests.bench.console_lists --rows 100000`, with DATABASE_URL of an empty database. Prints JSON, a line a page.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

SEED, ROUNDS = 20261126, 5

# What a list can be asked for beside its first page; those that have to look at every row are among them.
ASKED: dict[str, list[dict[str, Any]]] = {
    "media": [
        {"page": 100}, {"page": 10**6}, {"size": 100}, {"view": "gallery"}, {"sort": "name"}, {"sort": "-size"},
        {"sort": "modified"}, {"text": "47"}, {"text": "nothing at all"}, {"state": "problem"},
        {"state": "processing"}, {"class_id": 0}, {"has_images": "no"}, {"has_images": "yes"},
        {"since": "2026-01-01"},
    ],
    "tasks": [
        {"page": 100}, {"page": 10**6}, {"size": 100}, {"sort": "created"}, {"text": "47"},
        {"text": "nothing at all"}, {"outcome": "failed"}, {"outcome": "troubled", "recent": "true"},
        {"outcome": "cancelled"}, {"procedure": "flow"}, {"since": "2026-01-01"},
    ],
    "audit": [{"page": 10**6}, {"text": "47"}, {"door": "console"}],
    "batches": [{"page": 10**6}],
    "uploading": [{"page": 10**6}],
    "callback": [{"page": 10**6}],
    "usage": [{"by": "template"}, {"by": "application"}],
}  # fmt: skip
NOT_LISTS = {"media-export", "usage-export"}  # files of all there is, sent as they are written


@dataclass(frozen=True, slots=True)
class Asked:
    """`queries` of the database with few rows and with all; `seconds` of the wall and of the processor, medians."""

    name: str
    few: int
    many: int
    wall: float
    processor: float


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.console_lists", description="The console before a crowd.")
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for asked in _measured(options.rows):
        print(json.dumps(asdict(asked)), flush=True)


def _measured(rows: int) -> Iterator[Asked]:
    from django.conf import settings
    from django.core.management import call_command
    from django.test import override_settings

    from tests.bench.console_rows import FIRST, Crowd

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nobody has gathered the assets
    override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}).enable()
    call_command("migrate", verbosity=0)
    crowd = Crowd(seed=SEED)
    crowd.grow(FIRST)
    few = {name: _queries(ask) for name, ask in _questions(crowd)}
    crowd.grow(rows)
    for name, ask in _questions(crowd):
        many = _queries(ask)
        wall, processor = zip(*(_took(ask) for _ in range(ROUNDS)), strict=True)
        yield Asked(name, few[name], many, sorted(wall)[ROUNDS // 2], sorted(processor)[ROUNDS // 2])


def _questions(crowd: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    from django.test import Client
    from django.urls import reverse

    from console.address import addresses_of
    from tests.integration.everything import console_pages

    def visitor() -> Client:
        """Of a session of its own: sizes and looks that lists were asked for are kept in it."""
        browser = Client()
        browser.force_login(crowd.owner)
        return browser

    for name, ask in console_pages(crowd.things(), visitor()):
        if name.removeprefix("console ") not in NOT_LISTS:
            yield name.removeprefix("console "), ask
    for name, queries in ASKED.items():
        with addresses_of(crowd.application.app_id):
            address = reverse(f"console:{name}")
        for query in queries:
            text = urlencode(query)
            yield f"{name}?{text}", partial(_look, visitor(), f"{address}?{text}")


def _look(browser: Any, address: str) -> None:
    assert browser.get(address).status_code == 200, address


def _queries(ask: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    ask()  # what is looked up once a process or a session
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def _took(ask: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - wall, time.process_time() - processor


if __name__ == "__main__":
    main()
