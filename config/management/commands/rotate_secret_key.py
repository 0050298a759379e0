"""`manage.py rotate_secret_key`: seal every stored secret with the present DJANGO_SECRET_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.audit.entries import record_command
from config.sealed import LOST, rotate


class Command(BaseCommand):
    help = (
        "After DJANGO_SECRET_KEY was changed and the old one given in DJANGO_SECRET_KEY_FALLBACKS: seal API keys, "
        "webhook secrets and sign keys anew. Then the old key may go."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--forget-unreadable",
            action="store_true",
            help="disable API keys and renew webhook secrets that no key at hand can read",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotate(forget=options["forget_unreadable"])
        record_command("rotate_secret_key", subject={})
        self.stdout.write(f"Sealed anew: {done.renewed}. Already so: {done.fresh}. Unreadable: {done.unreadable}.")
        if done.unreadable and not options["forget_unreadable"]:
            raise CommandError(LOST)
