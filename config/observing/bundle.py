"""A file to send to whoever helps: diagnosis, figures, settings and counts; no secret, name or address of anybody.

Settings are taken by what is known to be harmless, so that a new secret can't slip in: numbers, switches and times of
ours, and of stores no more than what kind they are.
"""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps
from django.conf import settings

from config.observing.diagnosis import Section
from config.observing.metrics import exposition
from media_jobs.models import Chore, Worker

_STORES = ("BROKER_URL", "CACHE_URL", "STORAGE_URL")
_NEVER = frozenset({"ZOETROPE_APP_ID"})


def write_bundle(path: Path, report: list[Section]) -> None:
    """Raises OSError. Replaces the file; only its owner can read it."""
    path.touch(mode=0o600)
    with ZipFile(path, "w", ZIP_DEFLATED) as bundle:
        bundle.writestr("doctor.txt", as_text(report))
        bundle.writestr("settings.json", _json(harmless_settings()))
        bundle.writestr("rows.json", _json(_counts()))
        bundle.writestr("workers.json", _json(list(Worker.objects.values("slots", "queues", "kernel", "isolation"))))
        bundle.writestr("maintenance.json", _json(list(Chore.objects.values("name", "due_at", "done_at"))))
        bundle.writestr("metrics.txt", exposition())


def as_text(report: list[Section]) -> str:
    lines: list[str] = []
    for section in report:
        lines += [section.title, *(f"  {name:32} {value}" for name, value in section.facts)]
        lines += [f"  → {advice}" for advice in section.advice] + [""]
    return "\n".join(lines)


def harmless_settings() -> dict[str, object]:
    ours = {name: getattr(settings, name) for name in dir(settings) if name.startswith("ZOETROPE_")}
    kinds = (bool, int, float, timedelta)
    told: dict[str, object] = {name: v for name, v in ours.items() if isinstance(v, kinds) and name not in _NEVER}
    stores = {name: urlsplit(getattr(settings, name)).scheme for name in _STORES}
    return {**told, **stores, "DATABASE": settings.DATABASES["default"]["ENGINE"], "ROLE": settings.ZOETROPE_ROLE}


def _counts() -> dict[str, int]:
    """Rows of each table: reads the whole of each, which an operator does now and then."""
    return {model._meta.db_table: model._base_manager.count() for model in apps.get_models()}


def _json(told: object) -> str:
    return json.dumps(told, indent=2, default=str, sort_keys=True)
