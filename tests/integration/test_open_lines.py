"""A kept connection is used without asking PostgreSQL first whether it still answers, unless it has ended it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.db import connection

from applications.models import Application
from applications.open_lines import trust_the_silent

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """What came out each time that it was asked; the connection is kept, as between requests."""
    answers: list[bool] = []
    ask: Callable[[], bool] = connection.is_usable

    def noted() -> bool:
        answers.append(ask())
        return answers[-1]

    request_started.disconnect(trust_the_silent)  # Django's test client puts Django's own receiver behind it
    request_started.connect(trust_the_silent)
    connection.ensure_connection()
    monkeypatch.setattr(connection, "is_usable", noted)
    monkeypatch.setattr(connection, "health_check_enabled", True)
    monkeypatch.setattr(connection, "close_at", None)
    yield answers
    connection.close()


def _request() -> int:
    """Which of the server's processes it was answered by."""
    request_started.send(sender=None)
    assert Application.objects.count() >= 0
    server = int(connection.connection.info.backend_pid)
    request_finished.send(sender=None)
    return server


def test_a_connection_that_lives_is_not_asked_whether_it_does(asked: list[bool]) -> None:
    """It was a quarter of what a small request says to the database."""
    assert _request() == _request()
    assert asked == []


def test_one_that_the_server_has_ended_is_noticed_before_it_is_used(asked: list[bool]) -> None:
    server = _request()
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"] or None, user=settings["USER"], password=settings["PASSWORD"],
        dbname=settings["NAME"], autocommit=True,
    ) as other:  # fmt: skip
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [server])
    assert _request() != server
    assert asked == [False]


def test_behind_a_pooler_it_is_asked(asked: list[bool], settings: LazySettings) -> None:
    settings.ZOETROPE_POOLER = True
    _request()
    assert asked == [True]
