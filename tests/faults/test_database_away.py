"""PostgreSQL restarts under requests: refused in words while it is away, answered as before once it is back."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.instance import Instance, wait_for
from tests.faults.proxy import Proxy, proxy

DATABASE = urlsplit(os.environ.get("DATABASE_URL", ""))
pytestmark = [
    pytest.mark.postgresql,  # SQLite is never away
    pytest.mark.timeout(200),
    pytest.mark.xdist_group("faults"),
]


@pytest.fixture
def between() -> Iterator[Proxy]:
    with proxy(DATABASE.hostname or "127.0.0.1", DATABASE.port or 5432) as standing:
        yield standing


@pytest.fixture
def web(tmp_path: Path, between: Proxy) -> Iterator[Instance]:
    """A web server that reaches its database through the proxy."""
    instance = Instance(tmp_path)
    try:
        direct = instance.environment["DATABASE_URL"]
        assert instance.manage("migrate").returncode == 0
        first_start = "from config.start.first_start import first_start; first_start()"
        assert instance.manage("shell", "-c", first_start).returncode == 0
        address = urlsplit(direct)
        through = address._replace(netloc=address.netloc.rpartition(":")[0] + f":{between.port}").geturl()
        instance.environment["DATABASE_URL"] = through
        yield instance.start_web()
    finally:
        instance.close()


def test_no_request_is_answered_500_while_the_database_restarts(web: Instance, between: Proxy) -> None:
    answers: list[tuple[float, int]] = []
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(auth=web.api.auth, timeout=30, trust_env=False) as client:
            while not done.is_set():
                answer = client.get(f"{web.url}/api/v1/media")
                answers.append((time.monotonic(), answer.status_code))
                time.sleep(0.02)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(answers) > 30, seconds=60, what="answers")
    between.cut()
    time.sleep(1)
    between.resume()
    back = time.monotonic()
    wait_for(lambda: sum(at > back + 0.5 for at, _ in answers) > 60, seconds=60, what="further answers")
    done.set()
    for thread in threads:
        thread.join(60)
    assert {status for _, status in answers} == {200, 503}
    assert {status for at, status in answers if at > back + 0.5} == {200}
