"""Snapshots on the console's pages: in task flows, in tasks, and beside a media's animated images."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.jobs.services import submit_task
from media_jobs.models import Media
from procedures.models import Procedure
from procedures.plan import plan_from
from procedures.selectors import plan_of
from procedures.services import create_procedure
from procedures.snapshots import SnapshotInput
from procedures.unmade import UnmadeStep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

FLOW = {
    "name": "flow",
    "comment": "",
    "kinds": ["animated", "snapshots"],
    "definition": "20000",
    "start": "",
    "end": "1",
}


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def test_a_flow_gets_snapshots_and_keeps_them_when_it_is_edited_and_cloned(
    operators: Client, application: Application
) -> None:
    rows = {"snapshot": ["time-10", "", "sprite-10"], "moments": ["1s, 50%", "", ""]}
    operators.post(reverse("console:flow-create"), FLOW | rows)
    flow = application.procedures.get()
    asked = [("time", ("1s", "50%")), ("sprite", ())]
    assert [(one.asked.kind, one.asked.moments) for one in flow.snapshots.all()] == asked
    for name in ("flow-edit", "flow-clone"):
        form = operators.get(reverse(f"console:{name}", args=[flow.pk])).context["form"]
        shown = [row.initial for row in form.snapshot_rows if row.initial]
        assert [one["snapshot"] for one in shown] == ["time-10", "sprite-10"]
        assert shown[0]["moments"] == "1s, 50%"
    page = operators.get(reverse("console:flow", args=[flow.pk])).content.decode()
    assert "1s, 50%" in page and "SpriteScreenshot(10)" in page and "10s" in page
    operators.post(reverse("console:flow-edit", args=[flow.pk]), FLOW | {"snapshot": "sample-10", "moments": ""})
    assert [one.template.kind for one in flow.snapshots.all()] == ["sample"]
    assert b"SampleScreenshot(10) 10%" in operators.get(reverse("console:flows")).content


def test_a_flow_has_the_kinds_that_are_ticked_and_more_rows_come_without_scripts(
    operators: Client, application: Application
) -> None:
    create = reverse("console:flow-create")
    rows = FLOW | {"snapshot": ["time-10", ""], "moments": ["1s", ""]}
    form = operators.get(create).context["form"]
    assert (form["kinds"].value(), len(form.rows), len(form.snapshot_rows)) == (["animated"], 1, 1)
    for add, numbers in (("snapshots", (1, 3)), ("animated", (2, 2))):
        page = operators.post(create, rows | {"add": add})
        form = page.context["form"]
        assert (len(form.rows), len(form.snapshot_rows)) == numbers
        assert b'value="1s"' in page.content, "what was typed is still there"
    assert not application.procedures.exists()

    assert b"Choose at least one type of task" in operators.post(create, rows | {"kinds": []}).content
    operators.post(create, rows | {"kinds": "snapshots", "definition": "", "start": "nonsense"})
    flow = application.procedures.get()
    assert (flow.steps.count(), flow.snapshots.count()) == (0, 1)
    edit = reverse("console:flow-edit", args=[flow.pk])
    form = operators.get(edit).context["form"]
    assert (form["kinds"].value(), len(form.rows)) == (["snapshots"], 1)
    empty = {"definition": ["20000", ""], "start": ["", ""], "end": ["1", ""]}
    operators.post(edit, rows | empty | {"kinds": "animated"})
    assert (flow.steps.count(), flow.snapshots.count()) == (1, 0)


def test_what_makes_no_sense_is_said_at_its_row(operators: Client, application: Application) -> None:
    rows = {
        "snapshot": ["time-10", "time-10", "sample-10", "", "poster-1"],
        "moments": ["", "soon", "1s", "1s", ""],
    }
    form = operators.post(reverse("console:flow-create"), FLOW | rows).context["form"]
    fields = [set(row.errors) for row in form.snapshot_rows]
    assert fields == [{"moments"}, {"moments"}, {"moments"}, {"snapshot"}, {"snapshot"}]
    assert not application.procedures.exists()


def test_a_media_and_its_task_show_what_was_made_of_it(
    operators: Client, application: Application, upload_clip: Callable[..., Media], run_jobs: Callable[[], int]
) -> None:
    media = upload_clip()
    wanted = [SnapshotInput("sprite", 10), SnapshotInput("time", 10, ("1s", "2s"))]
    task = submit_task(media=media, plan=plan_from(application, (), snapshots=wanted))
    run_jobs()
    sprite = media.snapshot_sets.get(kind="sprite")
    addresses = [reverse("console:media-detail", args=[media.file_id]), reverse("console:task", args=[task.task_id])]
    for address in addresses:
        page = operators.get(address).content.decode()
        assert sprite.picture_keys[0] in page and sprite.webvtt_key in page
        assert "1 snapshot<" in page and "1 sheet of 10×10" in page and "2 snapshots" in page
    operators.post(reverse("console:snapshots-delete", args=[media.file_id, sprite.pk]))
    assert media.snapshot_sets.count() == 1
    assert "These snapshots were made, and deleted later." in operators.get(addresses[1]).content.decode()


def test_a_template_is_made_changed_copied_and_deleted(operators: Client, application: Application) -> None:
    typed = {"name": "Strip", "format": "webp", "sample_type": "Time", "sample_interval": "5", "fill_type": "black"}
    typed |= {"rows": "2", "columns": "3", "width": "160", "height": "", "comment": ""}
    create = reverse("console:snapshottemplate-create", args=["sprite"])
    operators.post(create, typed)
    template = application.snapshot_templates.get()
    assert (template.every, template.rows, template.width, template.resolution_adaptive) == ("5s", 2, 160, False)
    edit = reverse("console:snapshottemplate-edit", args=[template.key])
    operators.post(edit, typed | {"sample_type": "Percent"})
    template.refresh_from_db()
    assert template.every == "5%"
    wrong = operators.post(edit, typed | {"rows": "101", "sample_interval": "0", "width": "31"}).context["form"]
    assert set(wrong.errors) == {"rows", "sample_interval", "width"}
    copy = operators.get(f"{create}?like={template.key}").context["form"]
    assert (copy["name"].value(), copy["columns"].value()) == ("Strip copy", 3)
    listed = operators.get(reverse("console:snapshottemplates")).content.decode()
    assert "SpriteScreenshot" in listed and "2×3" in listed
    operators.post(reverse("console:snapshottemplate-delete", args=[template.key]))
    assert not application.snapshot_templates.exists()


def test_a_preset_is_shown_and_a_kind_has_its_own_fields(operators: Client) -> None:
    preset = reverse("console:snapshottemplate-edit", args=["time-10"])
    page = operators.get(preset)
    assert "A preset can" in page.content.decode() and "rows" not in page.context["form"].fields
    assert operators.post(preset, {"name": "n", "format": "jpg", "fill_type": "black"}).status_code == 403
    for key in ("poster-10", "time-x", "time-999"):
        assert operators.get(reverse("console:snapshottemplate-edit", args=[key])).status_code == 404


def test_a_part_that_only_the_cloud_makes_is_called_so(
    operators: Client, application: Application, uploaded: Media, run_jobs: Callable[[], int], settings: LazySettings
) -> None:
    flow = create_procedure(application=application, name="moved", steps=(), unmade=[UnmadeStep("Transcode", {})])
    assert b"Transcode, which this server doesn" in operators.get(reverse("console:flow", args=[flow.pk])).content
    task = submit_task(media=uploaded, plan=plan_of(Procedure.objects.get()))
    run_jobs()
    page = operators.get(reverse("console:task", args=[task.task_id])).content.decode()
    assert "Transcode is not something that this server does." in page
    assert "Take it out of the task flow" in page and "Retry with changes" not in page
