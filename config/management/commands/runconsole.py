"""`manage.py runconsole`: set everything up that isn't yet, then run web server and worker until told to stop."""

import os
import socket
import sys
import time
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from applications.models import Application
from config.assets import collect_assets
from config.broker.prepare import prepare_broker
from config.first_start import Credentials, first_start, upload_sample
from config.supervisor import Child, Supervisor
from media_jobs.doorbell import DELIVER, PULL, queue_of

_MIGRATION_LOCK = 2_013_715_201  # any number that no other program on this PostgreSQL locks


class Command(BaseCommand):
    help = "Set up on first start, then run web server and worker under one supervisor (ZOETROPE_ROLE)."
    requires_system_checks = "__all__"

    def handle(self, *args: Any, **options: Any) -> None:
        role = settings.ZOETROPE_ROLE
        if role in ("all", "web"):
            self._refuse_taken_port()
            migrate()
            collect_assets()
            self._greet(first_start())
        else:
            self._wait_for_migrations()
        prepare_broker()
        grace = settings.ZOETROPE_STOP_GRACE_SECONDS + 5
        Supervisor(children(role), grace=grace).run()
        self.stdout.write("Stopped. Jobs under way were handed back and go on at the next start.")

    def _greet(self, credentials: Credentials | None) -> None:
        self.stdout.write(f"\nZoetrope runs at {settings.ZOETROPE_PUBLIC_URL}\n")
        if credentials is None:
            return
        password = credentials.password or "as you set it"
        self.stdout.write(
            "Shown this once:\n"
            f"  sign in as    {credentials.user}\n"
            f"  password      {password}\n"
            f"  application   {credentials.app_id}\n"
            f"  SecretId      {credentials.secret_id}\n"
            f"  SecretKey     {credentials.secret_key}\n"
        )
        self.stdout.flush()
        if settings.ZOETROPE_SAMPLE:
            upload_sample(Application.objects.get(app_id=credentials.app_id))
            self.stdout.write(
                "A sample clip is on its way through a task flow; its GIF and WebP are on the first page.\n"
            )
            self.stdout.flush()

    def _refuse_taken_port(self) -> None:
        family = socket.AF_INET6 if ":" in settings.ZOETROPE_HOST else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.ZOETROPE_HOST, settings.ZOETROPE_PORT))
            except OSError as error:
                raise CommandError(
                    f"{settings.ZOETROPE_HOST}:{settings.ZOETROPE_PORT} can't be opened ({error.strerror}). "
                    "Set ZOETROPE_PORT to a free port, or stop what uses it."
                ) from error

    def _wait_for_migrations(self) -> None:
        while not _is_migrated():
            self.stdout.write("Waiting for a process with ZOETROPE_ROLE=web or all to migrate the database …")
            time.sleep(2)


def migrate() -> None:
    """One process at a time on PostgreSQL; on SQLite there is only this one."""
    locks = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if locks:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            if locks:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def _is_migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def children(role: str) -> list[Child]:
    """The processes of a role; in role "all" one of the workers keeps the clock, which saves a process."""
    parts = {
        "web": [_web()],
        "worker": workers(),
        "beat": [Child("beat", [*_CELERY, "beat", "--loglevel", "warning"])],
    }
    return [_web(), *workers(keeping_time=True)] if role == "all" else parts[role]


_PYTHON = [sys.executable, "-m"]
_CELERY = [*_PYTHON, "celery", "--app", "config", "--quiet"]


def _web() -> Child:
    host = f"[{settings.ZOETROPE_HOST}]" if ":" in settings.ZOETROPE_HOST else settings.ZOETROPE_HOST
    web = [*_PYTHON, "gunicorn", "config.wsgi", "--bind", f"{host}:{settings.ZOETROPE_PORT}"]
    web += ["--worker-class", "gthread", "--workers", "1", "--threads", str(settings.ZOETROPE_WEB_THREADS)]
    web += ["--graceful-timeout", str(int(settings.ZOETROPE_STOP_GRACE_SECONDS)), "--log-level", "warning"]
    return Child("web", web)


def workers(*, keeping_time: bool = False) -> list[Child]:
    """One for what the processor does, one for what waits for other people's servers: neither holds the other up."""
    outward = {queue_of(PULL), queue_of(DELIVER)}
    inward = dict.fromkeys(queue for queue in settings.ZOETROPE_QUEUES.values() if queue not in outward)
    clock = {"ZOETROPE_BEAT_HERE": "1"} if keeping_time else {}
    pictures = _worker("pictures", queues=inward, slots=settings.ZOETROPE_WORKERS)
    transfers = _worker("transfers", queues=outward, slots=settings.ZOETROPE_PULL_SLOTS)
    return [Child("pictures", pictures), Child("transfers", transfers, environment=clock)]


def _worker(name: str, *, queues: Iterable[str], slots: int) -> list[str]:
    """The command of one worker.

    Its node name is unique, so that two workers on one host don't answer each other's inspections.
    """
    node = f"{name}-{os.getpid()}@%h"
    command = [*_CELERY, "worker", "-Q", ",".join(queues), "-c", str(slots), "-n", node, "--loglevel", "warning"]
    silent = ["--without-heartbeat"] if settings.EMBEDDED_BROKER else []  # no monitor could hear it
    return [*command, "--without-gossip", "--without-mingle", *silent]
