"""How many database queries each page of the console, each GET of the REST API and each reading action takes.

The numbers are committed beside this file, and are the same for three things of a kind as for twelve.
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import ApiKey, Application, User
from applications.services.keys import issue_access_token
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.registry import READING
from console.page import Page
from console.urls import urlpatterns
from media_jobs.events.services import modify_event_config
from media_jobs.models import AnimatedImage, Media
from tests.integration.cloudapi.v3.signing import Signed, code
from tests.integration.crowd import Crowd
from tests.integration.rest.conftest import Api
from tests.integration.rest.routes import routes

COMMITTED = Path(__file__).with_name("query_counts.json")
RENEW = "RENEW_QUERY_COUNTS"
FEW, MANY = 3, 12

Ask = Callable[[], object]


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
        ways = [*_console(crowd, browser), *_rest(crowd, api), *_actions(crowd, api_key)]
        return {name: _queries(ask) for name, ask in ways}

    return count


def _queries(ask: Ask) -> int:
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def _console(crowd: Crowd, browser: Client) -> Iterator[tuple[str, Ask]]:
    """Every page, as the owner sees it."""
    things = {
        "file_id": crowd.media.file_id,
        "task_id": crowd.task.task_id,
        "definition": crowd.template.definition,
        "uid": crowd.event.uid,
        "pk": crowd.flow.pk,
    }
    for one in urlpatterns:
        if isinstance(one.callback, Page) and "GET" in one.callback.methods:
            address = reverse(f"console:{one.name}", kwargs={key: things[key] for key in one.pattern.converters})
            yield f"console {one.name}", partial(_look, browser, address)


def _look(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 200, address


def _rest(crowd: Crowd, api: Api) -> Iterator[tuple[str, Ask]]:
    things = {
        "template": crowd.template.definition,
        "procedure": crowd.flow.name,
        "media": crowd.media.file_id,
        "class": crowd.shelf.pk,
        "task": crowd.task.task_id,
        "output": AnimatedImage.objects.filter(media=crowd.media).latest("pk").pk,
        "upload": crowd.upload.id,
        "event": crowd.event.uid,
        "pull": crowd.pull.task_id,
    }
    for one in routes():
        if one.method == "GET":
            yield f"rest {one.name}", partial(api.get, one.path(str(things[one.kind]) if one.has_id else ""))


def _actions(crowd: Crowd, key: ApiKey) -> Iterator[tuple[str, Ask]]:
    """Every action that only reads, and the one that hands out events."""
    today = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    arguments = {
        "DescribeTaskDetail": {"TaskId": crowd.task.task_id},
        "DescribeMediaInfos": {"FileIds": list(crowd.application.media.values_list("file_id", flat=True))},
        "DescribeMediaProcessUsageData": {"StartTime": today, "EndTime": today},
        "ParseStreamingManifest": {"MediaManifestContent": "#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST"},
    }
    for name, action in ACTIONS.items():
        if action.role in READING or name == "PullEvents":
            body = json.dumps(arguments.get(name, {})).encode()
            yield f"API 3.0 {name}", partial(_act, Signed(key.secret_id, key.secret_key, action=name, body=body))


def _act(request: Signed) -> None:
    assert code(request.send(Client())) == "", request.action
