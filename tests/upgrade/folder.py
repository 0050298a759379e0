"""A data folder kept as text beside a few small files, so that a later release can be shown to take it over.

Both SQLite databases lie as SQL; every other file lies as it was. Times are moved when it is laid out again: an upgrade
follows within minutes, and nothing in the folder has expired by then.
"""

import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

DATABASES = ("zoetrope.sqlite3", "broker.sqlite3")
FOLDERS = ("storage", "scratch")
SECRET = "secret.key"
_MOMENT = re.compile(r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)'")
_HEAD = "-- kept at "


def keep(data: Path, kept: Path) -> None:
    """Write the folder of a server that has stopped to `kept`, which must not exist yet."""
    kept.mkdir(parents=True)
    for name in DATABASES:
        (kept / name).with_suffix(".sql").write_text(_dumped(data / name))
    for name in FOLDERS:
        if (data / name).exists():
            shutil.copytree(data / name, kept / name)
    shutil.copy(data / SECRET, kept / SECRET)


def lay_out(kept: Path, data: Path) -> None:
    """The folder as it was, all its times moved so that it stopped just now."""
    data.mkdir(parents=True, exist_ok=True)
    for name in DATABASES:
        _load((kept / name).with_suffix(".sql").read_text(), data / name)
    for name in FOLDERS:
        shutil.copytree(kept / name, data / name)
    shutil.copy(kept / SECRET, data / SECRET)
    (data / SECRET).chmod(0o600)


def _dumped(path: Path) -> str:
    database = sqlite3.connect(path)
    try:
        return f"{_HEAD}{_text(_now())}\n" + "\n".join(database.iterdump()) + "\n"
    finally:
        database.close()


def _load(dump: str, path: Path) -> None:
    head = dump.partition("\n")[0]
    passed = _now() - _time(head.removeprefix(_HEAD))
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(_MOMENT.sub(lambda found: f"'{_moved(found[1], passed)}'", dump))
    finally:
        database.close()


def _moved(moment: str, passed: timedelta) -> str:
    return _text(_time(moment) + passed)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _now() -> datetime:
    """UTC without a zone, as SQLite's rows have it."""
    return datetime.now(UTC).replace(tzinfo=None)
