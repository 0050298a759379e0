"""The registry against the API's own definition, and docs/compatibility.md against the registry."""

import re
from pathlib import Path

import pytest
from tencentcloud.vod.v20180717 import errorcodes, models
from tencentcloud.vod.v20180717.vod_client import VodClient

from cloudapi.v3.catalogue import ACTIONS
from cloudapi.v3.compatibility import CLIENTS, compatibility
from cloudapi.v3.names import ACTION_NAMES

DOCS = Path(__file__).parents[4] / "docs"


def test_the_compatibility_page_is_what_the_registry_says() -> None:
    """`python manage.py compatibility` writes it anew."""
    page = (DOCS / "compatibility.md").read_text(encoding="utf-8")
    assert page.partition(CLIENTS)[0] == compatibility()


def test_all_241_actions_are_known_and_the_sdk_knows_them() -> None:
    assert len(ACTION_NAMES) == 241
    assert ACTIONS.keys() < ACTION_NAMES
    assert {name for name in ACTION_NAMES if not hasattr(VodClient, name)} == set()


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_an_actions_parameters_are_those_of_the_sdk(name: str) -> None:
    request = getattr(models, f"{name}Request")()
    wire = {attribute.removeprefix("_") for attribute in vars(request)}
    assert {parameter.name for parameter in ACTIONS[name].parameters.parameters} == wire


def test_every_code_is_one_that_the_sdk_has_a_name_for() -> None:
    known = {value for name, value in vars(errorcodes).items() if name.isupper() and isinstance(value, str)}
    used = {code for action in ACTIONS.values() for code in action.codes}
    assert used <= known


def test_the_page_tells_of_each_parameter_how_it_is_met() -> None:
    rows = re.findall(
        r"^\| (\S+)(?: \(required\))? \|[^|]*\| (honoured|accepted and ignored|refused) \|", compatibility(), re.M
    )
    assert len(rows) > 200
    assert {support for _, support in rows} == {"honoured", "accepted and ignored", "refused"}
