from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cloudapi.v3.compatibility import compatibility


class Command(BaseCommand):
    help = "Write docs/compatibility.md from the action registry."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "compatibility.md"
        path.write_text(compatibility(), encoding="utf-8")
        self.stdout.write(f"{path} written")
