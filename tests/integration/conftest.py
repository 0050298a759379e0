"""What tests of several doors need to hear of events: a receiver, leave to reach it, and deliveries here and now."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings

from media_jobs.events.dispatcher import endpoints_with_work
from media_jobs.events.handing_out import take
from media_jobs.events.webhook import deliver
from media_jobs.models import Delivery
from tests.receivers import Receiver, receiver


@pytest.fixture
def loopback_allowed(settings: LazySettings) -> None:
    settings.ZOETROPE_OUTBOUND_ALLOW = ["127.0.0.1/32"]
    settings.ZOETROPE_CALLBACK_CONNECT_SECONDS = 0.5
    settings.ZOETROPE_CALLBACK_SECONDS = 1.0


@pytest.fixture
def hook(loopback_allowed: None) -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def deliver_due(settings: LazySettings) -> Callable[[], list[Delivery]]:
    """One pass over what is due."""

    def run() -> list[Delivery]:
        done = []
        for config in endpoints_with_work():
            for event in take(application=config.application, limit=100, hold=settings.ZOETROPE_EVENT_INVISIBLE):
                done.append(deliver(event, config))
        return done

    return run
