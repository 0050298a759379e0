"""Making a backup while everything runs."""

import os
import secrets
import shutil
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.backup.database import copied
from config.backup.manifest import SECRET_KEY, About, NoBackup, files_of, key_mark, write_files
from config.durable import write_durably
from media_jobs.maintenance.stored_files import Named, named_files
from media_jobs.models import Media
from media_jobs.store.storage import storage


def take(folder: Path, *, files: Path | None = None) -> About:
    """The database as it is now, the list of its files, and the generated secret key, into a new folder.

    With `files` the stored files are copied there, too, but for those that are there already: no key is ever written
    twice, so one folder serves all backups. In this order every row of the copy has its file, but for what somebody
    deletes meanwhile. Raises NoBackup, DatabaseCopyFailed or OSError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise NoBackup(f"{folder} isn't empty.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made_at = timezone.now().isoformat(timespec="seconds")
    with copied(folder):
        count = write_files(named_files(), folder)
        migrations = sorted(".".join(one) for one in MigrationRecorder(connection).applied_migrations())
        waiting = Media.objects.present().exclude(waits_on="").count()
    if settings.SECRET_KEY_GENERATED:
        write_durably(folder / SECRET_KEY, settings.SECRET_KEY)
    for name in os.listdir(folder):
        (folder / name).chmod(0o600)
    if files:
        for named in files_of(folder):
            _copy(named, files)
    about = About(
        made_at=made_at,
        database=connection.vendor,
        key=key_mark(),
        files=count,
        waiting=waiting,
        migrations=migrations,
    )
    about.write(folder)
    return about


def _copy(named: Named, files: Path) -> None:
    """What was deleted meanwhile is left out; the restore says so."""
    target = files / named.key
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with storage().open(named.key) as source, draft.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1024**2)
            copy.flush()
            os.fsync(copy.fileno())
        draft.rename(target)
    except FileNotFoundError:
        return
    finally:
        draft.unlink(missing_ok=True)
