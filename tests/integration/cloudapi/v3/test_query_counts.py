"""How many queries an answer takes: a page of ten costs what a page of one does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.models import ApiKey, Application
from media_jobs.models import Media
from procedures.models import Procedure
from procedures.services import clone_procedure
from tests.integration.cloudapi.v3.signing import Signed, code

pytestmark = pytest.mark.django_db

# key with user and application, membership, then the answer's own
BASELINES = {
    "DescribeStorageRegions": 2,
    "DescribeMediaInfos": 2 + 3,
    "SearchMedia": 2 + 4,
    "DescribeTasks": 2 + 2,
    "DescribeProcedureTemplates": 2 + 5,
    "DescribeAnimatedGraphicsTemplates": 2 + 2,
    "DescribeAllClass": 2 + 1,
    "DescribeEventsState": 2 + 2,
    "DescribeSubAppIds": 2 + 2,
}


def test_the_number_of_queries_is_known_and_does_not_grow(
    api_key: ApiKey,
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    run_jobs: Callable[[], int],
    client: Client,
) -> None:
    def count(action: str) -> int:
        given: dict[str, Any] = {}
        if action == "DescribeMediaInfos":
            given = {"FileIds": list(application.media.values_list("file_id", flat=True))}
        request = Signed(api_key.secret_id, api_key.secret_key, action=action, body=json.dumps(given).encode())
        with CaptureQueriesContext(connection) as queries:
            assert code(request.send(client)) == ""
        return len(queries)

    upload_clip(procedure=procedure.name)
    run_jobs()
    assert {action: count(action) for action in BASELINES} == BASELINES
    for _ in range(3):
        clone_procedure(procedure=procedure)
        upload_clip(procedure=procedure.name)
    run_jobs()
    assert {action: count(action) for action in BASELINES} == BASELINES
