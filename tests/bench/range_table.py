"""Every point of the curves as CSV: for readers, and for the next run, which measures none of them again."""

import csv
from io import StringIO

from tests.bench.range_report import Curve
from tests.bench.rates import Point

_HEAD = ("clip", "encoder", "quality", "bytes", "ssim", "psnr", "blur", "cpu", "wall", "key")


def written(curves: list[Curve]) -> str:
    """A line for each point. Its key stands for all that it depends on (points.py)."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_HEAD)
    for curve in curves:
        for one in curve.points:
            figures = f"{one.ssim:.7f}", f"{one.psnr:.3f}", f"{one.blur:.3f}", f"{one.cpu:.2f}", f"{one.wall:.2f}"
            lines.writerow([curve.job, curve.name, f"{one.quality:g}", one.size, *figures, one.key])
    return text.getvalue()


def read(text: str) -> list[Point]:
    names = ("quality", "ssim", "psnr", "blur", "cpu", "wall")
    return [
        Point(size=int(row["bytes"]), key=row["key"], **{name: float(row[name]) for name in names})
        for row in csv.DictReader(StringIO(text))
    ]
