"""`manage.py quota`: what an application may use and uses, and changing it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.audit.entries import record_command
from applications.errors import Refused
from applications.quotas import FIELDS, quota_of, set_quota
from applications.whole_numbers import whole
from console.management.choosing import add_application, application_of
from media_jobs.jobs.quotas import Usage


class Command(BaseCommand):
    help = "Show or change an application's quotas. A value is a number, 0 for no limit, or `default`."

    def add_arguments(self, parser: CommandParser) -> None:
        for name in FIELDS:
            parser.add_argument(f"--{name.replace('_', '-')}", metavar="N", help=name.replace("_", " "))
        add_application(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            application = application_of(options["application"])
            limits = {name: _limit(options[name]) for name in FIELDS if options[name] is not None}
            if limits:
                application = set_quota(application=application, limits=limits)
                record_command("quota", application=application, subject={"name": ", ".join(limits)})
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        quota, used = quota_of(application), Usage.of(application)
        self.stdout.write(
            f"{application}: {used.bytes:,} bytes, {used.pictures:,} pictures, {used.jobs:,} jobs waiting"
        )
        for name in FIELDS:
            self.stdout.write(f"  {name:22} {getattr(quota, name) or 'no limit'}")


def _limit(text: str) -> int | None:
    number = whole(text)
    if number is None and text != "default":
        raise CommandError(f"{text!r} is neither a number nor `default`.")
    return number
