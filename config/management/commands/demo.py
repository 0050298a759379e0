"""`manage.py demo`: upload and process the sample here, without any server; prints the pictures' paths and facts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from applications.models import Application
from config.management.commands.runconsole import migrate
from config.start.first_start import first_start, upload_sample
from media_jobs.maintenance import worker
from media_jobs.models import AnimatedImage
from media_jobs.store.storage import storage


class Command(BaseCommand):
    help = "Make the sample's GIF and WebP here and now, and say where they are."

    def handle(self, *args: Any, **options: Any) -> None:
        migrate()
        first_start()
        application = Application.objects.filter(is_primary=True).first() or Application.objects.earliest("pk")
        media = upload_sample(application)
        worker.drain()
        images = AnimatedImage.objects.filter(media=media).order_by("definition")
        if images.count() != 2:
            reasons = media.jobs.exclude(message="").values_list("message", flat=True)
            raise CommandError(" ".join(reasons) or "Another worker has taken the jobs; look at the console.")
        for image in images:
            self.stdout.write(_facts(image))


def _facts(image: AnimatedImage) -> str:
    with storage().local(image.storage_key) as path:
        return (
            f"{path}\n    {image.container} {image.width}×{image.height}, {image.frames} frames, "
            f"{image.duration:.2f} s, {image.size:,} bytes, seconds {image.start:g}–{image.end:g}"
        )
