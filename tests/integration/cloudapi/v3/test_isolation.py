"""What belongs to another application is as unknown as what doesn't exist, whatever is asked (docs/reliability.md 4.2).

The matrix is made from the registry: a new action, or a new id in an old one, is in it at once.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from applications.models import ApiKey, Application
from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.shapes import Int, ListOf, Parameter, Shape, Struct, Support, Text
from media_jobs.events.services import handle_of, pull_events
from media_jobs.jobs.services import submit_task
from media_jobs.library.classes import create_class
from media_jobs.library.services import modify_media
from media_jobs.models import Event, EventConfig, Media, MediaClass, ProcedureTask, Upload
from media_jobs.uploads.services import Wanted, begin
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from templates_app.models import AnimatedImageTemplate, SnapshotTemplate
from templates_app.services import create_template
from templates_app.snapshot_kinds import KINDS as SNAPSHOT_KINDS
from tests.integration.cloudapi.v3.signing import Signed, code

pytestmark = pytest.mark.django_db

RANDOM = {
    "FileId": "5285890784246869930",
    "TaskId": "1500000009-Procedure-0123456789abcdef0123456789abcdeft0",
    "Definition": 39999,
    "ProcedureName": "random",
    "ClassId": 999_999,
    "VodSessionKey": "0123456789abcdef0123456789abcdef",
    "EventHandles": "0123456789abcdef0123456789abcdef9",
    "SubAppId": 1999999999,
}
KINDS = {
    **{name: name for name in RANDOM},
    "FileIds": "FileId",
    "Definitions": "Definition",
    "Procedure": "ProcedureName",
    "ClassIds": "ClassId",
    "ParentId": "ClassId",
}
# Definitions that are no template's number.
WITHOUT_EFFECT = (
    ("MediaProcessTask", "CoverBySnapshotTaskSet", "Definition"),
    ("DeleteParts", "Definition"),
)
# Where a name means something else than elsewhere.
SPECIAL = {
    ("ResetProcedureTemplate", "Name"): "ProcedureName",
    ("DeleteProcedureTemplate", "Name"): "ProcedureName",
    ("DescribeProcedureTemplates", "Names"): "ProcedureName",
}
FILL: dict[str, Any] = {
    "Fps": 10,
    "SampleType": "Percent",
    "SampleInterval": 10,
    "RowCount": 2,
    "ColumnCount": 2,
    "Name": "new",
    "ClassName": "new",
    "MediaType": "mp4",
    "MediaUrl": "https://media.example/a.mp4",
    "OperationType": "Abort",
    "Operation": "forbid",
    "StorageRegion": "ap-guangzhou",
    "StartTime": "2026-01-01T00:00:00Z",
    "EndTime": "2026-01-02T00:00:00Z",
    "MediaManifestContent": "#EXTM3U\n#EXTINF:4,\n1.ts\n#EXT-X-ENDLIST\n",
    "Status": "On",
    "Field": "CreateTime",
    "Order": "Asc",
    "Type": "TranscodeFiles",
    "PositionType": "Time",
    "PositionValue": 1,
    "MediaProcessTask": {"AnimatedGraphicTaskSet": [{"Definition": 20000}]},
}


@dataclass(frozen=True)
class World:
    """One id of each kind."""

    ids: dict[str, Any]
    application: Application

    def everything(self) -> list[Any]:
        """What a leak or a stray write would change."""
        templates = (AnimatedImageTemplate, SnapshotTemplate)
        models = (Media, MediaClass, *templates, Procedure, ProcedureTask, Upload, EventConfig)
        rows = [list(model.objects.filter(application=self.application).values()) for model in models]  # type: ignore[attr-defined]
        return [*rows, list(Event.objects.filter(application=self.application).values("uid", "settled_at"))]


@pytest.fixture
def world(upload_clip: Callable[..., Media]) -> Callable[[Application, str], World]:
    def make(application: Application, name: str) -> World:
        EventConfig.objects.create(application=application, mode="PULL", upload_complete=True)
        template = create_template(application=application, fields={"fps": 3})
        for kind in SNAPSHOT_KINDS.values():
            snapshots = {**kind.preset, "kind": kind.name, "definition": template.definition}
            SnapshotTemplate.objects.create(application=application, **snapshots)
        flow = create_procedure(application=application, name=name, steps=[StepInput(definition=template.definition)])
        media = upload_clip(into=application)
        media_class = create_class(application=application, name=name)
        modify_media(media=media, fields={"media_class": media_class})
        task = submit_task(media=media, plan=plan_of(flow))
        upload = begin(application=application, wanted=Wanted(name="a.mp4", by_objects=True), door="sdk")
        ids = {
            "FileId": media.file_id,
            "TaskId": task.task_id,
            "Definition": template.definition,
            "ProcedureName": name,
            "ClassId": media_class.pk,
            "VodSessionKey": upload.id.hex,
            "EventHandles": handle_of(pull_events(application=application)[0]),
            "SubAppId": application.app_id,
        }
        return World(ids=ids, application=application)

    return make


def _places(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Parameter]]:
    """Every honoured parameter, also those inside structures."""
    if isinstance(shape, ListOf):
        yield from _places(shape.item, path)
    if isinstance(shape, Struct):
        for parameter in shape.parameters:
            if parameter.support is Support.HONOURED:
                yield (*path, parameter.name), parameter
                yield from _places(parameter.shape, (*path, parameter.name))


def _kind(action: str, path: tuple[str, ...]) -> str | None:
    return SPECIAL.get((action, path[-1])) or KINDS.get(path[-1])


MATRIX = [
    pytest.param(name, path, kind, id=f"{name}-{'.'.join(path)}")
    for name, action in sorted(ACTIONS.items())
    for path, _ in _places(action.parameters)
    if (kind := _kind(name, path))
]


def _arguments(shape: Struct, own: dict[str, Any], path: tuple[str, ...] = (), value: Any = None) -> dict[str, Any]:
    """The required parameters, with `value` planted at `path`."""
    given: dict[str, Any] = {}
    for parameter in shape.parameters:
        planted = bool(path) and parameter.name == path[0]
        if planted or parameter.required:
            given[parameter.name] = _value(parameter, own, path[1:] if planted else (), value, planted=planted)
    return given


def _value(parameter: Parameter, own: dict[str, Any], path: tuple[str, ...], value: Any, *, planted: bool) -> Any:
    item = parameter.shape.item if isinstance(parameter.shape, ListOf) else parameter.shape
    if planted and path:
        assert isinstance(item, Struct)
        filled: Any = _arguments(item, own, path, value)
    else:
        filled = value if planted else own.get(KINDS.get(parameter.name, ""), FILL.get(parameter.name))
    return [filled] if isinstance(parameter.shape, ListOf) else filled


@pytest.mark.parametrize(("action", "path", "kind"), MATRIX)
def test_anothers_id_is_answered_as_one_that_does_not_exist(
    api_key: ApiKey,
    application: Application,
    other_application: Application,
    world: Callable[[Application, str], World],
    client: Client,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    path: tuple[str, ...],
    kind: str,
) -> None:
    monkeypatch.setattr("media_jobs.events.services.PULL_SECONDS", 0.0)
    settings.ZOETROPE_API_RATE = 10_000
    own, other = world(application, "mine"), world(other_application, "theirs")
    if kind == "Definition":  # both count from 30001
        for model in (AnimatedImageTemplate, SnapshotTemplate):
            model.objects.filter(application=application).update(definition=30077)
        own.ids["Definition"] = 30077
    before = other.everything()

    def ask(identifier: Any) -> str:
        body = _arguments(ACTIONS[action].parameters, own.ids, path, identifier)
        if action == "ResetProcedureTemplate" and path[0] != "Name":
            body["Name"] = own.ids["ProcedureName"]
        if action == "ProcessMedia" and path[0] != "MediaProcessTask":
            body["MediaProcessTask"] = FILL["MediaProcessTask"]
        request = Signed(api_key.secret_id, api_key.secret_key, action=action, body=json.dumps(body).encode())
        answer = request.send(client)
        del answer["RequestId"]
        return re.sub(rf"(?<!\w){re.escape(str(identifier))}(?!\w)", "ID", json.dumps(answer))

    foreign, random = ask(other.ids[kind]), ask(RANDOM[kind])
    assert foreign == random
    assert other.everything() == before
    assert ask(own.ids[kind]) != random or path in WITHOUT_EFFECT, "the matrix asks in vain"


@pytest.mark.parametrize("action", sorted(name for name, action in ACTIONS.items() if action.in_application))
def test_anothers_application_is_answered_as_one_that_does_not_exist(
    api_key: ApiKey,
    application: Application,
    other_application: Application,
    client: Client,
    action: str,
) -> None:
    answers = []
    for app_id in (other_application.app_id, RANDOM["SubAppId"]):
        body = json.dumps({"SubAppId": app_id}).encode()
        answer = Signed(api_key.secret_id, api_key.secret_key, action=action, body=body).send(client)
        answers.append((code(answer), answer["Error"]["Message"].replace(str(app_id), "ID")))
    assert answers[0] == answers[1]
    assert answers[0][0] == "InvalidParameterValue.SubAppId"


def test_lists_and_counts_hold_nothing_of_another(
    api_key: ApiKey,
    application: Application,
    other_application: Application,
    world: Callable[[Application, str], World],
    client: Client,
) -> None:
    other = world(other_application, "theirs")
    EventConfig.objects.create(application=application, mode="PULL")
    for action in (
        "SearchMedia",
        "DescribeTasks",
        "DescribeAllClass",
        "DescribeProcedureTemplates",
        "DescribeSubAppIds",
    ):
        answer = json.dumps(Signed(api_key.secret_id, api_key.secret_key, action=action).send(client))
        for kind in other.ids.keys() - {"ClassId"}:  # a number too short to be told from others
            assert str(other.ids[kind]) not in answer, action
    body = b'{"NamePrefixes": ["c"], "Text": "clip", "ClassIds": [0]}'
    found = Signed(api_key.secret_id, api_key.secret_key, action="SearchMedia", body=body).send(client)
    assert found["TotalCount"] == 0
    state = Signed(api_key.secret_id, api_key.secret_key, action="DescribeEventsState").send(client)
    assert state["CountOfEventsToPull"] == 0


def test_the_matrix_knows_every_kind_of_id() -> None:
    """A parameter that looks like an id must be one that the matrix plants."""
    never_here = {
        "StreamIds",
        "StreamId",
        "TrtcSdkAppIds",
        "TrtcRoomIds",
        "TagKey",
    }  # no row has one, of any application
    known = {name for _, name in SPECIAL} | KINDS.keys() | never_here
    for name, action in ACTIONS.items():
        for path, parameter in _places(action.parameters):
            looks = path[-1].endswith(("Id", "Ids", "Key", "Handle", "Handles", "Definition", "Definitions"))
            if looks and isinstance(parameter.shape, Int | Text | ListOf) and path[-1] not in ("SessionId", "SignKey"):
                assert path[-1] in known, f"{name}: {'.'.join(path)}"
