"""How long a client may take for what, and how much must come or go meanwhile."""

from dataclasses import dataclass
from enum import Enum

from django.conf import settings

HEAD_SECONDS = 15.0
IDLE_SECONDS = 75.0  # longer than proxies keep a connection for later: they, not we, should be the ones to close it
LINGER_SECONDS = 60.0


class Waiting(Enum):
    """What a connection is at, if it is the client's turn."""

    HEAD = "the rest of a request's head"
    IDLE = "another request"
    BODY = "bytes of a body that somebody wants to read"
    READER = "the client to take its answer"
    LINGER = "the end of a body that nobody wants any more"


@dataclass(frozen=True, slots=True)
class Limit:
    """In each stretch of `seconds` at least `bytes` must pass; None: it must be over by then."""

    seconds: float
    bytes: int | None = None


def limits() -> dict[Waiting, Limit]:
    rate = settings.ZOETROPE_CLIENT_MIN_RATE
    seconds = settings.ZOETROPE_CLIENT_RATE_SECONDS
    steady = Limit(seconds, int(rate * seconds))
    return {
        Waiting.HEAD: Limit(HEAD_SECONDS),
        Waiting.IDLE: Limit(IDLE_SECONDS),
        Waiting.BODY: steady,
        Waiting.READER: steady,
        Waiting.LINGER: Limit(LINGER_SECONDS),
    }


class Patience:
    """Looks at one connection now and then, and tells when it is at an end with it."""

    def __init__(self, limits: dict[Waiting, Limit], *, now: float) -> None:
        self._limits = limits
        self._for: Waiting | None = None
        self._since = now
        self._passed = 0

    def is_over(self, waiting: Waiting | None, *, passed: int, now: float) -> bool:
        """`passed` are bytes so far, in the direction that is waited for; None: it isn't the client's turn."""
        if waiting is not self._for:
            self._begin(waiting, passed=passed, now=now)
            return False
        if waiting is None:
            return False
        limit = self._limits[waiting]
        if now - self._since < limit.seconds:
            return False
        if limit.bytes is None or passed - self._passed < limit.bytes:
            return True
        self._begin(waiting, passed=passed, now=now)
        return False

    def _begin(self, waiting: Waiting | None, *, passed: int, now: float) -> None:
        self._for, self._since, self._passed = waiting, now, passed
