"""Counting requests in windows of time, by all processes together (config/host_cache.py, or Redis)."""

from abc import ABC, abstractmethod

from django.core.cache import DEFAULT_CACHE_ALIAS, caches


class CountsUp(ABC):
    """A cache that begins a count or goes on with it in one step; any other takes two, and an expiry between them."""

    @abstractmethod
    def count_up(self, key: str, timeout: float) -> int:
        """1, or one more than before; a count that was begun ends after `timeout` seconds."""


def count_up(key: str, *, seconds: float) -> int:
    """How many it is with this one, a number that nobody else gets; a count that was begun lasts so many seconds."""
    cache = caches[DEFAULT_CACHE_ALIAS]
    if isinstance(cache, CountsUp):
        return cache.count_up(key, seconds)
    for _ in range(3):
        if cache.add(key, 1, timeout=seconds):
            return 1
        try:
            return cache.incr(key)
        except ValueError:  # it expired between the two calls
            continue
    return 1
