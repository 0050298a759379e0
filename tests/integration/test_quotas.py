"""Quotas: off by default, refused at once at every door with what would pass, set by administrators only."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
import time_machine
from django.conf import LazySettings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.quotas import QuotaExceeded, quota_of, set_quota
from applications.services.keys import issue_access_token
from media_jobs.jobs.quotas import Usage
from media_jobs.jobs.services import submit_task
from media_jobs.models import Media
from media_jobs.uploads import services as uploads
from procedures.models import Procedure
from procedures.selectors import plan_of
from tests.integration.cloudapi.v3.signing import Signed, code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bearer(owner: User, application: Application) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_access_token(user=owner, application=application)[1]}"}


def limit(application: Application, **limits: int | None) -> None:
    set_quota(application=application, limits=dict(limits))
    application.refresh_from_db()


def test_nothing_is_limited_unless_the_operator_says_so(application: Application, settings: LazySettings) -> None:
    quota = quota_of(application)
    assert (quota.max_bytes, quota.max_pictures_a_day, quota.max_jobs_waiting) == (0, 0, 0)
    assert quota.max_requests_a_second == settings.ZOETROPE_API_RATE


def test_an_applications_own_value_outweighs_the_setting(application: Application, settings: LazySettings) -> None:
    settings.ZOETROPE_QUOTA_BYTES = 1000
    assert quota_of(application).max_bytes == 1000
    limit(application, max_bytes=0)
    assert quota_of(application).max_bytes == 0
    limit(application, max_bytes=None)
    assert quota_of(application).max_bytes == 1000


def test_bytes_are_refused_before_the_first_with_how_many_pass(
    application: Application, uploaded: Media, client: Client, bearer: dict[str, str], other_application: Application
) -> None:
    limit(application, max_bytes=uploaded.size + 1000)
    uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4", length=400), door="tus")
    assert Usage.of(application).bytes == uploaded.size + 400
    headers = {**bearer, "Tus-Resumable": "1.0.0", "Upload-Metadata": "filename YS5tcDQ=", "Upload-Length": "601"}
    answer = client.generic("POST", "/api/v1/uploads", headers=headers)
    assert answer.status_code == 409
    assert "600 more pass" in answer.json()["detail"]
    assert client.generic("POST", "/api/v1/uploads", headers=headers | {"Upload-Length": "600"}).status_code == 201
    with pytest.raises(QuotaExceeded):
        uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4"), door="tus")
    uploads.begin(application=other_application, wanted=uploads.Wanted(name="a.mp4", length=10**6), door="tus")


def test_a_length_that_is_told_late_is_counted_too(application: Application) -> None:
    limit(application, max_bytes=1000)
    upload = uploads.begin(application=application, wanted=uploads.Wanted(name="a.mp4"), door="tus")
    with pytest.raises(QuotaExceeded, match="1,000 more pass"):
        uploads.declare_length(upload=upload, length=1001)
    uploads.declare_length(upload=upload, length=1000)


def test_pictures_of_a_day_are_refused_over_the_api_with_its_code(
    application: Application, uploaded: Media, procedure: Procedure, client: Client, api_key: ApiKey
) -> None:
    limit(application, max_pictures_a_day=3)
    submit_task(media=uploaded, plan=plan_of(procedure))
    body = f'{{"FileId": "{uploaded.file_id}", "ProcedureName": "{procedure.name}"}}'.encode()
    answer = Signed(api_key.secret_id, api_key.secret_key, action="ProcessMediaByProcedure", body=body).send(client)
    assert code(answer) == "LimitExceeded"
    assert "1 more pass" in answer["Error"]["Message"]
    assert Usage.of(application).pictures == 2


def test_jobs_that_wait_are_refused_in_the_console_with_a_page(
    application: Application, uploaded: Media, procedure: Procedure, owner: User, client: Client
) -> None:
    limit(application, max_jobs_waiting=3)
    client.force_login(owner)
    form = {"file_id": uploaded.file_id, "procedure": procedure.name}
    assert client.post("/app/1500000001/vod/media/process", form).status_code == 302
    refused = client.post("/app/1500000001/vod/media/process", form)
    assert refused.status_code == 409
    assert b"1 more pass" in refused.content
    assert Usage.of(application).jobs == 2


def test_an_upload_whose_flow_no_quota_lets_begin_keeps_its_file_and_says_why(
    application: Application, procedure: Procedure, upload_clip: Callable[..., Media]
) -> None:
    upload_clip(procedure="loops")
    limit(application, max_pictures_a_day=3)
    with pytest.raises(QuotaExceeded):
        upload_clip(procedure="loops")
    limit(application, max_pictures_a_day=None)
    wanted = uploads.Wanted(name="a.mp4", length=3, procedure="loops")
    begun = uploads.begin(application=application, wanted=wanted, door="tus")
    uploads.append(upload_id=begun.id, offset=0, source=BytesIO(b"abc"))
    limit(application, max_pictures_a_day=3)
    media = uploads.commit(upload_id=begun.id)
    assert "1 more pass" in media.problem


def test_a_rate_is_one_applications_own(
    application: Application, client: Client, bearer: dict[str, str], api_key: ApiKey
) -> None:
    limit(application, max_requests_a_second=2)
    with time_machine.travel(datetime.now(UTC), tick=False):
        assert [client.get("/api/v1/me", headers=bearer).status_code for _ in range(3)] == [200, 200, 429]
        codes = [code(Signed(api_key.secret_id, api_key.secret_key).send(client)) for _ in range(3)]
    assert codes == ["", "", "RequestLimitExceeded"]


def test_only_administrators_set_quotas(
    application: Application, owner: User, client: Client, bearer: dict[str, str]
) -> None:
    def patch(limits: dict[str, object]) -> int:
        return client.patch("/api/v1/quota", limits, content_type="application/json", headers=bearer).status_code

    assert patch({"max_bytes": 5}) == 403
    client.force_login(owner)
    assert client.post("/app/1500000001/vod/quota/edit", {"max_bytes": "5"}).status_code == 404
    assert b"Save" not in client.get("/app/1500000001/vod/quota").content
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    assert patch({"max_bytes": 5}) == 200
    assert [patch({"max_jobs_waiting": value}) for value in (2**31, -1, 10**23, "5", True)] == [400] * 5
    assert client.post("/app/1500000001/vod/quota/edit", {"max_bytes": "7", "max_jobs_waiting": "0"}).status_code == 302
    told = client.get("/api/v1/quota", headers=bearer).json()
    assert (told["max_bytes"], told["max_jobs_waiting"], told["used"]["bytes"]) == (7, 0, 0)
    assert client.post("/app/1500000001/vod/quota/edit", {"max_jobs_waiting": str(2**31)}).status_code == 200


def test_the_command_shows_and_sets(application: Application) -> None:
    said = StringIO()
    call_command("quota", "--max-bytes", "1000", "--max-jobs-waiting", "0", stdout=said)
    assert "1000" in said.getvalue() and "no limit" in said.getvalue()
    application.refresh_from_db()
    assert (application.max_bytes, application.max_jobs_waiting) == (1000, 0)
    call_command("quota", "--max-bytes", "default", stdout=said)
    application.refresh_from_db()
    assert application.max_bytes is None
    with pytest.raises(CommandError):
        call_command("quota", "--max-bytes", "-5x", stdout=said)
