"""Estimates beside what came of them, and largest sizes: kept, used, and what they cost. Writes docs/pictures.md.

Costs are processor time of this process, so that others on the machine don't count. For the clock give it
two processors to itself: `chrt -r 1`.
"""

import argparse
import os
import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import av

from animator.core.errors import EngineError, ResultTooLarge
from animator.core.order import AnimationSpec, Order
from animator.make.estimate import estimate
from animator.make.pipeline import animate
from tests.bench.document import write_section
from tests.bench.jobs import SUFFIXES

SECONDS = (3.0, 10.0, 6.0)
# Format, width, frames a second, quality: each clip gets them in turn with each length.
PICTURES = (
    ("webp", 640, 10, 75),
    ("gif", 480, 10, 75),
    ("webp", 640, 20, 60),
    ("gif", 640, 15, 60),
    ("webp", 480, 15, 90),
    ("gif", 640, 20, 90),
)
SHARES = (0.5, 0.15)
# And pieces from anywhere, of any length, to be estimated alone: seconds, widths, rates, qualities, and how many.
LENGTHS, WIDTHS, RATES, QUALITIES, RANDOM, SEED = (1.5, 10.0), (320, 480, 640), (10, 15, 20), (40, 95), 100, 13
ENOUGH = 0.85


@dataclass(frozen=True, slots=True)
class Target:
    """How much of `limit` was used (None: refused), in pictures' worth of work, by so many tries."""

    limit: int
    size: int | None
    cost: float
    tries: int
    at_the_floors: bool

    @property
    def use(self) -> float:
        return (self.size or 0) / self.limit


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    size: int
    guessed: int
    low: int
    high: int
    share: float
    seconds: float
    waited: float
    width: int
    targets: tuple[Target, ...] = field(default=())

    @property
    def error(self) -> float:
        return self.guessed / self.size - 1


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop then, with what there is")
    parser.add_argument("--random", type=int, default=RANDOM, help="how many pieces are taken from anywhere")
    options = parser.parse_args(arguments)
    until = time.monotonic() + 60 * options.minutes
    cases: list[Case] = []
    with TemporaryDirectory() as folder:
        for clip, order, shares in (*_anywhere(options.media, options.random), *_orders(options.media)):
            if time.monotonic() > until:
                break
            if case := _measured(clip, order, shares, folder=Path(folder)):
                cases.append(case)
    text = report(cases)
    print(text)
    if options.docs:
        write_section(options.docs, "Measured", text, page="pictures.md")


def _clips(media: Path) -> dict[Path, float]:
    """Each with its seconds."""
    found = {}
    for clip in sorted(path for path in media.iterdir() if path.suffix.lower() in SUFFIXES):
        with av.open(str(clip)) as container:
            found[clip] = (container.duration or 0) / av.time_base
    return found


def _anywhere(media: Path, count: int) -> Iterator[tuple[Path, Order, tuple[float, ...]]]:
    """The same ones each time, of the same clips."""
    chance, clips = random.Random(SEED), _clips(media)
    for _ in range(count):
        clip = chance.choice(list(clips))
        seconds = min(round(chance.uniform(*LENGTHS), 2), clips[clip])
        start = round(chance.uniform(0, clips[clip] - seconds), 2)
        spec = AnimationSpec(
            format=chance.choice(("webp", "gif")),
            width=chance.choice(WIDTHS),
            fps=chance.choice(RATES),
            quality=chance.randint(*QUALITIES),
        )
        yield clip, Order(spec=spec, start=start, end=round(start + seconds, 2)), ()


def _orders(media: Path) -> Iterator[tuple[Path, Order, tuple[float, ...]]]:
    clips = _clips(media)
    for turn, seconds in enumerate(SECONDS):
        for number, (clip, length) in enumerate(clips.items()):
            kind, width, fps, quality = PICTURES[(number + turn) % len(PICTURES)]
            start = max(0.0, round((length - seconds) * (turn + 1) / 4, 1))
            spec = AnimationSpec(format=kind, width=width, fps=fps, quality=quality)
            yield clip, Order(spec=spec, start=start, end=round(start + seconds, 1)), SHARES


