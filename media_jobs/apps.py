from django.apps import AppConfig


class MediaJobsConfig(AppConfig):
    name = "media_jobs"
    verbose_name = "Media and tasks"

    def ready(self) -> None:
        from media_jobs.maintenance import worker  # noqa: F401  connects to the worker's start and stop
