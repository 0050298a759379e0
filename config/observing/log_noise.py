"""What would fill the log without telling anything: a probe that is answered, a loop that meets the same again."""

import logging
import time

_PROBES = ("/readyz", "/livez")
_SILENCE = 60.0  # seconds
_OF_CELERY = "worker_cancel_long_running_tasks_on_connection_loss"


class NotReadyIsNoError(logging.Filter):
    """Drops Django's line about an answer of 503 to a probe; the answer says what is missing."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        return getattr(request, "path", "") not in _PROBES


class OnceAMinute(logging.Filter):
    """Lets a line through unless one of the same words, whatever its values, was there less than a minute ago.

    Celery's consumer connects again and again, as a broker that accepts connections and refuses channels lets it.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._said: dict[str, float] = {}  # when, by the words; there are as many as there are calls in the code

    def filter(self, record: logging.LogRecord) -> bool:
        words, now = str(record.msg), time.monotonic()
        if now - self._said.get(words, float("-inf")) < _SILENCE:
            return False
        self._said[words] = now
        return True


class NotOfCelerysFuture(logging.Filter):
    """Drops what Celery says at every lost connection of a setting that will change: leases take care of work here."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _OF_CELERY not in record.getMessage()
