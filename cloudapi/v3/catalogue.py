"""The actions that this server carries out, by name."""

from itertools import chain

from cloudapi.v3.actions import (
    applications,
    classes,
    events,
    media,
    procedures,
    processing,
    snapshot_templates,
    tasks,
    templates,
    uploads,
    usage,
)
from cloudapi.v3.registry import Action

_GROUPS = (
    templates,
    snapshot_templates,
    procedures,
    processing,
    tasks,
    uploads,
    media,
    classes,
    events,
    applications,
    usage,
)
ACTIONS: dict[str, Action] = {action.name: action for action in chain(*(group.ACTIONS for group in _GROUPS))}
