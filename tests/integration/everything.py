"""Everything that can be asked: each page of the console, each GET of the REST API, each reading action of API 3.0."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.test import Client
from django.urls import reverse

from applications.models import ApiKey
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.registry import READING
from console.address import addresses_of
from console.page import Page
from console.urls import urlpatterns
from media_jobs.models import AnimatedImage, SnapshotSet
from tests.integration.cloudapi.v3.signing import Signed, code
from tests.integration.rest.conftest import Api
from tests.integration.rest.routes import routes

Ask = Callable[[], object]


def everything(crowd: Any, *, browser: Client, api: Api, key: ApiKey) -> Iterator[tuple[str, Ask]]:
    """(name, question); the console's as whoever `browser` signed in as sees it. `crowd` has a thing of each kind."""
    yield from console_pages(crowd, browser)
    yield from _rest(crowd, api)
    yield from _actions(crowd, key)


def console_pages(crowd: Any, browser: Client) -> Iterator[tuple[str, Ask]]:
    things = {
        "file_id": crowd.media.file_id,
        "task_id": crowd.task.task_id,
        "definition": crowd.template.definition,
        "uid": crowd.event.uid,
        "batch_id": crowd.batch.pk,
        "name": "console",
        "app_id": crowd.second.app_id,
        "pk": crowd.flow.pk,
        "kind": "sprite",
        "key": "sprite-10",
    }
    for one in urlpatterns:
        if isinstance(one.callback, Page) and "GET" in one.callback.methods:
            with addresses_of(crowd.application.app_id):
                address = reverse(f"console:{one.name}", kwargs={key: things[key] for key in one.pattern.converters})
            yield f"console {one.name}", partial(_look, browser, address)


def _look(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 200, address


def _rest(crowd: Any, api: Api) -> Iterator[tuple[str, Ask]]:
    things = {
        "template": crowd.template.definition,
        "procedure": crowd.flow.name,
        "media": crowd.media.file_id,
        "class": crowd.shelf.pk,
        "task": crowd.task.task_id,
        "batch": crowd.batch.pk,
        "output": AnimatedImage.objects.filter(media=crowd.media).latest("pk").pk,
        "snapshottemplate": "sprite-10",
        "snapshots": SnapshotSet.objects.filter(media=crowd.media).latest("pk").pk,
        "upload": crowd.upload.id,
        "direct": crowd.direct.id,
        "event": crowd.event.uid,
        "pull": crowd.pull.task_id,
    }
    for one in routes():
        if one.method == "GET":
            yield f"rest {one.name}", partial(api.get, one.path(str(things[one.kind]) if one.has_id else ""))


def _actions(crowd: Any, key: ApiKey) -> Iterator[tuple[str, Ask]]:
    """Every action that only reads, and the one that hands out events."""
    today = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    arguments = {
        "DescribeTaskDetail": {"TaskId": crowd.task.task_id},
        "DescribeMediaInfos": {"FileIds": list(crowd.application.media.values_list("file_id", flat=True)[:20])},
        "DescribeMediaProcessUsageData": {"StartTime": today, "EndTime": today},
        "ParseStreamingManifest": {"MediaManifestContent": "#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST"},
    }
    for name, action in ACTIONS.items():
        if action.role in READING or name == "PullEvents":
            body = json.dumps(arguments.get(name, {})).encode()
            yield f"API 3.0 {name}", partial(_act, Signed(key.secret_id, key.secret_key, action=name, body=body))


def _act(request: Signed) -> None:
    assert code(request.send(Client())) == "", request.action
