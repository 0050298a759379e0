"""Slowing down whoever tries credentials: the same for keys, tokens and signatures.

Counted by account and address together. Ten wrong ones in a minute, and that account isn't looked up for that address
until the minute is over. An address that has shown the right ones within a day is let through all the same, so that
nobody can lock a program out by guessing from beside it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from django.core.cache import cache

from applications.counting import count_up
from applications.errors import Refused

LIMIT = 10
SPAN = 60  # seconds
_KNOWN_FOR = 24 * 3600
_LOOKS, _PAUSE = 25, 0.02  # half a second


class TooManyGuesses(Refused):
    """`wait` is how many seconds are left."""

    status = 429
    title = "Too many wrong credentials"

    def __init__(self, wait: int) -> None:
        super().__init__(f"Too many wrong credentials from this address. Try again in {wait} s.")
        self.wait = wait


@contextmanager
def counted(*, account: str, address: str, wrong: type[Exception] | tuple[type[Exception], ...]) -> Iterator[None]:
    """Around a check that raises one of `wrong` for wrong credentials. Raises TooManyGuesses before it, or after.

    A guess takes its place before it is checked, and gives it back unless it was wrong: however many come at once, to
    whichever process, no more than LIMIT are checked.
    """
    now = int(time.time())
    who = sha256(f"{account}\0{address}".encode("utf-8", "surrogateescape")).hexdigest()
    known, tried, failed = f"guess:known:{who}", f"guess:tried:{now // SPAN}:{who}", f"guess:{now // SPAN}:{who}"
    refusal = TooManyGuesses(SPAN - now % SPAN)
    is_known = known in cache
    if not is_known and not _take_place(tried, failed=failed, known=known):
        raise refusal
    try:
        yield
    except wrong:
        if count_up(failed, seconds=SPAN * 2) > LIMIT:
            raise refusal from None
        raise
    except BaseException:
        if not is_known:
            _give_back(tried)
        raise
    if not is_known:
        cache.set(known, 1, timeout=_KNOWN_FOR)
        _give_back(tried)


def _take_place(tried: str, *, failed: str, known: str) -> bool:
    """Waits a moment when all places are taken by guesses that may yet be right, as when a program begins with many."""
    if count_up(tried, seconds=SPAN * 2) <= LIMIT:
        return True
    for _ in range(_LOOKS):
        if cache.get(failed, 0) >= LIMIT:
            return False
        if known in cache:
            return True
        time.sleep(_PAUSE)
    return False


def _give_back(tried: str) -> None:
    with suppress(ValueError):  # the minute is long over
        cache.decr(tried)
