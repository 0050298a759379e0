"""Progress of the work: a number from 0 to 1. It is told again and again, and so serves as a sign of life, too."""

from collections.abc import Callable

Progress = Callable[[float], None]


def ignore_progress(_: float) -> None:
    """Takes the progress when nobody asked for it; does nothing."""


def portion(on_progress: Progress, begin: float, end: float) -> Progress:
    """For one step of the work, which takes the whole of it from `begin` to `end`."""
    return lambda done: on_progress(begin + (end - begin) * done)


class Meter:
    """Turns ticks into progress, and tells the last progress again while the decoder works its way to a tick."""

    def __init__(self, on_progress: Progress, ticks: int) -> None:
        self._on_progress = on_progress
        self._ticks = ticks
        self._progress = 0.0

    def on_tick(self, done: int) -> None:
        self._progress = min(1.0, done / self._ticks)
        self._on_progress(self._progress)

    def on_work(self) -> None:
        self._on_progress(self._progress)


class Signs:
    """Signs of life that one thread gives, passed on in another."""

    def __init__(self, on_sign: Callable[[], None]) -> None:
        self._on_sign = on_sign
        self._given = False

    def give(self) -> None:
        self._given = True

    def pass_on(self) -> None:
        """Tell of the signs given since the last time, if there were any."""
        if self._given:
            self._given = False
            self._on_sign()
