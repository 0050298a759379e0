"""Two web processes on one socket are one server to whoever guesses."""

import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from applications.guessing import LIMIT, SPAN
from tests.faults.instance import Instance

pytestmark = pytest.mark.xdist_group("hurried")
GUESSES = 40


def _guess(url: str, account: str) -> int:
    """On a connection of its own, which either process may take."""
    return httpx.get(f"{url}/api/v1/media", auth=(account, "wrong"), timeout=20, trust_env=False).status_code


def _guesses(instance: Instance) -> Counter[int]:
    """All of them within one minute, as they are counted by it."""
    while True:
        account, began = f"AKID{secrets.token_hex(8)}", time.time() // SPAN
        with ThreadPoolExecutor(8) as crowd:
            answers = Counter(crowd.map(_guess, [instance.url] * GUESSES, [account] * GUESSES))
        if time.time() // SPAN == began:
            return answers


def test_two_processes_let_nobody_guess_twice_as_often(hurried: Instance) -> None:
    assert _guesses(hurried) == {401: LIMIT, 429: GUESSES - LIMIT}
