"""Three hosts: web, database, broker and store on one, workers on two others, of which one has a wrong clock and one is
cut off in the middle of its work. Every job ends once."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.hosts import Host, at
from tests.faults.instance import wait_for
from tests.faults.suite.setups import setup
from tests.faults.suite.surroundings import clock_library
from tests.faults.suite.world import World

AHEAD = 90  # seconds
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("faults"),
    pytest.mark.postgresql,
]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[Host, Host]]:
    with ExitStack() as stack:
        try:
            made = [stack.enter_context(Host(f"host{n}", tmp_path / f"host{n}")) for n in (1, 2)]
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"network namespaces aren't allowed here: {error}")
        yield made[0], made[1]


@pytest.fixture
def fleet(hosts: tuple[Host, Host], tmp_path: Path, clip: Path) -> Iterator[World]:
    """The web host's world; both worker hosts work, and the second is ninety seconds ahead."""
    shared = {"DJANGO_SECRET_KEY": "the same on every host", "ZOETROPE_HEARTBEAT_SECONDS": "0.5"}
    with setup("s3") as made, at(hosts[1].here, made.environment) as stores:
        made.environment = stores
        world = World(made, tmp_path / "web", seed=1, clip=clip.read_bytes(), ZOETROPE_ROLE="web", **shared)
        works = {**world.instance.environment, "ZOETROPE_ROLE": "worker", "ZOETROPE_WORKERS": "1"}
        wrong = clock_library(tmp_path)
        (tmp_path / "clock-offset").write_text(str(AHEAD))
        assert float(hosts[1].says("import time; print(time.time())", {**works, **wrong})) > time.time() + AHEAD - 20
        hosts[0].start(works)
        hosts[1].start({**works, **wrong})
        with world:
            yield world


def test_every_job_of_three_hosts_ends_once_though_one_is_cut_off_and_one_has_a_wrong_clock(
    hosts: tuple[Host, Host], fleet: World
) -> None:
    cut_off, ahead = hosts
    figures = fleet.begin("a host is cut off")
    fleet.submit(3, steps=[{**fleet.heavy[0], "end": 1.0}])
    fleet.submit(3)
    wait_for(lambda: _at_work(fleet) == {"host1", "host2"}, seconds=30, what="jobs on both hosts")
    hit = {job: held for job, held in fleet.running().items() if held[1].startswith("host1:")}
    cut_off.cut()
    fleet.submit(2)
    assert max(fleet.recovery(hit, since=time.monotonic(), seconds=30), default=0) < 30
    wait_for(lambda: _at_work(fleet) == {"host2"}, seconds=10, what="work without the host that is cut off")
    cut_off.mend()
    wait_for(lambda: _lives(fleet, "host1"), seconds=60, what="the return of the host that was cut off")
    fleet.submit(3)
    ahead.stop()
    fleet.settle(figures)
    assert figures.survived, (figures, cut_off.log()[-2000:])
    assert fleet.rows(_OUT_OF_ORDER) == []
    assert fleet.rows("SELECT count(*) FROM media_jobs_job WHERE state <> 'SUCCESS'") == [(0,)]


def _at_work(world: World) -> set[str]:
    return {worker.partition(":")[0] for _, worker in world.running().values()}


def _lives(world: World, host: str) -> bool:
    seen = f"SELECT 1 FROM media_jobs_worker WHERE name LIKE '{host}:%' AND seen_at > now() - interval '1 second'"
    return bool(world.rows(seen))


# What a clock that is ninety seconds ahead would have written.
_OUT_OF_ORDER = """
SELECT job.id FROM media_jobs_job AS job LEFT JOIN media_jobs_animatedimage AS image ON image.job_id = job.id
WHERE job.created_at > job.began_at OR job.began_at > job.finished_at OR job.finished_at > now()
   OR image.created_at > now()
"""
