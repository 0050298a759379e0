"""`manage.py sign_upload`: a client upload signature, to try the upload form with or to compare one's own with."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.models import ApiKey
from cloudapi.ugc.signature import MAX_LIFE, fresh_fields, sign


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
        if not 0 < options["life"] <= MAX_LIFE:
            raise CommandError(f"A signature lives between 1 and {MAX_LIFE} seconds (90 days).")
        key = _key(options["application"], options["secret_id"])
        fields = fresh_fields(secret_id=key.secret_id, now=time.time(), life=options["life"])
        self.stdout.write(sign({**fields, **_wishes(options)}, secret_key=key.secret_key))


def _wishes(options: dict[str, Any]) -> dict[str, str | int]:
    wishes = {
        "procedure": options["procedure"],
        "classId": options["class_id"],
        "sourceContext": options["source_context"],
        "sessionContext": options["session_context"],
        "taskPriority": options["priority"],
        "oneTimeValid": int(options["one_time"]),
    }
    return {name: value for name, value in wishes.items() if value}


def _key(app_id: int, secret_id: str) -> ApiKey:
    keys = ApiKey.objects.filter(enabled=True).order_by("created_at", "pk")
    keys = keys.filter(application__app_id=app_id) if app_id else keys.filter(application__is_primary=True)
    key = keys.filter(secret_id=secret_id).first() if secret_id else keys.first()
    if key is None:
        raise CommandError("There is no such enabled API key. Make one in the console, under API keys.")
    return key
