"""`manage.py runconsole`: set everything up that isn't yet, then run web server and worker until told to stop."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from applications.models import Application
from config.broker.prepare import prepare_broker
from config.durable import write_durably
from config.sealed import LOST, secrets_are_readable
from config.start.assets import collect_assets
from config.start.first_start import Credentials, first_start, upload_sample
from config.start.newer_database import refuse_newer_database
from config.start.private import tighten
from config.start.supervisor import Child, Greeting, supervise
from config.start.terminal import terminal_language
from config.web.listener import open_listener
from media_jobs.doorbell import DELIVER, PULL, queue_of

_MIGRATION_LOCK = 2_013_715_201  # any number that no other program on this PostgreSQL locks
_LONGEST_MIGRATION = 600.0  # seconds that a start waits for another's; one that takes longer goes on all the same
_LOOK_AGAIN = 0.5  # seconds
_LEAST_FREE = 1024**2  # bytes


class Command(BaseCommand):
    help = "Set up on first start, then run web server and worker under one supervisor (ZOETROPE_ROLE)."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only-migrate", action="store_true", help="bring the database up to date, and end")

    def handle(self, *args: Any, only_migrate: bool, **options: Any) -> None:
        if only_migrate:
            migrate()
            return
        with translation.override(terminal_language()):
            self._run()

    def _run(self) -> None:
        for path in tighten(settings.ZOETROPE_DATA_DIR):
            self.stdout.write(_("{path} is nobody else's from now on.").format(path=path))
        role = settings.ZOETROPE_ROLE
        listener: socket.socket | None = None
        if role in ("all", "web"):
            listener = self._listener()
            migrate()
            self._check_secrets(listener)
            collect_assets()
            self._greet(first_start())
        else:
            self._wait_for_migrations()
            self._check_secrets(listener)
        prepare_broker()
        grace = settings.ZOETROPE_STOP_GRACE_SECONDS + 5
        says = "\n" + _("Zoetrope runs at {address}").format(address=settings.ZOETROPE_PUBLIC_URL) + "\n"
        supervise(
            children(role, listener), grace=grace, greeting=Greeting(*_door(listener), says) if listener else None
        )

    def _check_secrets(self, listener: socket.socket | None) -> None:
        """A database that was restored without its key: whoever came meanwhile is turned away."""
        if secrets_are_readable():
            return
        if listener:
            listener.close()
        raise CommandError(gettext(LOST))

    def _greet(self, credentials: Credentials | None) -> None:
        if credentials is None:
            return
        self._hand_over(credentials)
        self.stdout.flush()
        if settings.ZOETROPE_SAMPLE:
            upload_sample(Application.objects.get(app_id=credentials.app_id))
            said = _("A sample clip is on its way through a task flow; its GIF and WebP are on the first page.")
            self.stdout.write(f"{said}\n")
            self.stdout.flush()

    def _hand_over(self, credentials: Credentials) -> None:
        """On a terminal; else into a file, as what is printed then is kept by a journal that others read."""
        if sys.stdout.isatty() or not credentials.is_generated:
            self.stdout.write("{}\n{}".format(_("Shown this once:"), credentials.told()))
            return
        path = settings.ZOETROPE_DATA_DIR / "first-credentials.txt"
        with translation.override("en"):  # programs may read it
            write_durably(path, credentials.told())
        said = _("The administrator's password and the first API key are in {path}: read it, then delete it.")
        self.stdout.write(f"{said.format(path=path)}\n")

    def _listener(self) -> socket.socket:
        """Opened before anything else is done, and kept: clients who come too early wait, they aren't turned away."""
        try:
            return open_listener()
        except OSError as error:
            said = _("{address} can't be opened ({reason}). Set ZOETROPE_PORT to a free port, or stop what uses it.")
            address = f"{settings.ZOETROPE_HOST}:{settings.ZOETROPE_PORT}"
            raise CommandError(said.format(address=address, reason=error.strerror)) from error

    def _wait_for_migrations(self) -> None:
        """Raises CommandError in the end: whoever started this process may start it again."""
        deadline = time.monotonic() + _LONGEST_MIGRATION
        while lacking := _lacking():
            if time.monotonic() > deadline:
                raise CommandError(
                    _("Waited {seconds} s in vain. {lacking}").format(
                        seconds=f"{_LONGEST_MIGRATION:.0f}", lacking=lacking
                    )
                )
            self.stdout.write(lacking)
            time.sleep(2)
        refuse_newer_database()


def _door(listener: socket.socket) -> tuple[str, int]:
    """Where this host itself reaches the web server."""
    host, port = listener.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  it is recognised, not opened


