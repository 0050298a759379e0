import pytest
from django.conf import LazySettings


@pytest.fixture(autouse=True)
def plain_static_files(settings: LazySettings) -> None:
    """No manifest: nothing was collected for a test."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
