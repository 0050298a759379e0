"""Lists of many rows: counted as far as anybody looks, so that they cost no more with millions."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from applications.many import MANY
from applications.models import Application, User
from applications.services.keys import issue_access_token
from media_jobs.models import Media
from procedures.models import Procedure

ALL = MANY + 30


@pytest.fixture
def many(application: Application) -> None:
    Media.objects.bulk_create(
        Media(application=application, file_id=str(n), name=f"{n}.mp4", media_type="mp4", size=1, storage_key=f"{n}")
        for n in range(ALL)
    )


@pytest.fixture
def listed(client: Client, owner: User, many: None) -> Callable[[str], str]:
    client.force_login(owner)
    return lambda query: client.get(f"/app/1500000001/vod/media?{query}").content.decode()


@pytest.mark.django_db
def test_a_list_says_that_there_are_more_than_were_counted_and_goes_on(listed: Callable[[str], str]) -> None:
    assert "1–20 of 5,000+" in listed("")
    assert "21–40 of 5,020+" in listed("page=2")
    for far in (252, 10**12):
        assert "–5,030 of 5,030" in listed(f"page={far}").replace("–5030", "–5,030")


@pytest.mark.django_db
def test_rest_counts_as_far_beyond_the_page(client: Client, application: Application, owner: User, many: None) -> None:
    bearer = {"Authorization": f"Bearer {issue_access_token(user=owner, application=application)[1]}"}
    first = client.get("/api/v1/media", headers=bearer).json()
    assert first["count"] == MANY
    seen = client.get(f"/api/v1/media?offset={ALL - 10}", headers=bearer).json()
    assert (seen["count"], len(seen["results"]), seen["next"]) == (ALL, 10, None)
    before = client.get(f"/api/v1/media?offset={ALL - 40}", headers=bearer).json()
    assert before["next"]


@pytest.mark.django_db
def test_all_that_match_can_be_processed_from_any_page(
    client: Client, procedure: Procedure, listed: Callable[[str], str]
) -> None:
    for query, number, said in (("", MANY, "5,000+"), ("page=2", MANY + 20, "5,020+")):
        assert re.search(rf'name="all"\s+value="{number}"\s+data-everything="{re.escape(said)}"', listed(query))
    for shown, status in ((MANY, 302), (MANY + 20, 302), (ALL, 302), (ALL + 1, 409), (MANY - 1, 409)):
        form = {"procedure": procedure.name, "all": shown, "query": ""}
        answer = client.post("/app/1500000001/vod/media/process", form)
        assert answer.status_code == status, shown
