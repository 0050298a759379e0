"""How close a picture file is to the source, at each tick, as Pillow decodes it."""

import multiprocessing
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from tests.bench.jobs import Job
from tests.bench.peers import FFMPEG, scaled

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]
_WORST_PSNR = 100.0  # equal pictures


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the ticks.

    `ssim` is that of luma, `psnr` that of luma in dB, and `blur` the PSNR of RGB after a gaussian of 1.2 pixels, in dB.
    """

    ssim: float
    psnr: float
    blur: float


class Judges:
    """Judge picture files of one job, as many at a time as there are processors. Used as a context."""

    def __init__(self, job: Job) -> None:
        # Forked, so that the source's pictures need not be sent to each.
        self._pool = multiprocessing.get_context("fork").Pool(
            initializer=_become_judge, initargs=(job, _source_of(job))
        )

    def qualities(self, files: list[Path]) -> list[Quality]:
        return self._pool.map(_quality_of, files, chunksize=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.terminate()


_judged: list[tuple[Job, Pictures]] = []


def _become_judge(job: Job, source: Pictures) -> None:
    _judged[:] = [(job, source)]


def _source_of(job: Job) -> Pictures:
    """The wanted pictures: ticks x height x width x RGB, by FFmpeg with the scaler flags that all contestants use."""
    command = [*FFMPEG, *scaled(job), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, job.height, job.width, 3)


def _quality_of(file: Path) -> Quality:
    """What is on screen in the middle of each tick, against that tick's picture."""
    ((job, source),) = _judged
    found = [scores(*pair) for pair in zip(source, _on_screen(file, job), strict=False)]
    ssim, psnr, blur = np.mean(found, axis=0)
    return Quality(float(ssim), float(psnr), float(blur))


def _on_screen(file: Path, job: Job) -> Iterator[NDArray[np.uint8]]:
    """One picture per tick; the last one stays, as rates that don't divide 1000 (or 100) leave a rest."""
    tick, end = 0, 0.0
    with Image.open(file) as image:
        frames = getattr(image, "n_frames", 1)
        for place in range(frames):
            image.seek(place)
            image.load()
            picture = np.asarray(image.convert("RGB"))
            end += image.info.get("duration", 0)
            while tick < job.ticks and (place == frames - 1 or (tick + 0.5) * 1000 / job.fps < end):
                yield picture
                tick += 1


def scores(source: NDArray[np.uint8], there: NDArray[np.uint8]) -> tuple[float, float, float]:
    """SSIM of luma, PSNR of luma, blur: one picture against its source, height x width x RGB both."""
    wanted, shown = source.astype(np.float32), there.astype(np.float32)
    blurred = gaussian_filter(wanted - shown, (1.2, 1.2, 0))
    wanted_luma, shown_luma = _luma(wanted), _luma(shown)
    return _ssim(wanted_luma, shown_luma), _psnr(wanted_luma - shown_luma), _psnr(blurred)


def _luma(rgb: Floats) -> Floats:
    """BT.601, 16 to 235."""
    luma: Floats = 16 + rgb @ np.array([65.738, 129.057, 25.064], np.float32) / 256
    return luma


def _psnr(error: Floats) -> float:
    square = float(np.mean(error * error))
    return _WORST_PSNR if square == 0 else min(_WORST_PSNR, 10 * np.log10(255**2 / square))


def _ssim(first: Floats, second: Floats) -> float:
    """Structural similarity (Wang et al. 2004) over windows of 8x8 pixels, four apart."""
    pixels = 64
    sum1, sum2 = _windows(first), _windows(second)
    squares, products = _windows(first * first + second * second), _windows(first * second)
    small, large = (0.01 * 255) ** 2 * pixels**2, (0.03 * 255) ** 2 * pixels**2
    variances = squares * pixels - sum1 * sum1 - sum2 * sum2
    covariance = products * pixels - sum1 * sum2
    similar = (2 * sum1 * sum2 + small) * (2 * covariance + large)
    return float(np.mean(similar / ((sum1 * sum1 + sum2 * sum2 + small) * (variances + large))))


def _windows(plane: Floats) -> NDArray[np.float64]:
    height, width = plane.shape[0] // 4, plane.shape[1] // 4
    cells = plane[: height * 4, : width * 4].astype(np.float64).reshape(height, 4, width, 4).sum(axis=(1, 3))
    windows: NDArray[np.float64] = cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]
    return windows
