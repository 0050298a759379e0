"""How many database queries each page of the console, each GET of the REST API and each reading action takes.

The numbers are committed beside this file, and are the same for three things of a kind as for twelve.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from media_jobs.events.services import modify_event_config
from media_jobs.models import Media
from tests.integration.crowd import Crowd
from tests.integration.everything import Ask, everything
from tests.integration.rest.conftest import Api

COMMITTED = Path(__file__).with_name("query_counts.json")
RENEW = "RENEW_QUERY_COUNTS"
FEW, MANY = 3, 12


@pytest.mark.django_db
def test_every_page_and_list_takes_its_known_number_of_queries_however_long_it_is(
    crowd: Crowd, counted: Callable[[int], dict[str, int]], subtests: pytest.Subtests
) -> None:
    counted(1)  # what is looked up once a process
    few, many = counted(FEW), counted(MANY)
    if RENEW in os.environ:
        COMMITTED.write_text(json.dumps(few, indent=2, sort_keys=True) + "\n")
    known = json.loads(COMMITTED.read_text())
    assert known.keys() <= few.keys(), f"Some of {COMMITTED.name} isn't there any more. {_renewal()}"
    for name, number in few.items():
        with subtests.test(name):
            assert number == many[name], f"{number} queries for {FEW} things of each kind, {many[name]} for {MANY}."
            assert number == known.get(name), f"Is it meant so? {_renewal()}"


def _renewal() -> str:
    return f"{RENEW}=1 .venv/bin/python -m pytest -n0 tests/integration/{Path(__file__).name} writes the numbers anew."


@pytest.fixture
def crowd(
    application: Application,
    owner: User,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    settings: LazySettings,
) -> Crowd:
    settings.ZOETROPE_HEARTBEAT_SECONDS = 3600
    modify_event_config(application=application, fields={"mode": "PULL", "delete_complete": True})
    return Crowd(application, owner, upload_clip, run_jobs)


@pytest.fixture
def counted(crowd: Crowd, owner: User, api_key: ApiKey) -> Callable[[int], dict[str, int]]:
    """Grows the crowd to so many of each kind; the number of queries for every thing that can be asked."""
    browser = Client()
    browser.force_login(owner)
    api = Api(issue_access_token(user=owner, application=crowd.application)[1])

    def count(size: int) -> dict[str, int]:
        crowd.grow(size)
        return {name: _queries(ask) for name, ask in everything(crowd, browser=browser, api=api, key=api_key)}

    return count


def _queries(ask: Ask) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
