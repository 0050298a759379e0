"""The pieces of a video that are worth showing, and why: plain records that travel as JSON."""

from collections.abc import Mapping
from typing import Any, NamedTuple

MOST = 3


class Highlight(NamedTuple):
    """Seconds of the video, a score from 0 to 1, and in words what speaks for it, or against it."""

    start: float
    end: float
    score: float
    reasons: tuple[str, ...]


class Avoided(NamedTuple):
    """Seconds that were looked at and passed over, and why."""

    start: float
    end: float
    reason: str


class Highlights(NamedTuple):
    """The best first, at most MOST, none over another; at least one."""

    best: tuple[Highlight, ...]
    avoided: tuple[Avoided, ...] = ()

    @property
    def sentence(self) -> str:
        first, *others = self.best
        also = ", ".join(f"{one.start:g}–{one.end:g} s" for one in others)
        reasons = ", ".join(first.reasons)
        chosen = f"Chosen: {first.start:g}–{first.end:g} s ({reasons})."
        others_too = f"Also good: {also}."
        return f"{chosen} {others_too}" if also else chosen

    def as_dict(self) -> dict[str, Any]:
        return {"best": [one._asdict() for one in self.best], "avoided": [one._asdict() for one in self.avoided]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Highlights":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        best = tuple(
            Highlight(
                start=float(one["start"]),
                end=float(one["end"]),
                score=float(one["score"]),
                reasons=tuple(str(reason) for reason in one["reasons"]),
            )
            for one in values["best"][:MOST]
        )
        avoided = tuple(
            Avoided(start=float(one["start"]), end=float(one["end"]), reason=str(one["reason"]))
            for one in values["avoided"]
        )
        return cls(best=best, avoided=avoided)
