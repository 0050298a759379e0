"""Parts of a task flow that the cloud makes and this server doesn't (ZOETROPE_FAIL_UNMADE_TASKS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class UnmadeStep:
    """Of which kind, in the cloud's word, and what was asked for: kept for answers, and looked at by nobody."""

    task: str
    asked: dict[str, Any]
    job_kind: ClassVar[str] = "unmade"

    @property
    def definition(self) -> int:
        told = self.asked.get("Definition")
        return told if isinstance(told, int) and 0 <= told < 2**31 else 0

    @property
    def label(self) -> str:
        return f"{self.task}, which this server doesn't make"

    def as_dict(self) -> dict[str, Any]:
        return {"unmade": {"task": self.task, "asked": self.asked}, "label": self.label}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> UnmadeStep:
        return cls(**data["unmade"])
