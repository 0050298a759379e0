"""Whose files this worker fetches at the moment: one slot is always left for somebody else."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

from media_jobs.pulls.leases import PullLease, claim_pull

_Key = TypeVar("_Key", int, str)


class Shares:
    """One a process. An application, and a host that files come from, take all slots but one at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots = 1
        self._applications: Counter[int] = Counter()
        self._hosts: Counter[str] = Counter()
        self._passed_over = False

    def share(self, *, slots: int) -> None:
        """From now on there are so many."""
        self._slots = slots

    @contextmanager
    def claim(self) -> Iterator[PullLease | None]:
        """The next pull that there is room for, held until it has been carried out; None when there is none."""
        with self._lock:
            applications, hosts = self._full(self._applications), self._full(self._hosts)
            lease = claim_pull(but_of=applications, but_from=hosts)
            if lease is None:
                self._passed_over = bool(applications or hosts)
            self._count(lease, 1)
        try:
            yield lease
        finally:
            with self._lock:
                self._count(lease, -1)

    @property
    def passed_over(self) -> bool:
        """Whether something may wait whose permit was spent while there was no room for it."""
        return self._passed_over

    def _full(self, held: Counter[_Key]) -> list[_Key]:
        return [key for key, number in held.items() if number >= self._slots - 1] if self._slots > 1 else []

    def _count(self, lease: PullLease | None, step: int) -> None:
        if lease:
            self._applications[lease.pull.application_id] += step
            self._hosts[host_of(lease.pull.url)] += step
            self._applications, self._hosts = +self._applications, +self._hosts


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


shares = Shares()
