"""What would fill the log without telling anything: a probe asks every few seconds, and is answered."""

import logging

_PROBES = ("/readyz", "/livez")


class NotReadyIsNoError(logging.Filter):
    """Drops Django's line about an answer of 503 to a probe; the answer says what is missing."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        return getattr(request, "path", "") not in _PROBES
