"""`manage.py sign_upload`: a client upload signature, to try the upload form with or to compare one's own with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.errors import InvalidValue
from applications.models import ApiKey
from applications.services.client_signatures import client_signature


class Command(BaseCommand):
    help = "Print a client upload signature (docs/upload-form.md), made with an enabled API key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--procedure", default="", metavar="NAME", help="task flow to start at each upload")
        parser.add_argument(
            "--application", type=int, default=0, metavar="ID", help="its number; default: the main one"
        )
        parser.add_argument("--secret-id", default="", help="key to sign with; default: the oldest one")
        parser.add_argument("--life", type=int, default=86_400, metavar="S", help="seconds until it expires; 86400")
        parser.add_argument("--class-id", type=int, default=0, metavar="N")
        parser.add_argument("--source-context", default="", metavar="TEXT")
        parser.add_argument("--session-context", default="", metavar="TEXT")
        parser.add_argument("--priority", type=int, default=0, metavar="N", help="-10 to 10")
        parser.add_argument("--one-time", action="store_true", help="good for one file only")

    def handle(self, *args: Any, **options: Any) -> None:
        key = _key(options["application"], options["secret_id"])
        try:
            self.stdout.write(client_signature(key=key, life=options["life"], wishes=_wishes(options)))
        except InvalidValue as refusal:
            raise CommandError(str(refusal)) from None


def _wishes(options: dict[str, Any]) -> dict[str, str | int]:
    return {
        "procedure": options["procedure"],
        "classId": options["class_id"],
        "sourceContext": options["source_context"],
        "sessionContext": options["session_context"],
        "taskPriority": options["priority"],
        "oneTimeValid": int(options["one_time"]),
    }


def _key(app_id: int, secret_id: str) -> ApiKey:
    keys = ApiKey.objects.filter(enabled=True).order_by("created_at", "pk")
    keys = keys.filter(application__app_id=app_id) if app_id else keys.filter(application__is_primary=True)
    key = keys.filter(secret_id=secret_id).first() if secret_id else keys.first()
    if key is None:
        raise CommandError("There is no such enabled API key. Make one in the console, under API keys.")
    return key