def migrate() -> None:
    """One process at a time on PostgreSQL; on SQLite there is only this one."""
    _refuse_a_full_disk()
    with _alone():
        refuse_newer_database()
        call_command("migrate", interactive=False, verbosity=0)


def _refuse_a_full_disk() -> None:
    """SQLite can't open its file then, and tells of an I/O error. Raises CommandError."""
    folder = settings.ZOETROPE_DATA_DIR
    if settings.SQLITE and folder.exists() and shutil.disk_usage(folder).free < _LEAST_FREE:
        raise CommandError(
            f"The disk of {folder} is full. Make room, and start again: everything goes on where it was."
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Until no other process migrates this database. Raises CommandError when that takes too long.

    The lock is a transaction's, on a connection beside the one that migrates: one of a session would stay with a
    connection that a pooler has given to others meanwhile, and the next start would wait for ever. It is asked for
    again and again: a statement that waits for it would itself be waited for by an index that is built beside writers.
    """
    if connection.vendor != "postgresql":
        yield
        return
    holder = connection.copy()
    deadline = time.monotonic() + _LONGEST_MIGRATION
    try:
        holder.set_autocommit(False)
        while not _held(holder):
            if time.monotonic() > deadline:
                raise CommandError("Another process still migrates the database.")
            time.sleep(_LOOK_AGAIN)
        yield
    finally:
        holder.close()


def _held(holder: BaseDatabaseWrapper) -> bool:
    """Whether this transaction has the lock now; if not, it is over. Raises CommandError when the database is away."""
    try:
        with holder.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
            (held,) = cursor.fetchone()
        if not held:
            holder.rollback()
    except OperationalError as error:
        raise CommandError(f"The database went away before it was migrated: {error}") from error
    return bool(held)


def _lacking() -> str:
    """What a process that doesn't migrate itself has to wait for; "" for nothing."""
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError) as error:
        connection.close()  # one that was cut would never answer again
        return _("Waiting for the database, which doesn't answer ({reason}) …").format(reason=type(error).__name__)
    return "" if migrated else _("Waiting for a process with ZOETROPE_ROLE=web or all to migrate the database …")


def children(role: str, listener: socket.socket | None = None) -> list[Child]:
    """The processes of a role; where there are workers, one of them does the upkeep, too."""
    upkeep = Child("upkeep", [sys.executable, str(settings.BASE_DIR / "manage.py"), "upkeep"])
    web = web_processes(listener)
    parts = {"all": [*web, *workers()], "web": [*web, upkeep], "worker": workers(), "beat": [upkeep]}
    return parts[role]


_PYTHON = [sys.executable, "-m"]
_CELERY = [*_PYTHON, "celery", "--app", "config", "--quiet"]


def web_processes(listener: socket.socket | None) -> list[Child]:
    """They take clients from the same socket, whoever is free."""
    if listener is None:
        return []
    command = [*_PYTHON, "config.web", str(listener.fileno())]
    return [
        Child(f"web {number}", command, descriptors=[listener.fileno()], replaceable=True)
        for number in range(1, settings.ZOETROPE_WEB_PROCESSES + 1)
    ]


def workers() -> list[Child]:
    """One for what the processor does, one for what waits for other people's servers: neither holds the other up.

    Of the queues that this host is to serve; where that leaves one nothing to take it isn't there.
    """
    served = settings.ZOETROPE_WORKER_QUEUES or dict.fromkeys(settings.ZOETROPE_QUEUES.values())
    outward = {queue_of(PULL), queue_of(DELIVER)}
    lanes = {
        "pictures": ([queue for queue in served if queue not in outward], settings.ZOETROPE_WORKERS),
        "transfers": ([queue for queue in served if queue in outward], settings.ZOETROPE_PULL_SLOTS),
    }
    obituary = [sys.executable, str(settings.BASE_DIR / "manage.py"), "workerended"]
    return [
        Child(name, _worker(name, queues=queues, slots=slots), obituary=obituary)
        for name, (queues, slots) in lanes.items()
        if queues
    ]


def _worker(name: str, *, queues: Iterable[str], slots: int) -> list[str]:
    """The command of one worker.

    Its node name is unique, so that two workers on one host don't answer each other's inspections.
    """
    node = f"{name}-{os.getpid()}@%h"
    command = [*_CELERY, "worker", "-Q", ",".join(queues), "-c", str(slots), "-n", node, "--loglevel", "warning"]
    silent = ["--without-heartbeat"] if settings.EMBEDDED_BROKER else []  # no monitor could hear it
    return [*command, "--without-gossip", "--without-mingle", *silent]
