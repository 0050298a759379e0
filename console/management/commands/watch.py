"""`manage.py watch DIR --procedure NAME`: a folder whose videos are taken in by themselves."""

import logging
import signal
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from applications.audit.entries import record_command
from applications.errors import Refused
from applications.transactions import AWAY, DATABASE_AWAY
from console.management.choosing import add_application, application_of
from media_jobs.uploads.watched import AlreadyWatched, Watched
from procedures.selectors import procedure_for

log = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks


class Command(BaseCommand):
    help = "Take in each file of a folder once it has stopped growing; done/ and failed/ have it then. Until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--procedure", required=True, metavar="NAME", help="task flow to start")
        parser.add_argument("--settle", type=float, default=3.0, metavar="S", help="seconds without a change; 3")
        parser.add_argument("--once", action="store_true", help="end when nothing is left to take or to wait for")
        add_application(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no directory {folder}.")
        if not 0 <= options["settle"] <= 3600:
            raise CommandError("--settle is 0 to 3600 seconds.")
        try:
            application = application_of(options["application"])
            procedure_for(application, options["procedure"])
            watched = Watched(folder, application, options["procedure"], options["settle"])
            with watched.alone():
                record_command("watch", application=application, subject={"name": options["procedure"]})
                self._watch(watched, once=options["once"])
        except (Refused, AlreadyWatched) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"{folder}: {error.strerror}. Files are moved within it, into .taking, done and failed: let the "
                "account that runs this write there, or watch another folder."
            ) from error

    def _watch(self, watched: Watched, *, once: bool) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            try:
                for sentence in watched.look():
                    self.stdout.write(sentence)
                    if stopping.is_set():
                        return
            except DATABASE_AWAY as error:
                log.warning("watching: %s", error)
                self.stderr.write(AWAY)
                connection.close()
            if once and watched.is_idle:
                return
            stopping.wait(PAUSE)
