"""Whoever asks that much is neither held back nor kept waiting."""

import pytest
from django.core.cache import cache

from applications.rest.calling import PerCallerThrottle


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(PerCallerThrottle, "THROTTLE_RATES", {"caller": None})
    monkeypatch.setattr("media_jobs.events.services.PULL_SECONDS", 0.0)
