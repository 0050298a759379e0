from corsheaders.signals import check_request_enabled
from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications.rest.origins import may_ask

        check_request_enabled.connect(may_ask)
