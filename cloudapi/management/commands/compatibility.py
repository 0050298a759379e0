from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cloudapi.v3.compatibility import CLIENTS, compatibility


class Command(BaseCommand):
    help = "Write docs/compatibility.md from the action registry."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "compatibility.md"
        _, mark, clients = path.read_text(encoding="utf-8").partition(CLIENTS)
        path.write_text(f"{compatibility()}{mark}{clients}", encoding="utf-8")
        self.stdout.write(f"{path} written")
