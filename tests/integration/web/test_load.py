"""The short version of `make soak`: four actions at once, all answered (docs/reliability.md 4.8)."""

from collections.abc import Iterator

import pytest

from tests.bench import load
from tests.faults.instance import Instance

pytestmark = pytest.mark.xdist_group("hurried")


@pytest.fixture
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    running = Instance(tmp_path_factory.mktemp("load"), **load.ENVIRONMENT)
    try:
        yield running.start()
    finally:
        running.close()


def test_four_actions_at_once_are_answered_without_an_error_and_cheaply(instance: Instance) -> None:
    outcome = load.run(instance, rate=8, seconds=6)
    assert outcome.errors == 0, outcome.table()
    assert outcome.answered == 4 * 8 * 6
    spent = outcome.cost.processor / outcome.answered
    # At so low a rate what both processes do of themselves counts with it, and a busy machine makes everything dearer.
    assert spent < 0.04, f"{spent * 1000:.1f} ms of processor time a request"
    assert max(outcome.cost.journal) < 64 * 2**20
