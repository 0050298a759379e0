"""The web server that users run, in two processes, with patience short enough for tests."""

from collections.abc import Iterator

import pytest

from tests.faults.instance import Instance

RATE_SECONDS = 1.0


@pytest.fixture(scope="session")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(
        tmp_path_factory.mktemp("hurried"),
        ZOETROPE_CLIENT_RATE_SECONDS=str(RATE_SECONDS),
        ZOETROPE_WEB_PROCESSES="2",
        ZOETROPE_STOP_GRACE_SECONDS="2",
        ZOETROPE_ACCEL="/_media/",
        ZOETROPE_TRUSTED_PROXIES="127.0.0.1",
    )
    try:
        yield instance.start()
    finally:
        instance.close()
