"""One picture as it is asked for. It is written down once, and every door, job, child and recipe passes it on whole."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from animator.core.errors import InvalidSpec, InvalidTimeOffset
from animator.core.options import option
from animator.core.spec import AnimationSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the picture looks like, which seconds of the source it shows, and what is made beside it.

    Offsets are in seconds, and what they mean is told by timeline.resolve. `scored` asks for a judgement of the picture
    (make/score.py). `poster_at` is the second of the video that the poster shows, where one is asked for; None stands
    for the picture's first. The fields are what a job's plan stores: a new one needs a default, so that plans of
    earlier releases still say what they said. Raises InvalidTimeOffset for offsets that are no numbers.
    """

    spec: AnimationSpec
    start: float | None = field(
        default=0.0, metadata=option("seconds; -S counts from the end", type=float, metavar="S")
    )
    end: float | None = field(
        default=0.0, metadata=option("seconds; 0 the end, -S before the end", type=float, metavar="S")
    )
    scored: bool = field(
        default=False, metadata=option("also tell how close the picture is to the source", flag="--score")
    )
    poster_at: float | None = field(
        default=None, metadata=option("the poster's second of the video (the first shown)", type=float, metavar="S")
    )

    def __post_init__(self) -> None:
        for name, offset in (("start", self.start), ("end", self.end), ("poster", self.poster_at)):
            if offset is not None and not math.isfinite(offset):
                raise InvalidTimeOffset(f"The {name} offset must be a number of seconds, not {offset}.")

    def as_dict(self) -> dict[str, Any]:
        """JSON's own types only."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Order":
        """Raises InvalidSpec for what is no order, InvalidTimeOffset."""
        try:
            return cls(**{**values, "spec": AnimationSpec.from_dict(values["spec"])})
        except (TypeError, KeyError) as error:
            raise InvalidSpec(f"This isn't an order: {error}.") from error
