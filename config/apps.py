from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks, clock  # noqa: F401  register the system checks, and what a worker starts
