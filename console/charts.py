"""Bars for a chart that the server draws as SVG: no script, no style in the page."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 960, 180  # the chart's own units


@dataclass(frozen=True, slots=True)
class Bar:
    """`y` is the upper edge; `upper` is a second part that stands on the first, such as what failed."""

    label: str
    x: float
    width: float
    y: float
    height: float
    upper_y: float
    upper: float


def bars(values: Sequence[tuple[str, float, float]]) -> list[Bar]:
    """Of (label, value, what stands on it), as high as the highest of them lets them be."""
    most = max((low + high for _, low, high in values), default=0) or 1
    step = WIDTH / max(len(values), 1)
    width = min(step * 0.8, 48)
    found = []
    for number, (label, low, high) in enumerate(values):
        height, upper = HEIGHT * low / most, HEIGHT * high / most
        x = number * step + (step - width) / 2
        found.append(Bar(label, x, width, HEIGHT - height, height, HEIGHT - height - upper, upper))
    return found
