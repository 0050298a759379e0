"""Templates by their names: a person's own as they wrote it, a preset's in the reader's language.

Rows and APIs keep the presets' names in English, so that a program finds them whatever language anybody reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from console.words.told import told
from procedures.models import ProcedureSnapshot
from templates_app.models import AnimatedImageTemplate
from templates_app.presets import PRESETS
from templates_app.snapshot_kinds import KINDS
from templates_app.snapshot_template import SnapshotTemplate

Template = AnimatedImageTemplate | SnapshotTemplate
_NAMES: Mapping[int, str] = {preset["definition"]: preset["name"] for preset in PRESETS}
_SNAPSHOTS = frozenset(kind.preset["name"] for kind in KINDS.values())


def label_of(template: Template) -> str:
    return told(template.label) if template.is_preset else template.label


def named(template: Template) -> str:
    """As selectors and headings write it: with its id."""
    return f"{label_of(template)}({template.definition})"


def part_named(one: ProcedureSnapshot) -> str:
    """Snapshots of a task flow: the template, and the moments or the distance."""
    return f"{named(one.template)} {', '.join(one.moments) or one.template.every}"


def made_by(label: str, definition: int) -> str:
    """The label that a job keeps of its template."""
    preset = _NAMES.get(definition) == label or label in _SNAPSHOTS
    return told(label) if preset else label


def presets_called(text: str) -> list[int]:
    """The presets whose name in the reader's language has this text in it; none for no text."""
    wanted = text.casefold()
    return [definition for definition, name in _NAMES.items() if wanted and wanted in told(name).casefold()]
