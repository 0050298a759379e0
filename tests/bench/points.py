"""Points of a curve, measured once: what a file of these settings costs and how good it is, kept from run to run."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import imageio_ffmpeg

from tests.bench.families import OURS, Family
from tests.bench.jobs import Job
from tests.bench.measure import Cost, Meter
from tests.bench.peers import GIFSKI_VERSION
from tests.bench.quality import Judges
from tests.bench.rates import Point

ENGINE = Path("animator")
JUDGE = Path("tests/bench/quality.py")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to be judged. `family` is None for the engine's own."""

    family: Family | None
    container: str
    quality: float

    @property
    def name(self) -> str:
        return self.family.name if self.family else OURS


class Points:
    """Measures what isn't known yet: what isn't among `known`, nor in `folder`, one small file for each point."""

    def __init__(self, meter: Meter, folder: Path, known: Iterable[Point]) -> None:
        self._meter = meter
        self._folder = folder
        self._known = {point.key: point for point in known}
        self._engine = _digest(path.read_bytes() for path in sorted(ENGINE.rglob("*.[pch]*")) if path.suffix != ".pyc")
        self._judge = _digest([JUDGE.read_bytes()])
        folder.mkdir(parents=True, exist_ok=True)

    def of(self, job: Job, wanted: list[Wanted]) -> dict[Wanted, Point]:
        """Every point of one job, in the order asked for."""
        keys = {one: self._key(job, one) for one in wanted}
        missing = [one for one in wanted if not self._recall(keys[one])]
        if missing:
            for one, point in self._measured(job, missing):
                found = replace(point, key=keys[one])
                self._known[found.key] = found
                (self._folder / f"{found.key}.json").write_text(json.dumps(asdict(found)))
        return {one: self._known[key] for one, key in keys.items()}

    def _recall(self, key: str) -> bool:
        path = self._folder / f"{key}.json"
        if key not in self._known and path.exists():
            self._known[key] = Point(**json.loads(path.read_text()))
        return key in self._known

    def _measured(self, job: Job, missing: list[Wanted]) -> Iterator[tuple[Wanted, Point]]:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            judges = stack.enter_context(Judges(job))
            targets = [folder / f"{place}.{one.container}" for place, one in enumerate(missing)]
            costs = [self._cost(job, one, target) for one, target in zip(missing, targets, strict=True)]
            judged = judges.qualities(targets)
            for one, target, cost, quality in zip(missing, targets, costs, judged, strict=True):
                size, found = target.stat().st_size, asdict(quality)
                yield one, Point(one.quality, size, **found, cpu=round(cost.cpu, 3), wall=round(cost.wall, 3))

    def _cost(self, job: Job, one: Wanted, target: Path) -> Cost:
        if one.family is None:
            return self._meter.of_warm_engine(job, target, quality=one.quality)
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            return self._meter.of_commands(one.family.commands(job, target, Path(work), one.quality))

    def _key(self, job: Job, one: Wanted) -> str:
        """The same for the same pictures through the same command; for the engine through the same sources."""
        with job.clip.open("rb") as file:
            head = file.read(1 << 16)
        somewhere = replace(job, clip=Path(job.clip.name))
        way = [self._engine, one.quality]
        if one.family:
            commands = one.family.commands(somewhere, Path("target"), Path("work"), one.quality)
            tools = [[Path(command[0]).name, *command[1:]] for command in commands]
            way = [tools, imageio_ffmpeg.get_ffmpeg_version(), GIFSKI_VERSION]
        facts = [self._judge, str(somewhere), job.start, job.clip.stat().st_size, one.container, *way]
        return _digest([head, json.dumps(facts).encode()])


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:24]
