"""Two that change one row at a time: each writes what it came to write, and a row that is gone stays gone.

A request reads its row, somebody else writes, the request goes on with what it had read.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from applications.errors import NotFound
from applications.models import ApiKey, Application, User
from applications.roles import Role
from applications.services.applications import modify_application, set_application_status
from applications.services.keys import restrict_api_key, set_api_key_enabled
from applications.services.members import change_role, let_in, remove_member
from media_jobs.events.services import event_config, modify_event_config
from media_jobs.library.classes import create_class, delete_class, rename_class
from media_jobs.library.services import delete_media, expire_media, modify_media
from media_jobs.models import EventConfig, Media
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.services import delete_procedure, reset_procedure
from templates_app.models import AnimatedImageTemplate
from templates_app.services import delete_template, modify_template

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rename_that_overlaps_the_analysis_leaves_metadata_and_poster(
    uploaded: Media, run_jobs: Callable[[], int]
) -> None:
    before = Media.objects.get(pk=uploaded.pk)
    run_jobs()
    renamed = modify_media(media=before, fields={"name": "Renamed"})
    stored = Media.objects.get(pk=uploaded.pk)
    assert (stored.name, bool(stored.metadata), bool(stored.poster_key)) == ("Renamed", True, True)
    assert (renamed.name, renamed.metadata) == (stored.name, stored.metadata)


def test_a_rename_that_overlaps_a_delete_brings_nothing_back(uploaded: Media, data_dir: Path) -> None:
    before = Media.objects.get(pk=uploaded.pk)
    delete_media(media=uploaded)
    with pytest.raises(NotFound):
        modify_media(media=before, fields={"name": "Renamed", "tags": ["late"], "cover": b"GIF89a"})
    stored = Media.objects.get(pk=uploaded.pk)
    assert stored.deleted_at
    assert (stored.name, stored.poster_key, stored.tags.count()) == (uploaded.name, "", 0)
    assert not [path for path in (data_dir / "storage").rglob("*") if path.is_file()]


def test_tags_that_two_add_at_the_same_time_are_both_there(uploaded: Media) -> None:
    modify_media(media=uploaded, fields={"tags": ["first"]})
    before = Media.objects.get(pk=uploaded.pk)
    modify_media(media=uploaded, fields={"added_tags": ["mine"]})
    modify_media(media=before, fields={"added_tags": ["yours"], "dropped_tags": ["first"]})
    assert {tag.name for tag in uploaded.tags.all()} == {"mine", "yours"}


def test_a_media_whose_end_was_put_off_meanwhile_is_kept(uploaded: Media) -> None:
    modify_media(media=uploaded, fields={"expires_at": None})
    assert not expire_media(media=uploaded)
    assert not Media.objects.get(pk=uploaded.pk).deleted_at


def test_changing_how_an_application_is_told_keeps_what_deliveries_found_out(application: Application) -> None:
    event_config(application)
    EventConfig.objects.filter(application=application).update(failures=7, disabled_because="It was gone.")
    modify_event_config(application=application, fields={"delete_complete": True})
    config = EventConfig.objects.get(application=application)
    assert (config.failures, config.disabled_because, config.delete_complete) == (7, "It was gone.", True)


def test_two_changes_of_a_template_both_hold(gif_template: AnimatedImageTemplate) -> None:
    before = AnimatedImageTemplate.objects.get(pk=gif_template.pk)
    modify_template(template=gif_template, fields={"fps": 7})
    changed = modify_template(template=before, fields={"comment": "smaller"})
    assert (changed.fps, changed.comment) == (7, "smaller")
    assert AnimatedImageTemplate.objects.get(pk=before.pk).fps == 7


def test_a_changed_template_that_was_deleted_meanwhile_stays_deleted(gif_template: AnimatedImageTemplate) -> None:
    before = AnimatedImageTemplate.objects.get(pk=gif_template.pk)
    delete_template(template=gif_template)
    with pytest.raises(NotFound):
        modify_template(template=before, fields={"fps": 7})
    assert not AnimatedImageTemplate.objects.filter(pk=before.pk).exists()


def test_a_changed_task_flow_that_was_deleted_meanwhile_stays_deleted(procedure: Procedure) -> None:
    before = Procedure.objects.get(pk=procedure.pk)
    steps = [StepInput(definition=step.template.definition) for step in procedure.steps.all()]
    delete_procedure(procedure=procedure)
    with pytest.raises(NotFound):
        reset_procedure(procedure=before, steps=steps)
    assert not Procedure.objects.exists()


def test_a_class_that_was_deleted_meanwhile_is_not_found(application: Application) -> None:
    shelf = create_class(application=application, name="Shelf")
    delete_class(media_class=type(shelf).objects.get(pk=shelf.pk))
    with pytest.raises(NotFound):
        rename_class(media_class=shelf, name="Late")


def test_a_member_who_was_shown_out_meanwhile_is_not_found(application: Application) -> None:
    membership, _ = let_in(application=application, username="ann", role=Role.VIEWER)
    remove_member(membership=type(membership).objects.get(pk=membership.pk))
    with pytest.raises(NotFound):
        change_role(membership=membership, role=Role.OPERATOR)


def test_a_key_that_was_deleted_meanwhile_is_not_found(api_key: ApiKey) -> None:
    ApiKey.objects.filter(pk=api_key.pk).delete()
    with pytest.raises(NotFound):
        set_api_key_enabled(key=api_key, enabled=False)
    with pytest.raises(NotFound):
        restrict_api_key(key=api_key, access="full")


def test_a_name_and_a_description_given_at_the_same_time_both_hold(owner: User, other_application: Application) -> None:
    before = Application.objects.get(pk=other_application.pk)
    modify_application(application=other_application, name="New name")
    set_application_status(application=before, status="Off")
    changed = modify_application(application=before, description="What it is for")
    assert (changed.name, changed.description, changed.status) == ("New name", "What it is for", "Off")
