"""Which faults there are, how often each is injected, and into what kind of instance."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.suite import crowd, memory, outward, processes, requests, surroundings
from tests.faults.suite.setups import Setup, setup
from tests.faults.suite.world import Figures, World
from tests.unit.animator.clips import Clip, render

COMMON = {
    "ZOETROPE_OUTBOUND_ALLOW": "127.0.0.1/32",
    "ZOETROPE_CALLBACK_RETRIES": "0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5",
    "ZOETROPE_CALLBACK_SECONDS": "2",
    "ZOETROPE_CALLBACK_CONNECT_SECONDS": "1",
    "ZOETROPE_EVENT_INVISIBLE_SECONDS": "2",
    "ZOETROPE_PULL_RATE_SECONDS": "3",
    "ZOETROPE_PULL_SECONDS": "20",
    "ZOETROPE_IDLE_TRANSACTION_SECONDS": "3",
}


@dataclass(frozen=True)
class Fault:
    """`run(world, n)` injects it n times; one with an `environment` has an instance of its own."""

    mark: str
    run: Callable[[World, int], Figures]
    n: int
    environment: dict[str, str] = field(default_factory=dict)


CROWD = {"ZOETROPE_MAX_CRASHES": "100", "ZOETROPE_MAX_ATTEMPTS": "100"}  # so often it is struck

FAULTS = [
    Fault("F1", processes.worker_killed, 20),
    Fault("F2", processes.child_crashes, 30),
    Fault("F3", processes.child_out_of_memory, 20),
    Fault("F3", memory.memory_short, 8, {"ZOETROPE_WORKERS": "4", "ZOETROPE_MAX_CRASHES": "2"}),
    Fault("F4", processes.server_lost, 12),
    Fault("F5", processes.long_job, 2),
    Fault("F6", processes.worker_stopped, 10),
    Fault("F7", processes.rolling_restart, 10),
    Fault("F9", requests.committed_twice, 10),
    Fault("F10", requests.submitted_twice, 20),
    Fault("F11", surroundings.database_away, 10),
    Fault("F12", surroundings.broker_wiped, 10),
    Fault("F13", surroundings.broker_away, 8),
    Fault("F15", outward.bit_rot, 20),
    Fault("F16", outward.bad_receiver, 30),
    Fault("F17", outward.puller_dies, 40),
    Fault("F18", requests.deleted_meanwhile, 20),
    Fault("F19", requests.template_changed, 40),
    Fault("F21", outward.bad_source, 12),
    Fault("F22", requests.upload_interrupted, 10),
    Fault("F23", requests.burst, 60),
    Fault("F11", surroundings.all_killed, 5),
    Fault("F24", outward.restored, 2),
    Fault("F12", crowd.wiped, 1000, CROWD),
    Fault("F12", crowd.mixed, 1000, CROWD),
    Fault("F8", requests.web_killed, 10, {"ZOETROPE_FAULT": "stored:0.4"}),
    Fault("F8", requests.web_killed, 10, {"ZOETROPE_FAULT": "committed:0.4"}),
    *(
        Fault("F1", processes.at_a_point, 25, {"ZOETROPE_FAULT": f"{point}:0.12"})
        for point in ("claimed", "made", "publishing", "published")
    ),
    Fault("F14", surroundings.disk_full, 5, {"small": "1"}),
    Fault("F20", surroundings.clock_steps, 10, {"clock": "1"}),
]


def run_setup(name: str, folder: Path, *, only: set[str], scale: float, seed: int) -> Iterator[Figures]:
    """The figures of each fault as soon as they are known; one that can't be tried here says so in its note."""
    clip = render(folder / "clip.mp4", Clip(pictures=8, rate=10, width=96, height=64)).read_bytes()
    wanted = [fault for fault in FAULTS if not only or fault.mark in only]
    shared = [fault for fault in wanted if not fault.environment]
    if shared:
        with setup(name) as made, World(made, folder / "shared", seed=seed, clip=clip, **COMMON) as world:
            for fault in shared:
                yield _tried(fault, world, scale=scale)
    for number, fault in enumerate(fault for fault in wanted if fault.environment):
        with setup(name) as made:  # a database of its own, as its secret key is
            yield from _alone(fault, made, folder / f"own-{number}", clip=clip, scale=scale, seed=seed)


def _alone(fault: Fault, made: Setup, folder: Path, *, clip: bytes, scale: float, seed: int) -> Iterator[Figures]:
    environment = {**COMMON, **{key: value for key, value in fault.environment.items() if key.isupper()}}
    if "small" in fault.environment:
        with surroundings.small_volume(folder) as mounted:
            if not mounted:
                yield Figures("F14 disk full and freed", note="nobody may mount a volume here")
                return
            with World(made, folder, seed=seed, clip=clip, **environment) as world:
                yield _tried(fault, world, scale=scale)
        return
    folder.mkdir(parents=True)
    if "clock" in fault.environment:
        environment |= surroundings.clock_library(folder)
        if "FAULT_CLOCK" not in environment:
            yield Figures("F20 clock steps", note="no C compiler here")
            return
    with World(made, folder, seed=seed, clip=clip, **environment) as world:
        yield _tried(fault, world, scale=scale)


def _tried(fault: Fault, world: World, *, scale: float) -> Figures:
    try:
        return fault.run(world, max(2, round(fault.n * scale)))
    except Exception as error:
        traceback.print_exc()
        return Figures(fault.mark, n=1, stuck=1, note=f"FAILED: {type(error).__name__}: {error}"[:200])