def _measured(clip: Path, order: Order, shares: Sequence[float], *, folder: Path) -> Case | None:
    target = folder / f"out.{order.spec.format}"
    try:
        began = time.process_time()
        made = animate(clip, target, order)
        whole = time.process_time() - began
        began, since = time.process_time(), time.perf_counter()
        guess = estimate(clip, order)
        seconds, waited = time.process_time() - began, time.perf_counter() - since
    except EngineError as error:
        print(f"{clip.name}: {error}", flush=True)
        return None
    targets = tuple(_aimed(clip, order, target, limit=int(made.size * share), whole=whole) for share in shares)
    spec = order.spec
    name = f"{clip.stem[:20]} {order.start:g}–{order.end:g} s, {spec.format} {spec.width}@{spec.fps} q{spec.quality:g}"
    case = Case(name, made.size, guess.bytes, guess.low, guess.high, guess.share, seconds, waited, spec.width, targets)
    print(
        f"{name}: {case.error:+.3f} of {case.share:.2f}",
        *(f"{one.use:.2f}/{one.cost:.1f}" for one in targets),
        flush=True,
    )
    return case


def _aimed(clip: Path, order: Order, target: Path, *, limit: int, whole: float) -> Target:
    began = time.process_time()
    try:
        result = animate(clip, target, replace(order, spec=replace(order.spec, max_bytes=limit)))
    except ResultTooLarge:
        return Target(limit, None, (time.process_time() - began) / whole, 0, True)
    assert result.fitted is not None
    return Target(limit, target.stat().st_size, (time.process_time() - began) / whole, result.fitted.tries, False)


def report(cases: Sequence[Case]) -> str:
    errors = sorted(abs(case.error) for case in cases)
    guessed = [case for case in cases if case.share < 1]
    parts = sorted(abs(case.error) for case in guessed)
    targets = [target for case in cases for target in case.targets]
    kept = [target for target in targets if target.size is not None]
    over = [target for target in kept if target.use > 1]
    losses = [case for case in cases if abs(case.error) > 0.2]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    slack = [target for target in kept if target.use < ENOUGH]
    dear = [target for target in targets if target.cost > 3]
    lines = [
        f"{len(cases)} pictures and {len(targets)} largest sizes, on {os.cpu_count()} processors of {_machine()}, "
        f"commit {commit}. Losses first.",
        "",
        f"- Estimates off by more than 20 %: {len(losses)} of {len(cases)}"
        + "".join(f"; {case.name}: {case.error:+.0%}" for case in sorted(losses, key=lambda one: -abs(one.error))[:8]),
        f"- Off by more than 35 %: {sum(error > 0.35 for error in errors)} of {len(cases)}",
        f"- Largest sizes used to less than 85 %: {len(slack)} of {len(kept)}; refused, as the floors allow no less: "
        f"{len(targets) - len(kept)}",
        f"- Largest sizes that cost more than three pictures: {len(dear)} of {len(targets)}",
        f"- Files above their largest size: {len(over)}",
        "",
        "| | N | median | 90 % | 99 % | worst |",
        "|---|---|---|---|---|---|",
        _row("error of an estimate, %", [100 * one for one in errors]),
        _row("the same where only a part was tried, %", [100 * one for one in parts]),
        _row("processor time of an estimate, s", [case.seconds for case in cases]),
        _row("the same of 640 pixels, s", [case.seconds for case in cases if case.width == 640]),
        _row(
            "until it was there, by the clock, of 640 pixels, s", [case.waited for case in cases if case.width == 640]
        ),
        _row("what was left of the largest size, %", [100 * (1 - target.use) for target in kept]),
        _row("cost of a largest size, in pictures", [target.cost for target in targets]),
        "",
        f"Within their band: {sum(case.low <= case.size <= case.high for case in cases)} of {len(cases)} estimates.",
    ]
    return "\n".join(lines)


def _row(name: str, values: Sequence[float]) -> str:
    ordered = sorted(values)
    if not ordered:
        return f"| {name} | 0 | – | – | – | – |"
    at = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.9, 0.99)]
    return f"| {name} | {len(ordered)} | {median(ordered):.2f} | {at[0]:.2f} | {at[1]:.2f} | {ordered[-1]:.2f} |"


def _machine() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return names[0] if names else os.uname().machine


if __name__ == "__main__":
    main()
