from django.apps import AppConfig


class MediaJobsConfig(AppConfig):
    name = "media_jobs"

    def ready(self) -> None:
        from media_jobs.maintenance import worker  # noqa: F401  connects to the worker's start and stop
