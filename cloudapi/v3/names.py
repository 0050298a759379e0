"""Every action that the API's definition knows, version 2018-07-17 (as the SDKs' own definition lists them)."""

from pathlib import Path

INTERNATIONAL_NAMES = frozenset(Path(__file__).with_name("action_names_intl.txt").read_text().split())
"""Those that only the international edition's definition knows."""
ACTION_NAMES = frozenset(Path(__file__).with_name("action_names.txt").read_text().split())
