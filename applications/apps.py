from corsheaders.signals import check_request_enabled
from django.apps import AppConfig
from django.conf import settings
from django.core.signals import request_started


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications.open_lines import trust_the_silent
        from applications.rest.origins import may_ask

        check_request_enabled.connect(may_ask)
        if not settings.SQLITE:
            request_started.connect(trust_the_silent)
