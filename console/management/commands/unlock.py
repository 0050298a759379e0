"""`manage.py unlock [NAME]`: the way back in for somebody whom wrong passwords have locked out."""

from typing import Any

from axes.utils import reset
from django.core.management.base import BaseCommand, CommandParser

from applications.audit.entries import record_command


class Command(BaseCommand):
    help = "Forget wrong passwords: of one name, or of all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", metavar="NAME", help="who signs in; left out: everybody")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        count = reset(username=name) if name else reset()
        whose = f"for {name}" if name else "for everybody"
        record_command("unlock", subject={"username": name})
        self.stdout.write(f"Signing in is open {whose}. Forgotten: {count} locks or beginnings of one.")
