"""Any setting of Celery's from the environment: CELERY_TASK_TIME_LIMIT=600, as Celery's manual names them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from celery.app.defaults import NAMESPACES, flatten

PREFIX = "CELERY_"
# Celery's own programs read and write these; they are no settings.
_NOT_SETTINGS = frozenset({"CONFIG_MODULE", "LOADER", "SKIP_CHECKS", "CUSTOM_WORKER_POOL", "TRACE_APP", "BENCH"})
_LOGGING = "LOG_"
# What Zoetrope has a name of its own for, checked at start.
_OURS = {"broker_url": "BROKER_URL", "broker_read_url": "BROKER_URL", "broker_write_url": "BROKER_URL"}
_OPTIONS = dict(flatten(NAMESPACES))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A variable that can't be obeyed, in a sentence, and what to do instead."""

    problem: str
    hint: str


@dataclass(frozen=True, slots=True)
class CelerySettings:
    """What the environment says: `values` by Celery's lower-case names, and what has to be refused."""

    values: dict[str, Any] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


def celery_settings(environment: Mapping[str, str]) -> CelerySettings:
    """Every CELERY_… variable, read as what Celery takes the setting for; unknown and unreadable ones are refused."""
    found = CelerySettings()
    for variable in sorted(name for name in environment if name.startswith(PREFIX)):
        name = variable.removeprefix(PREFIX)
        if name in _NOT_SETTINGS or name.startswith(_LOGGING):
            continue
        if refusal := _refusal(name.lower()):
            found.refusals.append(Refusal(f"{variable} {refusal.problem}", refusal.hint))
            continue
        try:
            found.values[name.lower()] = _read(environment[variable], _OPTIONS[name.lower()].type)
        except ValueError as error:
            found.refusals.append(Refusal(f"{variable} is {environment[variable]!r}.", f"{error}"))
    return found


def _refusal(name: str) -> Refusal | None:
    if name in _OURS:
        return Refusal("is Zoetrope's own business.", f"Set {_OURS[name]} instead.")
    if name in _OPTIONS:
        return None
    near = get_close_matches(name, _OPTIONS, n=1)
    hint = f"Did you mean {PREFIX}{near[0].upper()}?" if near else "Celery's manual lists its settings."
    return Refusal("is no setting of Celery's.", hint)


def _read(text: str, kind: object) -> Any:
    """Raises ValueError with what it should look like."""
    if kind in ("int", int):
        return _number(text, int, "a whole number")
    if kind in ("float", float):
        return _number(text, float, "a number")
    if kind == "bool":
        return _truth(text)
    if kind in ("list", "tuple", "dict"):
        return _structure(text, kind)
    return _anything(text) if kind == "any" else text


def _number(text: str, kind: type[int] | type[float], what: str) -> int | float:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"It takes {what}.") from None


def _truth(text: str) -> bool:
    if text.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
        raise ValueError("It takes 1 or 0.")
    return text.lower() in ("1", "true", "yes", "on")


def _structure(text: str, kind: object) -> Any:
    """A dict as JSON; a list as JSON too, or its items between commas."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None if kind == "dict" else [item.strip() for item in text.split(",") if item.strip()]
    if not isinstance(value, dict if kind == "dict" else list):
        raise ValueError("It takes JSON, {…}." if kind == "dict" else "It takes JSON, […], or items between commas.")
    return tuple(value) if kind == "tuple" else value


def _anything(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
