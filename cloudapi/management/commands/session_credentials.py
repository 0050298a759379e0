"""`manage.py session_credentials`: credentials for a while, for a program that shouldn't hold the key itself."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.errors import InvalidValue
from applications.models import ApiKey
from applications.services.sessions import issue_session


class Command(BaseCommand):
    help = "Print a SecretId, SecretKey and Token that work like the API key they are made from, for up to 36 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("secret_id", help="the API key to make them from")
        parser.add_argument("--minutes", type=float, default=60.0, metavar="N", help="how long they work; 60")

    def handle(self, *args: Any, **options: Any) -> None:
        key = ApiKey.objects.filter(secret_id=options["secret_id"], enabled=True).first()
        if key is None:
            raise CommandError(f"There is no enabled API key {options['secret_id']}.")
        try:
            made = issue_session(key=key, lifetime=timedelta(minutes=options["minutes"]))
        except InvalidValue as refusal:
            raise CommandError(str(refusal)) from None
        for name in ("secret_id", "secret_key", "token"):
            self.stdout.write(f"export TENCENTCLOUD_{name.upper()}={getattr(made, name)}")
