"""What a job costs as it grows: `python -m tests.bench.growth [--media DIR] [--docs docs]`.

Longer pieces, larger pictures, more pictures a second, pieces further into a long file; each job once, in a process of
its own (`python -m animator`), so that its memory is its own. Writes a section of performance.md and its plots.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from animator.make.sample import render_sample
from tests.bench.document import write_section
from tests.bench.jobs import Job, longest_of_folder
from tests.bench.measure import Cost, Meter
from tests.bench.peers import FFMPEG, peers
from tests.bench.plots import Curve, draw_curves

LONG_SECONDS = 660
LENGTHS = (1, 2, 5, 10, 20, 40, 60)
WIDTHS = (320, 640, 1280, 1920, 3840)
RATES = (5, 10, 20, 30, 60)
OFFSETS = (0, 160, 320, 480, 640)
PEERS = {"webp": "ffmpeg libwebp_anim", "gif": "ffmpeg palettegen"}


@dataclass(frozen=True, slots=True)
class Series:
    """Jobs that differ in one number, `at`. With `peer`, FFmpeg's way is measured beside the engine's."""

    title: str
    unit: str
    at: tuple[float, ...]
    jobs: tuple[Job, ...]
    peer: bool = False


def main() -> None:
    options = _options()
    options.docs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, Meter() as meter:
        folder = Path(name)
        curves = [curve for series in _series(folder, options.media) for curve in _curves(meter, series, folder)]
        plot = draw_curves(curves, options.docs / "growth.svg")
    write_section(options.docs, "Growth", _report(curves, plot))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.growth", description="What a job costs as it grows.")
    parser.add_argument("--media", type=Path, help="a folder of clips, of which the longest is taken")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md and plots go (docs)")
    return parser.parse_args()


def _series(folder: Path, media: Path | None) -> Iterator[Series]:
    clip = longest_of_folder(media) if media else render_sample(folder / "sample.mp4", seconds=20)
    long, large = _repeated(clip, folder / "long.mp4"), _enlarged(clip, folder / "large.mp4")
    base = Job("growth", long, 20, 3, 480, 270, 10)
    yield _varied("Length", "s", LENGTHS, [replace(base, seconds=seconds) for seconds in LENGTHS], peer=True)
    sizes = [replace(base, clip=large, start=0, width=width, height=width * 9 // 16 // 2 * 2) for width in WIDTHS]
    yield _varied("Width, of a 4K source", "px", WIDTHS, sizes)
    yield _varied("Rate, of a source of 60 a second", "fps", RATES, [replace(sizes[0], fps=rate) for rate in RATES])
    yield _varied("Offset into a long file", "s", OFFSETS, [replace(base, start=start) for start in OFFSETS])


def _varied(title: str, unit: str, at: tuple[float, ...], jobs: list[Job], *, peer: bool = False) -> Series:
    return Series(title, unit, at, tuple(jobs), peer)


def _repeated(clip: Path, target: Path) -> Path:
    """The same pictures over and over, without coding them again."""
    _ffmpeg("-stream_loop", "-1", "-i", str(clip), "-an", "-t", str(LONG_SECONDS), "-c", "copy", str(target))
    return target


def _enlarged(clip: Path, target: Path) -> Path:
    filters = "fps=60,scale=3840:2160"
    _ffmpeg("-i", str(clip), "-an", "-t", "4", "-vf", filters, "-c:v", "libx264", "-preset", "veryfast", str(target))
    return target


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([*FFMPEG, *arguments], check=True)


def _curves(meter: Meter, series: Series, folder: Path) -> Iterator[Curve]:
    for container, peer in PEERS.items():
        yield _curve(series, f"engine, {container}", [_engine(meter, job, folder, container) for job in series.jobs])
        if series.peer:
            yield _curve(series, peer, [_peer(meter, job, folder, peer) for job in series.jobs])


def _curve(series: Series, name: str, costs: list[Cost]) -> Curve:
    print(f"{series.title}, {name}: {[round(cost.wall, 2) for cost in costs]} s", flush=True)
    return Curve(series.title, series.unit, name, series.at, tuple(costs))


def _engine(meter: Meter, job: Job, folder: Path, container: str) -> Cost:
    return meter.of_cold_engine(job, folder / f"out.{container}")


def _peer(meter: Meter, job: Job, folder: Path, name: str) -> Cost:
    peer = next(peer for peer in peers(folder) if peer.name == name)
    return meter.of_commands(peer.commands(job, folder / f"out.{peer.container}", folder, peer.quality))


def _report(curves: list[Curve], plot: Path) -> str:
    parts = [_HEAD.format(cpus=os.cpu_count()), f"![Growth]({plot.name})\n"]
    for title in dict.fromkeys(curve.title for curve in curves):
        parts += _table([curve for curve in curves if curve.title == title])
    return "\n".join(parts)


_HEAD = """Each job once, in a process of its own, on {cpus} processors; 480x270 at 10 a second and 3 seconds long, but
for the number that grows. Seconds of processor time / MB at the peak, Python and the codecs included.
"""


def _table(curves: list[Curve]) -> Iterator[str]:
    yield f"| {curves[0].title} | " + " | ".join(f"{at:g} {curves[0].unit}" for at in curves[0].at) + " |"
    yield "|---" * (len(curves[0].at) + 1) + "|"
    for curve in curves:
        yield f"| {curve.name} | " + " | ".join(f"{cost.cpu:.2f} / {cost.memory:.0f}" for cost in curve.costs) + " |"
    yield ""


if __name__ == "__main__":
    main()
