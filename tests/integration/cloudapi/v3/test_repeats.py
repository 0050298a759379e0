"""Repeating does no harm, also at the same time (docs/reliability.md F9, F10)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from media_jobs.models import Media, ProcedureTask
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[..., Any]
AT_ONCE = 10


def _outcomes(ask: Callable[[], str]) -> list[str]:
    """What each of ten simultaneous callers got: a result, or a code."""

    def one(_: int) -> str:
        try:
            return ask()
        except TencentCloudSDKException as error:
            return str(error.code)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_of_ten_calls_with_one_session_id_one_makes_a_task(call: Call, uploaded: Media, settings: LazySettings) -> None:
    task = {"AnimatedGraphicTaskSet": [{"Definition": 20000}]}
    given = {"FileId": uploaded.file_id, "SessionId": "once", "MediaProcessTask": task}
    outcomes = _outcomes(lambda: str(call("ProcessMedia", **given).TaskId))
    (made,) = ProcedureTask.objects.all()
    assert sorted(outcomes) == sorted([made.task_id] + ["InvalidParameterValue.SessionId"] * (AT_ONCE - 1))


def test_ten_commits_of_one_session_are_one_media(
    call: Call, put: Callable[..., None], clip: Path, procedure: Procedure
) -> None:
    applied = call("ApplyUpload", MediaType="mp4", Procedure=procedure.name)
    keys = applied.TempCertificate
    session = {
        "bucket": applied.StorageBucket,
        "region": applied.StorageRegion,
        "keys": (keys.SecretId, keys.SecretKey, keys.Token),
    }
    put(session, applied.MediaStoragePath, clip.read_bytes())
    outcomes = _outcomes(lambda: str(call("CommitUpload", VodSessionKey=applied.VodSessionKey).FileId))
    (media,) = Media.objects.all()
    assert set(outcomes) == {media.file_id}
    assert media.tasks.count() == 1


def test_ten_templates_made_at_once_have_ten_numbers(call: Call) -> None:
    outcomes = _outcomes(lambda: str(call("CreateAnimatedGraphicsTemplate", Fps=1).Definition))
    assert sorted(outcomes) == [str(30001 + number) for number in range(AT_ONCE)]
