"""What an API key may do, beside what its user's role allows (docs/console.md 12), as a list of rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from applications.errors import InvalidValue

MAX_RULES = 50
_ACTION_PREFIXES = ("name/vod:", "vod:")
_RESOURCE_SPLIT = ":subAppId/"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its `effect`, "allow" or "deny", and what it is about.

    `actions` are names of API actions with `*` as a wildcard; `applications` are app_ids, or `*` for all.
    """

    effect: str
    actions: tuple[str, ...]
    applications: tuple[str, ...]

    @classmethod
    def from_dict(cls, data: Any) -> "Rule":
        """Of {"effect", "action", "resource"} like name/vod:ProcessMedia, qcs::vod::uin/1:subAppId/2."""
        if not isinstance(data, dict) or data.get("effect") not in ("allow", "deny"):
            raise InvalidValue("A rule is an object whose effect is allow or deny.", field="policy")
        return cls(
            effect=data["effect"],
            actions=tuple(_plain_action(text) for text in _texts(data.get("action", "*"))),
            applications=tuple(_app_id(text) for text in _texts(data.get("resource", "*"))),
        )

    def covers(self, action: str, *, app_id: int) -> bool:
        in_actions = any(fnmatchcase(action, pattern) for pattern in self.actions)
        return in_actions and any(pattern in ("*", str(app_id)) for pattern in self.applications)


def allows(rules: Sequence[Rule], action: str, *, app_id: int) -> bool:
    """A denial outweighs every permission; what no rule mentions is denied."""
    effects = {rule.effect for rule in rules if rule.covers(action, app_id=app_id)}
    return effects == {"allow"}


def rules_from(statements: Any) -> tuple[Rule, ...]:
    """Raises InvalidValue for what isn't a list of rules."""
    if not isinstance(statements, list) or not 1 <= len(statements) <= MAX_RULES:
        raise InvalidValue(f"A custom policy is a list of 1 to {MAX_RULES} rules.", field="policy")
    return tuple(Rule.from_dict(statement) for statement in statements)


def _texts(value: Any) -> list[str]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise InvalidValue("A rule's action and resource are a string or a list of strings.", field="policy")
    return texts


def _plain_action(text: str) -> str:
    for prefix in _ACTION_PREFIXES:
        text = text.removeprefix(prefix)
    return text


def _app_id(text: str) -> str:
    found = text.rpartition(_RESOURCE_SPLIT)[2]
    if found != "*" and not found.isdecimal():
        raise InvalidValue(f"{text!r} names no application: give its number, or *.", field="policy")
    return found
