"""Every address, by door."""

from django.urls import include, path

from cloudapi.form import upload_form
from config.health import livez, readyz
from media_jobs.api.serving import deliver

urlpatterns = [
    path("livez", livez),
    path("readyz", readyz),
    path("media/<path:key>", deliver, name="media"),
    path("api/", include("config.api")),
    path("upload", upload_form, name="upload-form"),
    path("", include("console.urls")),
]
handler400 = "config.error_pages.bad_request"
handler500 = "config.error_pages.server_error"
