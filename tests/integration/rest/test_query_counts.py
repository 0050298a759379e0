"""How many database queries a page of a list costs: the same for ten things as for one."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from applications.models import Application
from media_jobs.library.classes import create_class
from media_jobs.library.services import modify_media
from media_jobs.models import Media
from procedures.models import Procedure
from procedures.services import clone_procedure
from tests.integration.rest.conftest import Api

pytestmark = pytest.mark.django_db

# token, user, application, membership, count, page; then what hangs on the things, once for all of them
BASELINES = {
    "templates": 6,
    "procedures": 9,
    "media": 7,
    "tasks": 6,
    "outputs": 6,
    "uploads": 6,
    "tokens": 6,
    "classes": 6,
}


@pytest.mark.parametrize("path", BASELINES)
def test_a_longer_list_costs_no_more_queries(
    path: str, as_owner: Api, crowd: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    as_owner.get(path)
    with django_assert_num_queries(BASELINES[path]):
        assert as_owner.get(path)["count"] > 1 or path == "tokens"


def test_a_task_with_its_jobs_and_pictures_costs_a_fixed_number(
    as_owner: Api, crowd: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    task_id = as_owner.get("tasks")["results"][0]["task_id"]
    with django_assert_num_queries(7):
        assert len(as_owner.get(f"tasks/{task_id}")["jobs"]) == 2


@pytest.fixture
def crowd(
    application: Application,
    procedure: Procedure,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
) -> None:
    for number in range(3):
        media = upload_clip(procedure="loops")
        modify_media(media=media, fields={"tags": [f"tag {number}", "all"]})
        create_class(application=application, name=f"Shelf {number}")
        clone_procedure(procedure=procedure)
    run_jobs()
