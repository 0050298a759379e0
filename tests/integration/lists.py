"""Every list that there is: plain, with each of its filters, in each other order, and at its end."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_filters import ChoiceFilter, Filter

from applications.models import ApiKey
from config.api import version_1
from console.address import addresses_of
from console.forms import callback_forms, filter_forms
from console.views import flows, tasks, templates
from media_jobs.library.listing import SORTS
from tests.integration.cloudapi.v3.signing import Signed, code
from tests.integration.rest.conftest import Api

Ask = Callable[[], object]
_A_PAGE = 20
_LAST = 9999  # page: too far is the last


def lists(things: Any, *, browser: Client, api: Api, key: ApiKey) -> Iterator[tuple[str, Ask]]:
    """(name, question). `things` has a thing of each kind, as `everything` wants them."""
    known = _known(things)
    yield from _rest(api, known)
    yield from _console(things, browser, known)
    yield from _actions(key, known)


def _known(things: Any) -> dict[str, Any]:
    """A value for each filter that is no choice, by its name."""
    now = timezone.now()
    day, hour = timedelta(days=1), timedelta(hours=1)
    moments = {"after": (now - day).isoformat(), "before": (now - hour).isoformat()}
    return {
        "name": "clip",
        "text": things.media.file_id[:8],
        "file_id": things.media.file_id,
        "task_id": things.task.task_id,
        "tag": "holiday",
        "class_id": things.shelf.pk,
        "definition": things.template.definition,
        "procedure": things.flow.name,
        "session_id": "a session",
        "batch": things.batch.pk,
        "subject": things.task.task_id,
        "recent": "True",
        "who": "owner",
        "credential": "AKID",
        "action": "create",
        "since": now.date().isoformat(),
        "until": (now - 2 * day).date().isoformat(),
        **{f"created_{way}": moment for way, moment in moments.items()},
        **moments,
    }


def _rest(api: Api, known: dict[str, Any]) -> Iterator[tuple[str, Ask]]:
    for pattern in version_1:
        if not (filters := _filters(pattern.callback)):
            continue
        path = str(pattern.pattern).replace("^", "").replace("$", "")
        yield f"rest {path}", partial(api.get, path)
        yield f"rest {path} at its end", partial(_rest_end, api, path)
        for name, one in filters.items():
            choices = one.extra["choices"] if isinstance(one, ChoiceFilter) else ()
            for query, told in _queries(name, choices, known):
                yield f"rest {path}?{told}", partial(api.get, f"{path}?{query}")


def _queries(name: str, choices: Iterable[tuple[Any, Any]], known: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(query, what it is called from day to day): one for each choice, else one of what is known."""
    if values := [value for value, _ in choices if value not in ("", None)]:
        yield from ((query, query) for query in (urlencode({name: value}) for value in values))
    elif name in known:
        yield urlencode({name: known[name]}), f"{name}=…"


def _filters(view: Any) -> dict[str, Filter]:
    """Of a list's address; empty for any other."""
    actions = getattr(view, "actions", None)
    if actions is not None and actions.get("get") != "list":
        return {}
    filterset = getattr(getattr(view, "cls", None), "filterset_class", None)
    return dict(filterset.base_filters) if filterset else {}


def _rest_end(api: Api, path: str) -> None:
    offset = max(0, api.get(path)["count"] - _A_PAGE)
    api.get(f"{path}?offset={offset}")


def _console(things: Any, browser: Client, known: dict[str, Any]) -> Iterator[tuple[str, Ask]]:
    none: dict[str, str] = {}
    application = {"application": things.application}
    lists: dict[str, tuple[forms.Form | None, dict[str, str]]] = {
        "media": (filter_forms.MediaFilter({}, **application), SORTS),
        "tasks": (filter_forms.TaskFilter({}, **application), tasks._SORTS),
        "templates": (filter_forms.TemplateFilter({}), templates._SORTS),
        "flows": (filter_forms.FlowFilter({}), flows._SORTS),
        "audit": (filter_forms.AuditFilter({}), none),
        "callback": (callback_forms.EventFilter({}), none),
        "snapshottemplates": (None, none),
        "batches": (None, none),
        "uploading": (None, none),
    }
    for name, (form, sorts) in lists.items():
        with addresses_of(things.application.app_id):
            address = reverse(f"console:{name}")
        for query in _console_plain(sorts):
            yield f"console {name}?{query}", partial(_look, browser, f"{address}?{query}")
        for field, one in form.fields.items() if form else ():
            for query, told in _queries(field, getattr(one, "choices", ()), known):
                yield f"console {name}?{told}", partial(_look, browser, f"{address}?{query}")


def _console_plain(sorts: Iterable[str]) -> Iterator[str]:
    """The first page, the last, and both in each order."""
    yield from (f"page={page}" for page in (1, _LAST))
    for sort in sorts:
        yield from (f"sort={sort}", f"sort=-{sort}", f"sort={sort}&page={_LAST}")


def _look(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 200, address


def _actions(key: ApiKey, known: dict[str, Any]) -> Iterator[tuple[str, Ask]]:
    span = {"After": _zulu(timedelta(days=2)), "Before": _zulu(timedelta(days=1))}
    ascending = {"Field": "CreateTime", "Order": "Asc"}
    last = {"Offset": 4980, "Limit": 20}
    asked: dict[str, list[dict[str, Any]]] = {
        "SearchMedia": [
            {},
            last,
            {"Sort": ascending},
            {"FileIds": [known["file_id"]]},
            {"Names": ["clip"]},
            {"NamePrefixes": ["cl"]},
            {"Descriptions": ["sea"]},
            {"ClassIds": [known["class_id"]]},
            {"ClassIds": [0]},
            {"Tags": ["holiday"]},
            {"Categories": ["Video"]},
            {"Categories": ["Audio"]},
            {"SourceTypes": ["Upload"]},
            {"MediaTypes": ["mov"]},
            {"Status": ["Forbidden"]},
            {"Status": ["Normal"]},
            {"CreateTime": span},
            {"ExpireTime": span},
            {"Text": "clip"},
        ],
        "DescribeTasks": [
            {},
            {"Sort": ascending},
            {"Sort": {"Field": "FinishTime", "Order": "Desc"}},
            {"Sort": {"Field": "FinishTime", "Order": "Asc"}},
            {"Status": "WAITING"},
            {"Status": "PROCESSING"},
            {"Status": "FINISH"},
            {"FileId": known["file_id"]},
            {"CreateTime": span},
            {"FinishTime": span},
        ],
    }
    for name, bodies in asked.items():
        for body in bodies:
            request = Signed(key.secret_id, key.secret_key, action=name, body=json.dumps(body).encode())
            yield f"API 3.0 {name} {_told(body)}".strip(), partial(_act, request)


def _zulu(ago: timedelta) -> str:
    return (timezone.now() - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def _act(request: Signed) -> None:
    assert code(request.send(Client())) == "", request.action


def _told(body: dict[str, Any]) -> str:
    """Without what differs from day to day."""
    moments = {"CreateTime", "ExpireTime", "FinishTime", "FileId", "FileIds", "ClassIds"}
    said = {name: "…" if name in moments and value != [0] else value for name, value in body.items()}
    return json.dumps(said, ensure_ascii=False) if said else ""
