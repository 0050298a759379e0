"""What a log line is about: the request, job or task at hand, as marks that every line written meanwhile carries.

Needs nothing but the standard library, as the supervisor writes such lines, too.
"""

import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_marks: ContextVar[Mapping[str, str]] = ContextVar("marks", default={})  # noqa: B039  never changed, only replaced


@contextmanager
def marked(**marks: str) -> Iterator[None]:
    """Log lines of this thread carry these marks beside those that were there; of two of one name the inner counts."""
    before = _marks.set({**_marks.get(), **marks})
    try:
        yield
    finally:
        _marks.reset(before)


def begin_request(own_id: str) -> None:
    """From now on this thread's lines are about that request, until its answer has been sent."""
    _marks.set({"request": own_id})


def end_request() -> None:
    _marks.set({})


def request_id() -> str:
    """Of the request that is being answered; a fresh one where there is none."""
    return _marks.get().get("request", "") or str(uuid.uuid4())


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the marks, and a traceback as `error`."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_marks.get(),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)
