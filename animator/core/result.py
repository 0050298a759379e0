"""What the engine made of a source: a plain record that travels as JSON."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from animator.core.fitted import Fitted
from animator.core.highlights import Highlights
from animator.core.seam import Seam
from animator.core.siblings import Sibling


class Result(NamedTuple):
    """The picture as written.

    Fields:
        duration, start, end: seconds
        bitrate: bits a second
        size: bytes
        md5: in hex
        fps: the rate really used
        recipe: what repeats these bytes (make/recipe.py)
        notes: facts a person should know
        score: None, or a mapping with mean, worst and worst_at (make/score.py)
        chosen: None, or which seconds were chosen and why, as core/highlights.py has it
        fitted: None, or how the size was kept (core/fitted.py)
        seam: None, or how the loop was closed (core/seam.py)
        siblings: what was made beside it (core/siblings.py)
    """

    container: str
    width: int
    height: int
    frames: int
    duration: float
    bitrate: int
    size: int
    md5: str
    start: float
    end: float
    fps: int
    recipe: dict[str, Any]
    notes: tuple[str, ...] = ()
    score: dict[str, Any] | None = None
    chosen: dict[str, Any] | None = None
    fitted: Fitted | None = None
    seam: Seam | None = None
    siblings: tuple[Sibling, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            **self._asdict(),
            "fitted": self.fitted.as_dict() if self.fitted else None,
            "seam": self.seam.as_dict() if self.seam else None,
            "siblings": [one.as_dict() for one in self.siblings],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Result":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        told, best = values.get("fitted"), values.get("chosen")
        fitted = None if told is None else Fitted.from_dict(told)
        notes = tuple(values.get("notes", ()))
        chosen = None if best is None else Highlights.from_dict(best).as_dict()
        seam = None if values.get("seam") is None else Seam.from_dict(values["seam"])
        siblings = tuple(Sibling.from_dict(one) for one in values.get("siblings", ()))
        own = {"notes": notes, "chosen": chosen, "fitted": fitted, "seam": seam, "siblings": siblings}
        return cls(**{**values, **own, "score": _score(values.get("score"))})


def _score(told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if told is None else {name: float(told[name]) for name in ("mean", "worst", "worst_at")}
