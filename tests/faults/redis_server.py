"""A Redis of a test's own, which may be told to refuse what it is asked."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as Refused

from tests.faults.instance import free_port, wait_for


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, Redis]]:
    """Its address, and a client that speaks to it."""
    port = free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    client = Redis(port=port)
    try:
        wait_for(lambda: _answers(client), seconds=20, what="Redis")
        yield f"redis://127.0.0.1:{port}/0", client
    finally:
        client.close()
        process.terminate()
        process.wait(20)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except Refused:
        return False
