"""The actions that this server carries out, by name."""

from itertools import chain

from cloudapi.v3.actions import templates
from cloudapi.v3.registry import Action

ACTIONS: dict[str, Action] = {action.name: action for action in chain(templates.ACTIONS)}
