from django.apps import AppConfig


class CloudApiConfig(AppConfig):
    name = "cloudapi"
    verbose_name = "Cloud API"
