"""The queue before the web server's threads has an end, and nobody waits in it for long."""

import asyncio
import threading
import time

import pytest

from config.web import lanes
from config.web.lanes import Busy, Lane
from tests.loops import told_by


def test_what_comes_when_the_queue_is_full_is_refused_at_once() -> None:
    async def story() -> None:
        lane, gate = Lane("t", threads=1, waiting=1), threading.Event()
        taken = [asyncio.create_task(lane.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        began = time.monotonic()
        with pytest.raises(Busy):
            await lane.run(lambda: None)
        assert time.monotonic() - began < 0.5
        gate.set()
        await asyncio.gather(*taken)
        assert await lane.run(lambda: "again") == "again"

    told_by(story())


def test_what_waited_too_long_is_refused_and_never_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "LONGEST_WAIT", 0.05)
    begun: list[int] = []

    async def story() -> None:
        lane, gate = Lane("t", threads=1, waiting=5), threading.Event()
        first = asyncio.create_task(lane.run(gate.wait))
        second = asyncio.create_task(lane.run(lambda: begun.append(1)))
        await asyncio.sleep(0.1)
        gate.set()
        await first
        with pytest.raises(Busy):
            await second

    told_by(story())
    assert begun == []
