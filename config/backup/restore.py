"""Putting a backup back, while nothing runs, and saying what it brings and what it doesn't."""

import fcntl
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from applications.models import Application
from config.backup.database import put_back
from config.backup.manifest import SECRET_KEY, About, NoBackup, files_of, key_mark
from config.durable import write_durably
from media_jobs.maintenance.orphans import suspect
from media_jobs.maintenance.stored_files import Named
from media_jobs.models import Suspect
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage


@dataclass(slots=True)
class Restored:
    """`brought` files were copied into the store, `missing` are nowhere; `newer` are stored, and no row names them."""

    about: About
    brought: int = 0
    newer: int = 0
    missing: list[str] = field(default_factory=list)


def restore(folder: Path, *, files: Path | None = None, force: bool = False) -> Restored:
    """The database, the secret key, and from `files` the stored files that aren't there.

    Newer files stay where they are: their time as suspects begins now. Raises NoBackup (nothing was changed then) or
    DatabaseCopyFailed.
    """
    about = About.read(folder)
    _refuse_what_cannot_work(about, folder)
    _refuse_what_is_in_use(force=force)
    put_back(folder)
    if settings.SECRET_KEY_GENERATED and (folder / SECRET_KEY).exists():
        write_durably(settings.ZOETROPE_DATA_DIR / "secret.key", (folder / SECRET_KEY).read_text())
    call_command("migrate", verbosity=0)
    Suspect.objects.all().delete()
    done = Restored(about)
    for named in files_of(folder):
        _bring(named, files, done)
    done.newer = suspect().suspects
    return done


def _refuse_what_cannot_work(about: About, folder: Path) -> None:
    if about.database != connection.vendor:
        raise NoBackup(f"The backup is of {about.database}, and DATABASE_URL names {connection.vendor}.")
    if unknown := set(about.migrations) - {".".join(one) for one in MigrationLoader(None).disk_migrations}:
        raise NoBackup(f"A newer version made the backup; this one doesn't know {', '.join(sorted(unknown))}.")
    brings_key = settings.SECRET_KEY_GENERATED and (folder / SECRET_KEY).exists()
    if not brings_key and about.key != key_mark():
        raise NoBackup(
            "The secret key of this installation isn't that of the backup: no API key could be read. "
            "Set DJANGO_SECRET_KEY to it, or put it into the folder as secret.key."
        )


def _refuse_what_is_in_use(*, force: bool) -> None:
    with (scratch().parent / "upkeep.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoBackup("Zoetrope runs here. Stop it, and on every other host, first.") from None
    if connection.vendor == "postgresql" and _others():
        raise NoBackup("Somebody else uses the database. Stop Zoetrope on every host first.")
    if not force and _holds_something():
        raise NoBackup("The database here holds an installation already. --force puts the backup in its place.")


def _holds_something() -> bool:
    try:
        return Application.objects.exists()
    except DatabaseError:  # no tables yet
        return False


def _others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def _bring(named: Named, files: Path | None, done: Restored) -> None:
    if storage().exists(named.key):
        return
    if files is None or not (files / named.key).exists():
        done.missing.append(named.key)
        return
    draft = scratch() / f"{secrets.token_hex(16)}.restored"
    shutil.copyfile(files / named.key, draft)
    storage().adopt(draft, named.key)
    done.brought += 1
