"""Animated-image templates through the real Python SDK (docs/protocol 2.1)."""

from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.vod.v20180717.vod_client import VodClient

from applications.models import Application
from templates_app.models import AnimatedImageTemplate
from templates_app.rules import MAX_COMMENT, MAX_NAME
from templates_app.services import modify_template

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
DESCRIBED = {
    *("Definition", "Type", "Name", "Comment", "Width", "Height", "ResolutionAdaptive", "Format", "Fps", "Quality"),
    *("CreateTime", "UpdateTime"),
}


def test_a_template_is_made_described_changed_and_deleted(call: Call) -> None:
    wanted = {"Fps": 12, "Width": 320, "Format": "webp", "Quality": 80.5, "Name": "环", "Comment": "a & b"}
    definition = call("CreateAnimatedGraphicsTemplate", ResolutionAdaptive="close", **wanted).Definition
    assert definition == 30001
    call("ModifyAnimatedGraphicsTemplate", Definition=definition, Fps=60, Height=200)
    answer = call("DescribeAnimatedGraphicsTemplates", Definitions=[definition])
    (found,) = answer.AnimatedGraphicsTemplateSet
    assert answer.TotalCount == 1
    expected = {**wanted, "Fps": 60, "Height": 200, "ResolutionAdaptive": "close", "Type": "Custom"}
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.CreateTime.endswith("Z") and found.UpdateTime >= found.CreateTime
    call("DeleteAnimatedGraphicsTemplate", Definition=definition)
    assert call("DescribeAnimatedGraphicsTemplates", Type="Custom").TotalCount == 0


def test_what_the_protocol_does_not_know_stays_as_it_is(
    sdk: Callable[..., VodClient], application: Application
) -> None:
    client = sdk()
    client.call_json("CreateAnimatedGraphicsTemplate", {"Fps": 12})
    template = application.templates.get()
    assert not template.score
    modify_template(template=template, fields={"score": True})
    change = {"Definition": template.definition, "Fps": 24}
    client.call_json("ModifyAnimatedGraphicsTemplate", change)
    template.refresh_from_db()
    assert (template.fps, template.score) == (24, True)
    answer = client.call_json("DescribeAnimatedGraphicsTemplates", {"Definitions": [template.definition]})
    (described,) = answer["Response"]["AnimatedGraphicsTemplateSet"]
    assert set(described) == DESCRIBED


def test_webp_of_the_sources_size_and_sixty_frames_a_second_are_fine(call: Call) -> None:
    """Feature page wider than API page, parameter text wider than error codes (docs/protocol 7)."""
    assert call("CreateAnimatedGraphicsTemplate", Fps=60, Format="webp", Width=0, Height=0).Definition


def test_templates_are_paged_and_filtered(call: Call) -> None:
    for fps in range(1, 4):
        call("CreateAnimatedGraphicsTemplate", Fps=fps)
    custom = call("DescribeAnimatedGraphicsTemplates", Type="Custom", Offset=1, Limit=1)
    assert (custom.TotalCount, [one.Fps for one in custom.AnimatedGraphicsTemplateSet]) == (3, [2])
    presets = call("DescribeAnimatedGraphicsTemplates", Type="Preset").AnimatedGraphicsTemplateSet
    assert {one.Definition for one in presets} == set(range(20000, 20006))  # none of those by purpose
    assert all(one.Type == "Preset" for one in presets)


OUT_OF_RANGE: list[tuple[str, dict[str, Any]]] = [
    ("InvalidParameterValue.Fps", {"Fps": 0}),
    ("InvalidParameterValue.Fps", {"Fps": 61}),
    ("InvalidParameterValue.Width", {"Width": 127}),
    ("InvalidParameterValue.Width", {"Width": 4097}),
    ("InvalidParameterValue.Height", {"Height": -1}),
    ("InvalidParameterValue.Quality", {"Quality": 0.5}),
    ("InvalidParameterValue.Quality", {"Quality": 101}),
    ("InvalidParameterValue.Format", {"Format": "png"}),
    ("InvalidParameterValue.ResolutionAdaptive", {"ResolutionAdaptive": "yes"}),
    ("InvalidParameterValue.Name", {"Name": "n" * (MAX_NAME + 1)}),
    ("InvalidParameterValue.Comment", {"Comment": "c" * (MAX_COMMENT + 1)}),
    ("InvalidParameter", {"Fps": 2.5}),
    ("InvalidParameter", {"Fps": True}),
    ("InvalidParameter", {"Fps": "2"}),
    ("InvalidParameter", {"Width": 2**70}),
]


def test_a_value_out_of_range_is_refused_by_its_own_code(refused: Callable[..., str]) -> None:
    for code, given in OUT_OF_RANGE:
        assert refused("CreateAnimatedGraphicsTemplate", **{"Fps": 10, **given}) == code, given
    assert AnimatedImageTemplate.objects.exclude(application=None).count() == 0


def test_a_change_may_go_lower_than_a_new_template(call: Call, refused: Callable[..., str]) -> None:
    definition = call("CreateAnimatedGraphicsTemplate", Fps=1, Width=128).Definition
    call("ModifyAnimatedGraphicsTemplate", Definition=definition, Width=32)
    code = refused("ModifyAnimatedGraphicsTemplate", Definition=definition, Width=31)
    assert code == "InvalidParameterValue.Width"


def test_a_missing_frame_rate_is_a_missing_parameter(refused: Callable[..., str]) -> None:
    assert refused("CreateAnimatedGraphicsTemplate") == "MissingParameter"


def test_presets_stay_as_they_are(refused: Callable[..., str]) -> None:
    assert (
        refused("ModifyAnimatedGraphicsTemplate", Definition=20000, Fps=3)
        == "InvalidParameterValue.ModifyDefaultTemplate"
    )
    assert refused("DeleteAnimatedGraphicsTemplate", Definition=20000) == "InvalidParameterValue.DeleteDefaultTemplate"


def test_an_unknown_template_is_not_found(refused: Callable[..., str]) -> None:
    for action in ("ModifyAnimatedGraphicsTemplate", "DeleteAnimatedGraphicsTemplate"):
        assert refused(action, Definition=39999) == "ResourceNotFound.TemplateNotExist"


def test_the_seventeenth_template_is_one_too_many(
    application: Application, call: Call, refused: Callable[..., str]
) -> None:
    for _ in range(16):
        call("CreateAnimatedGraphicsTemplate", Fps=1)
    assert refused("CreateAnimatedGraphicsTemplate", Fps=1) == "LimitExceeded.TooMuchTemplate"


def test_lists_have_their_limits(refused: Callable[..., str]) -> None:
    assert refused("DescribeAnimatedGraphicsTemplates", Limit=101) == "InvalidParameterValue.Limit"
    assert refused("DescribeAnimatedGraphicsTemplates", Type="Mine") == "InvalidParameterValue.Type"
    assert refused("DescribeAnimatedGraphicsTemplates", Definitions=[1] * 101) == "InvalidParameterValue.Definitions"
