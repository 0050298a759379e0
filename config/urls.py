"""Every address, by door."""

from django.urls import include, path

from cloudapi.form import upload_form
from cloudapi.visitors import BeginVisitorsUpload, VisitorsUpload
from config.observing.health import livez, readyz
from console.address import ConsoleAddresses
from console.admin import site
from media_jobs.api.serving import deliver

urlpatterns = [
    path("livez", livez),
    path("readyz", readyz),
    path("media/<path:key>", deliver, name="media"),
    path("api/", include("config.api")),
    path("admin/", site.urls),
    path("upload", upload_form, name="upload-form"),
    path("upload/resumable", BeginVisitorsUpload.as_view(), name="visitors-uploads"),
    path("upload/resumable/<str:id>", VisitorsUpload.as_view(), name="visitors-upload"),
    ConsoleAddresses(),
]
handler400 = "config.error_pages.bad_request"
handler500 = "config.error_pages.server_error"
