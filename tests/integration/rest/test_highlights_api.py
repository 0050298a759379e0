"""The right seconds through every door that offers them: form and REST, flow, plan, child, record."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import ApiKey, Application, AuditEntry, User
from media_jobs.jobs import answers
from media_jobs.models import AnimatedImage, Media
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from tests.integration.cloudapi.v3.signing import Signed
from tests.integration.rest.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


def test_an_upload_hook_picks_for_itself_and_says_why(
    as_operator: Api,
    client: Client,
    operator: User,
    gif_template: AnimatedImageTemplate,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    clip: Path,
) -> None:
    step = {"definition": gif_template.definition, "start": 0.5, "auto": 1, "skip_last": 10}
    flow = as_operator.post("procedures", {"name": "auto", "steps": [step]})
    assert flow["steps"] == [{**step, "end": 0, "skip_first": 0, "pieces": 0, "piece": 0}]
    assert as_operator.post("procedures/auto/clone")["steps"] == flow["steps"]
    media = upload_clip(procedure="auto")
    run_jobs()
    image = AnimatedImage.objects.get()
    told = as_operator.get(f"outputs/{image.pk}")
    best = told["chosen"]["best"][0]
    assert (told["start"], told["end"], told["frames"]) == (best["start"], best["end"], 5)
    assert 0.5 <= best["start"] <= best["end"] <= 2.7
    assert told["notes"][0].startswith("Chosen: ")
    [job] = as_operator.get(f"tasks/{told['task_id']}")["jobs"]
    assert (job["start"], job["auto"]) == (0.5, 1)
    client.force_login(operator)
    page = client.get(reverse("console:media-detail", args=[media.file_id]), follow=True).content.decode()
    assert "Chosen: " in page


def test_the_form_writes_what_rest_shows_and_keeps_what_it_does_not_show(
    as_operator: Api, client: Client, operator: User, application: Application, gif_template: AnimatedImageTemplate
) -> None:
    client.force_login(operator)
    row = {
        "kinds": "animated",
        "definition": gif_template.definition,
        "start": "1",
        "end": "",
        "auto": "3",
        "skip_first": "",
        "skip_last": "5",
    }
    client.post(reverse("console:flow-create"), {"name": "best", "comment": "", **row})
    flow = Procedure.objects.get()
    [step] = as_operator.get("procedures/best")["steps"]
    assert (step["start"], step["auto"], step["skip_first"], step["skip_last"]) == (1, 3, 0, 5)
    form = client.get(reverse("console:flow-edit", args=[flow.pk])).content.decode()
    assert "The best 3 s of: from 1 s to the end" in form
    assert 'name="skip_last" value="5"' in form
    assert "The best 3 s of" in client.get(reverse("console:flow", args=[flow.pk])).content.decode()
    wrong = client.post(reverse("console:flow-create"), {"name": "worst", "comment": "", **row, "auto": "0.1"})
    assert "greater than or equal to 0.5" in wrong.content.decode()
    plain = {"definition": gif_template.definition, "start": "1", "end": ""}
    client.post(reverse("console:flow-create"), {"name": "plain", "comment": "", "kinds": "animated", **plain})
    assert as_operator.get("procedures/plain")["steps"][0]["auto"] == 0


def test_api_3_shows_such_a_step_as_a_plain_one(
    as_operator: Api, application: Application, api_key: ApiKey, gif_template: AnimatedImageTemplate
) -> None:
    shown = []
    for step in ({"start": 1}, {"start": 1, "auto": 3, "skip_first": 5}):
        body = {"name": "flow", "steps": [{"definition": gif_template.definition, **step}]}
        as_operator("DELETE", "procedures/flow")
        as_operator.post("procedures", body)
        request = Signed(api_key.secret_id, api_key.secret_key, action="DescribeProcedureTemplates", body=b"{}")
        shown.append(request.send(Client())["ProcedureTemplateSet"][0]["MediaProcessTask"])
    assert shown[0] == shown[1]


def test_up_to_three_pieces_are_told_without_a_trace(
    as_operator: Api, uploaded: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = AuditEntry.objects.count()
    found = as_operator.post("highlights", {"file_id": uploaded.file_id, "seconds": 1}, status=200)
    assert 1 <= len(found["best"]) <= 3
    assert all(one["reasons"] and one["end"] - one["start"] == pytest.approx(1, abs=0.01) for one in found["best"])
    assert AuditEntry.objects.count() == told
    wrong = as_operator("POST", "highlights", {"file_id": uploaded.file_id, "seconds": 0.1})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["seconds"])
    assert as_operator("POST", "highlights", {"file_id": "1"}).status_code == 404
    late = as_operator("POST", "highlights", {"file_id": uploaded.file_id, "start": 900})
    assert (late.status_code, late.json()["type"]) == (400, "urn:zoetrope:NotMakeable")
    monkeypatch.setattr(answers, "TURN", 0.05)
    with answers._turn:
        assert as_operator("POST", "highlights", {"file_id": uploaded.file_id}).status_code == 503


def test_pieces_spread_over_a_video_go_through_every_door(
    as_operator: Api,
    client: Client,
    operator: User,
    gif_template: AnimatedImageTemplate,
    uploaded: Media,
    run_jobs: Callable[[], int],
) -> None:
    step = {"definition": gif_template.definition, "pieces": 3, "piece": 0.4}
    shown = as_operator.post("procedures", {"name": "hover", "steps": [step]})["steps"][0]
    assert (shown["pieces"], shown["piece"]) == (3, 0.4)
    client.force_login(operator)
    flow = reverse("console:flow-edit", args=[Procedure.objects.get().pk])
    form = client.get(flow).content.decode()
    assert "3 pieces of 0.4 s, spread over: the whole video" in form
    row = {"definition": gif_template.definition, "start": "", "end": "", "auto": "", "pieces": "3", "piece": "0.4"}
    sent = {"name": "hover", "comment": "", "kinds": "animated", **row, "skip_first": "", "skip_last": ""}
    without = client.post(flow, {**sent, "pieces": ""}).context["form"]
    assert list(without.rows[0].errors) == ["pieces"]
    client.post(flow, sent)
    task = as_operator.post(f"media/{uploaded.file_id}/process", {"procedure": "hover"})
    run_jobs()
    image = AnimatedImage.objects.get()
    assert (image.frames, image.start, image.end) == (6, 0.3, 2.7)
    [job] = as_operator.get(f"tasks/{task['task_id']}")["jobs"]
    assert (job["pieces"], job["piece"]) == (3, 0.4)
    wrong = as_operator("POST", "procedures", {"name": "x", "steps": [{**step, "auto": 3}]})
    assert (wrong.status_code, list(wrong.json()["errors"]["steps"]["0"])) == (400, ["auto"])
