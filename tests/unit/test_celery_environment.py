"""Celery's settings from the environment: read as what they are, and refused by name when there is no such setting."""

import os

import pytest

from config.celery_environment import celery_settings
from config.checks import check_settings


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("CELERY_TASK_TIME_LIMIT", "600", 600.0),
        ("CELERY_WORKER_PREFETCH_MULTIPLIER", "4", 4),
        ("CELERY_WORKER_SEND_TASK_EVENTS", "1", True),
        ("CELERY_WORKER_ENABLE_REMOTE_CONTROL", "off", False),
        ("CELERY_WORKER_CONCURRENCY", "3", 3),
        ("CELERY_WORKER_POOL", "solo", "solo"),
        ("CELERY_BROKER_TRANSPORT_OPTIONS", '{"visibility_timeout": 60}', {"visibility_timeout": 60}),
        ("CELERY_ACCEPT_CONTENT", "json, yaml", ["json", "yaml"]),
        ("CELERY_IMPORTS", '["plugin"]', ("plugin",)),
    ],
)
def test_a_setting_is_read_as_its_kind(variable: str, text: str, value: object) -> None:
    found = celery_settings({variable: text, "HOME": "/root"})
    assert found.values == {variable.removeprefix("CELERY_").lower(): value}
    assert found.refusals == []


@pytest.mark.parametrize(
    ("variable", "text", "hint"),
    [
        ("CELERY_TASK_TIMELIMIT", "600", "CELERY_TASK_TIME_LIMIT"),
        ("CELERY_QXZJ", "1", "manual"),
        ("CELERY_TASK_TIME_LIMIT", "ten", "a number"),
        ("CELERY_WORKER_PREFETCH_MULTIPLIER", "1.5", "a whole number"),
        ("CELERY_WORKER_SEND_TASK_EVENTS", "perhaps", "1 or 0"),
        ("CELERY_BROKER_TRANSPORT_OPTIONS", "visibility_timeout=60", "JSON"),
        ("CELERY_BROKER_URL", "redis://", "BROKER_URL"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_at_start_with_what_to_do(
    variable: str, text: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    refusal = next(message for message in check_settings() if message.id == "zoetrope.E013")
    assert variable in refusal.msg
    assert hint in str(refusal.hint)
    assert celery_settings(os.environ).values == {}


def test_what_celerys_own_programs_leave_in_the_environment_is_no_setting() -> None:
    assert celery_settings({"CELERY_LOG_LEVEL": "30", "CELERY_SKIP_CHECKS": "1"}).refusals == []
