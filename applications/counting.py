"""Counting requests in windows of time, by all processes together (config/host_cache.py, or Redis)."""

from django.core.cache import cache


def count_up(key: str, *, seconds: float) -> int:
    """How many it is with this one, a number that nobody else gets; a count that was begun lasts so many seconds."""
    if at_once := getattr(cache, "count_up", None):  # the host's file does both in one go
        number: int = at_once(key, seconds)
        return number
    for _ in range(3):
        if cache.add(key, 1, timeout=seconds):
            return 1
        try:
            return cache.incr(key)
        except ValueError:  # it expired between the two calls
            continue
    return 1
