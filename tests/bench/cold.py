"""Cold starts: half a second of a small clip, the command line beside FFmpeg: `python -m tests.bench.cold`.

Processes take turns, so that a busy machine is as busy for all; figures are medians. `nice -n -10` before it helps.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from animator.make.sample import render_sample
from tests.bench.jobs import Job
from tests.bench.measure import Cost, Meter
from tests.bench.peers import libwebp_anim, palettegen

PEERS = {"webp": libwebp_anim, "gif": palettegen()}


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.cold", description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="of runs, ours and FFmpeg's (15)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Meter() as meter:
        folder = Path(name)
        clip = render_sample(folder / "clip.mp4", seconds=2, width=320, height=180, fps=25)
        job = Job("cold", clip, 0.5, 0.5, 160, 90, 10)
        for kind in PEERS:
            print(_told(kind, _pairs(meter, job, folder, kind, options.pairs)))


def _pairs(meter: Meter, job: Job, folder: Path, kind: str, count: int) -> list[tuple[Cost, Cost]]:
    """The first, which finds nothing of the files in memory, is left out."""
    ours, theirs = folder / f"ours.{kind}", folder / f"theirs.{kind}"
    commands = PEERS[kind](job, theirs, folder, 75)
    return [(meter.of_cold_engine(job, ours), meter.of_commands(commands)) for _ in range(count + 1)][1:]


def _told(kind: str, pairs: list[tuple[Cost, Cost]]) -> str:
    parts = []
    for name, costs in zip(("ours", "FFmpeg's"), zip(*pairs, strict=True), strict=True):
        processor, clock = median(cost.cpu for cost in costs), median(cost.wall for cost in costs)
        parts.append(f"{name} {processor:.3f} s of processor time, {clock:.3f} s by the clock")
    more = median(ours.cpu - theirs.cpu for ours, theirs in pairs)
    return f"{kind}: {'; '.join(parts)}; {more:+.3f} s of processor time"


if __name__ == "__main__":
    main()
