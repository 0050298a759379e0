"""Every address, by door."""

from django.urls import include, path

from config.health import livez, readyz
from media_jobs.delivery import deliver

urlpatterns = [
    path("livez", livez),
    path("readyz", readyz),
    path("media/<path:key>", deliver, name="media"),
    path("api/", include("config.api")),
    path("", include("console.urls")),
]
