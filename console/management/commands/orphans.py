"""`manage.py orphans`: stored files that no row names. After a restore, or when the log says that there are many."""

from datetime import UTC
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from media_jobs.maintenance.adoption import adopt, forgotten
from media_jobs.maintenance.orphans import Found, collect_orphans, suspect
from media_jobs.models import Suspect


class Command(BaseCommand):
    help = "List stored files that no row names, and when each will be deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--adopt", action="store_true", help="make media of the sources among them")
        ways.add_argument("--confirm", action="store_true", help="delete what is due now, however many files that are")

    def handle(self, *args: Any, **options: Any) -> None:
        found = collect_orphans(confirmed=True) if options["confirm"] else suspect()
        if options["adopt"]:
            self._adopt()
        else:
            self._list()
        self._sum_up(found)

    def _adopt(self) -> None:
        for one in list(forgotten()):
            if media := adopt(one):
                self.stdout.write(f"{media.file_id} is a media of application {one.app_id} again")

    def _list(self) -> None:
        for key, seen_at in Suspect.objects.order_by("seen_at", "key").values_list("key", "seen_at").iterator():
            goes = (seen_at + settings.ZOETROPE_QUARANTINE).astimezone(UTC)
            self.stdout.write(f"{key} will be deleted after {goes:%Y-%m-%d %H:%M} UTC")
        for one in forgotten():
            self.stdout.write(f"{one.source} can be adopted as media {one.file_id} of application {one.app_id}")

    def _sum_up(self, found: Found) -> None:
        self.stdout.write(
            f"{found.own} files, {found.suspects} of them named by no row, {found.due} due; "
            f"{found.foreign} foreign files, which are left alone."
        )
        if found.implausible:
            self.stdout.write("So many are due that none is deleted by itself: see --confirm.")
