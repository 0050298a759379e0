"""Templates: what the services accept, refuse and protect."""

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from applications.errors import InvalidValue, NotFound
from applications.models import Application
from procedures.models import Procedure
from templates_app import rules
from templates_app.models import AnimatedImageTemplate
from templates_app.presets import PRESETS
from templates_app.rules import TemplateFields
from templates_app.selectors import template_for, templates_for
from templates_app.services import (
    PresetIsFixed,
    TemplateInUse,
    TooManyTemplates,
    clone_template,
    create_template,
    delete_template,
    modify_template,
)

pytestmark = pytest.mark.django_db


def test_an_application_starts_with_the_six_presets(application: Application) -> None:
    assert [t.definition for t in templates_for(application)] == [preset["definition"] for preset in PRESETS]
    first = template_for(application, 20000)
    assert (first.format, first.width, first.height, first.fps, first.quality) == ("gif", 0, 0, 2, 75)


def test_custom_templates_are_numbered_from_30001_and_numbers_are_never_used_again(application: Application) -> None:
    first = create_template(application=application, fields={"fps": 10})
    delete_template(template=first)
    assert first.definition == 30001
    assert create_template(application=application, fields={"fps": 10}).definition == 30002


def test_the_seventeenth_custom_template_is_refused(application: Application, settings: LazySettings) -> None:
    for _ in range(settings.ZOETROPE_MAX_TEMPLATES):
        create_template(application=application, fields={"fps": 1})
    with pytest.raises(TooManyTemplates, match="16"):
        create_template(application=application, fields={"fps": 1})
    assert application.templates.count() == 16


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "n" * 65),
        ("comment", "c" * 257),
        ("format", "mp4"),
        ("width", 127),
        ("width", 4097),
        ("height", -2),
        ("fps", 0),
        ("fps", 61),
        ("quality", 0.5),
        ("quality", 100.5),
        ("quality", float("nan")),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(application: Application, field: str, value: object) -> None:
    fields: TemplateFields = {"fps": 10, field: value}  # type: ignore[misc]
    with pytest.raises(InvalidValue) as refusal:
        create_template(application=application, fields=fields)
    assert refusal.value.field == field
    assert application.templates.count() == 0


@given(
    width=st.sampled_from([0, 128, 129, 4096]),
    height=st.sampled_from([0, 128, 4095, 4096]),
    fps=st.integers(1, 60),
    quality=st.floats(1, 100),
    name=st.text(max_size=64).filter(lambda text: "\x00" not in text),
)
@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everything_in_range_is_accepted_and_makes_a_spec(
    width: int, height: int, fps: int, quality: float, name: str
) -> None:
    fields: TemplateFields = {"width": width, "height": height, "fps": fps, "quality": quality, "name": name}
    rules.check(fields)
    assert AnimatedImageTemplate(definition=30001, **fields).spec.fps == fps


def test_a_change_touches_only_what_it_names(gif_template: AnimatedImageTemplate) -> None:
    modify_template(template=gif_template, fields={"fps": 12})
    gif_template.refresh_from_db()
    assert (gif_template.fps, gif_template.width, gif_template.name) == (12, 160, "Small GIF")


def test_a_preset_can_be_cloned_but_not_changed_or_deleted(application: Application) -> None:
    preset = template_for(application, 20002)
    with pytest.raises(PresetIsFixed, match="Clone"):
        modify_template(template=preset, fields={"fps": 3})
    with pytest.raises(PresetIsFixed):
        delete_template(template=preset)
    copy = clone_template(template=preset, application=application)
    assert (copy.definition, copy.width, copy.format, copy.fps) == (30001, 320, "webp", 10)


def test_a_clone_asks_for_the_score_if_its_origin_does(application: Application) -> None:
    judged = create_template(application=application, fields={"fps": 10, "score": True})
    assert clone_template(template=judged, application=application).score
    assert not any(preset.score for preset in templates_for(application).filter(application=None))


def test_a_template_in_use_stays_and_says_where_it_is_used(
    gif_template: AnimatedImageTemplate, procedure: Procedure
) -> None:
    with pytest.raises(TemplateInUse, match="loops") as refusal:
        delete_template(template=gif_template)
    assert refusal.value.procedures == ("loops",)
    assert AnimatedImageTemplate.objects.filter(pk=gif_template.pk).exists()


def test_another_applications_template_does_not_exist(
    gif_template: AnimatedImageTemplate, other_application: Application
) -> None:
    with pytest.raises(NotFound):
        template_for(other_application, gif_template.definition)
