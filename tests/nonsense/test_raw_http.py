"""Raw bytes at the web server that users run: whatever they are, no 500, no hang; then it is as well as before."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.instance import Instance
from tests.nonsense.raw import drawn, status_of

CASES = int(os.environ.get("ZOETROPE_RAW_CASES", "300"))
SEED = int(os.environ.get("ZOETROPE_RAW_SEED", "0"))
HONEST = (501, 505)  # a method, a coding or a version that HTTP has and this server hasn't


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("raw"), ZOETROPE_LOG_LEVEL="ERROR")
    try:
        yield instance.start()
    finally:
        instance.close()


def test_no_bytes_make_the_server_answer_500(server: Instance) -> None:
    requests = [drawn(random.Random(f"{SEED} {number}")) for number in range(CASES)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda request: status_of(request, port=server.port), requests))
    crashed = [
        (status, request[:600])
        for status, request in zip(statuses, requests, strict=True)
        if status >= 500 and status not in HONEST
    ]
    assert not crashed, f"{len(crashed)} of {CASES}, the first: {crashed[0]}"
    assert len(Counter(statuses)) > 4, "all were refused in the same way: the cases miss the doors"
    assert httpx.get(f"{server.url}/livez").status_code == 200
